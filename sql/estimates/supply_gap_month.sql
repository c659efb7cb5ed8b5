-- description: Demand of each scenario at the daily peak against the Nvidia fleet of the month:
-- ratio, gap and years of production to close it, in H100-equivalents on the dense BF16 basis.
-- The fleet is that of the last quarter that ended by the first of the month, however old
-- (fleet_age_days); null: none is known. One row per scenario and month.
-- grain: scenario_id, month_index

with demand_month as (
    select scenario_id, month_index, month_date, quantity, p05, p50, p95
    from estimates.demand_month
),

assumption as (
    select scenario_id, input, p50 from estimates.assumption
),

fleet_total_quarter as (
    select
        quarter_end,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        h100e_bf16_dense_p05,
        h100e_bf16_dense_p50,
        h100e_bf16_dense_p95,
        known_at
    from marts.fleet_total_quarter
    where designer = 'Nvidia'
),

shipment_quarter as (
    select quarter_end, is_incomplete from marts.shipment_quarter where designer = 'Nvidia'
),

demand as (
    select
        scenario_id,
        month_index,
        month_date,
        max(p05) filter (quantity = 'h100e_peak_bf16_dense') as demand_h100e_p05,
        max(p50) filter (quantity = 'h100e_peak_bf16_dense') as demand_h100e_p50,
        max(p95) filter (quantity = 'h100e_peak_bf16_dense') as demand_h100e_p95,
        max(p05) filter (quantity = 'gpus_peak') as gpus_peak_p05,
        max(p50) filter (quantity = 'gpus_peak') as gpus_peak_p50,
        max(p95) filter (quantity = 'gpus_peak') as gpus_peak_p95
    from demand_month
    group by scenario_id, month_index, month_date
),

video_share as (
    select scenario_id, p50 as fleet_share_for_video_p50
    from assumption
    where input = 'fleet_share_for_video'
),

unfinished as (
    select quarter_end, bool_or(is_incomplete) as is_incomplete
    from shipment_quarter
    group by quarter_end
),

-- What was shipped in the four quarters up to a quarter's end: the difference of the medians
-- of the running total, not a median of the difference.
fleet as (
    select
        now.* exclude (known_at),
        now.h100e_bf16_dense_p50
        - year_before.h100e_bf16_dense_p50 as produced_h100e_year,
        unfinished.is_incomplete,
        greatest(now.known_at, year_before.known_at) as known_at
    from fleet_total_quarter as now
    left join fleet_total_quarter as year_before
        on year_before.quarter_end = last_day(now.quarter_end - interval 1 year)
    left join unfinished on unfinished.quarter_end = now.quarter_end
),

matched as (
    select
        demand.*,
        fleet.quarter_end as fleet_quarter_end,
        fleet.h100e_8bit_epoch_p05 as fleet_h100e_8bit_epoch_p05,
        fleet.h100e_8bit_epoch_p50 as fleet_h100e_8bit_epoch_p50,
        fleet.h100e_8bit_epoch_p95 as fleet_h100e_8bit_epoch_p95,
        fleet.h100e_bf16_dense_p05 as fleet_h100e_bf16_dense_p05,
        fleet.h100e_bf16_dense_p50 as fleet_h100e_bf16_dense_p50,
        fleet.h100e_bf16_dense_p95 as fleet_h100e_bf16_dense_p95,
        fleet.produced_h100e_year,
        fleet.is_incomplete,
        fleet.known_at
    from demand
    left join fleet
        on fleet.quarter_end <= demand.month_date
    qualify row_number() over (
        partition by demand.scenario_id, demand.month_index
        order by fleet.quarter_end desc nulls last
    ) = 1
),

supply_gap_month as (
    select
        matched.scenario_id,
        matched.month_index,
        matched.month_date,
        matched.demand_h100e_p05,
        matched.demand_h100e_p50,
        matched.demand_h100e_p95,
        matched.gpus_peak_p05,
        matched.gpus_peak_p50,
        matched.gpus_peak_p95,
        matched.fleet_quarter_end,
        matched.month_date - matched.fleet_quarter_end as fleet_age_days,
        -- A quarter and some days: the fleet of the month, not one that has grown since.
        matched.month_date - matched.fleet_quarter_end <= 100 as is_fleet_current,
        matched.fleet_h100e_8bit_epoch_p05,
        matched.fleet_h100e_8bit_epoch_p50,
        matched.fleet_h100e_8bit_epoch_p95,
        matched.fleet_h100e_bf16_dense_p05,
        matched.fleet_h100e_bf16_dense_p50,
        matched.fleet_h100e_bf16_dense_p95,
        video_share.fleet_share_for_video_p50,
        matched.fleet_h100e_bf16_dense_p50
        * video_share.fleet_share_for_video_p50 as available_h100e_p50,
        -- The demand's interval over the fleet's median.
        matched.demand_h100e_p05 / matched.fleet_h100e_bf16_dense_p50 as demand_to_fleet_p05,
        matched.demand_h100e_p50 / matched.fleet_h100e_bf16_dense_p50 as demand_to_fleet_p50,
        matched.demand_h100e_p95 / matched.fleet_h100e_bf16_dense_p50 as demand_to_fleet_p95,
        matched.demand_h100e_p50
        / nullif(
            matched.fleet_h100e_bf16_dense_p50 * video_share.fleet_share_for_video_p50, 0
        ) as demand_to_available_p50,
        -- Negative where the fleet exceeds the demand.
        matched.demand_h100e_p50 - matched.fleet_h100e_bf16_dense_p50 as gap_h100e_p50,
        matched.demand_h100e_p50
        - matched.fleet_h100e_bf16_dense_p50
        * video_share.fleet_share_for_video_p50 as gap_to_available_h100e_p50,
        matched.produced_h100e_year,
        greatest(matched.demand_h100e_p50 - matched.fleet_h100e_bf16_dense_p50, 0)
        / nullif(greatest(matched.produced_h100e_year, 0), 0) as years_of_production_p50,
        greatest(
            matched.demand_h100e_p50
            - matched.fleet_h100e_bf16_dense_p50 * video_share.fleet_share_for_video_p50,
            0
        )
        / nullif(
            greatest(matched.produced_h100e_year, 0) * video_share.fleet_share_for_video_p50, 0
        ) as years_of_production_for_video_p50,
        matched.is_incomplete,
        matched.known_at
    from matched
    left join video_share using (scenario_id)
)

select * from supply_gap_month
