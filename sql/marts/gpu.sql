-- description: Accelerators with vendor-checked specifications: dense rates with FP32
-- accumulate, without sparsity. One row per accelerator.
-- grain: gpu_key
-- column title: Name to show, made from the key.
-- column vendor: Maker of the accelerator.

with gpu_spec as (
    select
        gpu_key,
        vendor,
        architecture,
        bf16_dense_tflops,
        fp8_dense_tflops,
        fp4_dense_tflops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        form_factor,
        note,
        traced_through,
        published_date,
        known_at
    from staging.bundled__gpu_spec
),

spelled as (
    select
        gpu_key,
        regexp_replace(
            regexp_replace(upper(replace(gpu_key, '_', ' ')), '(\d+)GB$', '\1 GB'),
            'RTX(\d+)',
            'RTX \1'
        ) as upper_title
    from gpu_spec
),

gpu as (
    select
        gpu_spec.gpu_key,
        replace(replace(spelled.upper_title, 'PER GPU', 'per GPU'), 'PCIE', 'PCIe') as title,
        gpu_spec.vendor,
        gpu_spec.architecture,
        -- GeForce RTX is Nvidia's line for gaming.
        contains(gpu_spec.gpu_key, '_rtx') as is_gaming,
        gpu_spec.* exclude (gpu_key, vendor, architecture)
    from gpu_spec
    inner join spelled using (gpu_key)
)

select * from gpu
