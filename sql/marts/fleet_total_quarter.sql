-- description: All Nvidia accelerators shipped since 2022, H100-equivalents on both bases;
-- retirements are not modelled. One row per quarter end.
-- grain: quarter_end

with shipped_cumulative as (
    select
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        known_at
    from staging.bundled__shipped_cumulative
),

shipment_quarter as (
    select quarter_end, h100e_8bit_epoch_p50, h100e_bf16_dense_p50 from marts.shipment_quarter
),

-- Quantiles of chips and quarters cannot be added. So the publisher's own interval of the total
-- is kept, and only its basis is changed: by the ratio of the two bases in the mix shipped so
-- far, taken at the medians of the chips whose specification is known.
mix as (
    select
        total.quarter_end,
        sum(shipped.h100e_bf16_dense_p50)
        / nullif(
            sum(shipped.h100e_8bit_epoch_p50)
            filter (shipped.h100e_bf16_dense_p50 is not null),
            0
        ) as bf16_dense_per_8bit_epoch,
        sum(shipped.h100e_8bit_epoch_p50) filter (shipped.h100e_bf16_dense_p50 is not null)
        / nullif(sum(shipped.h100e_8bit_epoch_p50), 0) as spec_coverage
    from shipped_cumulative as total
    left join shipment_quarter as shipped on shipped.quarter_end <= total.quarter_end
    group by total.quarter_end
),

fleet_total_quarter as (
    select
        total.quarter_end,
        total.units_p05,
        total.units_p50,
        total.units_p95,
        total.h100e_8bit_epoch_p05,
        total.h100e_8bit_epoch_p50,
        total.h100e_8bit_epoch_p95,
        mix.bf16_dense_per_8bit_epoch,
        mix.spec_coverage,
        total.h100e_8bit_epoch_p05 * mix.bf16_dense_per_8bit_epoch as h100e_bf16_dense_p05,
        total.h100e_8bit_epoch_p50 * mix.bf16_dense_per_8bit_epoch as h100e_bf16_dense_p50,
        total.h100e_8bit_epoch_p95 * mix.bf16_dense_per_8bit_epoch as h100e_bf16_dense_p95,
        total.known_at
    from shipped_cumulative as total
    inner join mix using (quarter_end)
)

select * from fleet_total_quarter
