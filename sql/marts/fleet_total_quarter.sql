-- description: All accelerators of a designer shipped since the first quarter that is counted,
-- H100-equivalents on both bases; retirements are not modelled, so it is no count of what runs. Of
-- one edition of Epoch AI's counts, the newest; the bundled one has Nvidia alone. One row per
-- designer and quarter end.
-- grain: designer, quarter_end

with epoch as (
    select
        designer,
        period_end as quarter_end,
        period_start as counted_from_date,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        power_w_p05,
        power_w_p50,
        power_w_p95,
        is_incomplete,
        known_at
    from staging.epoch__chip_sale
    where is_calendar and is_running_total and designer <> 'all' and chip = 'all'
),

bundled as (
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
    select designer, quarter_end, h100e_8bit_epoch_p50, h100e_bf16_dense_p50, is_incomplete
    from marts.shipment_quarter
),

shipped_cumulative as (
    select * from epoch
    union all by name
    select *, 'Nvidia' as designer, date '2022-01-01' as counted_from_date
    from bundled
    where not exists (select 1 from epoch)
),

-- Quantiles of chips and quarters cannot be added. So the publisher's own interval of the total
-- is kept, and only its basis is changed: by the ratio of the two bases in the mix shipped so
-- far, taken at the medians of the chips whose specification is known.
-- estimates.fleet_basis_quarter has the bounds that the chips by themselves give.
mix as (
    select
        total.designer,
        total.quarter_end,
        sum(shipped.h100e_bf16_dense_p50)
        / nullif(
            sum(shipped.h100e_8bit_epoch_p50)
            filter (shipped.h100e_bf16_dense_p50 is not null),
            0
        ) as bf16_dense_per_8bit_epoch,
        sum(shipped.h100e_8bit_epoch_p50) filter (shipped.h100e_bf16_dense_p50 is not null)
        / nullif(sum(shipped.h100e_8bit_epoch_p50), 0) as spec_coverage,
        bool_or(shipped.is_incomplete)
            filter (shipped.quarter_end = total.quarter_end) as is_incomplete
    from shipped_cumulative as total
    left join shipment_quarter as shipped
        on shipped.designer = total.designer and shipped.quarter_end <= total.quarter_end
    group by total.designer, total.quarter_end
),

based as (
    select
        total.designer,
        total.quarter_end,
        total.counted_from_date,
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
        total.power_w_p05,
        total.power_w_p50,
        total.power_w_p95,
        coalesce(total.is_incomplete, mix.is_incomplete) as is_incomplete,
        total.known_at
    from shipped_cumulative as total
    inner join mix using (designer, quarter_end)
),

-- An unfinished quarter would make a fleet look as if it grew slowly.
fleet_total_quarter as (
    select
        now.* exclude (is_incomplete, known_at),
        case
            when not coalesce(now.is_incomplete, false)
                then now.h100e_8bit_epoch_p50 / nullif(year_before.h100e_8bit_epoch_p50, 0)
        end as growth_1y,
        now.is_incomplete,
        now.known_at
    from based as now
    left join based as year_before
        on year_before.designer = now.designer
        and year_before.quarter_end = last_day(now.quarter_end - interval 1 year)
)

select * from fleet_total_quarter
