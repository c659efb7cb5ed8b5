-- description: Ratios of demand to fleet are in order and above zero, no fleet is later than its
-- month, and one older than 100 days is not called current. One row per scenario and month that
-- are off.

with supply_gap_month as (
    select
        scenario_id,
        month_index,
        month_date,
        fleet_quarter_end,
        is_fleet_current,
        demand_to_fleet_p05,
        demand_to_fleet_p50,
        demand_to_fleet_p95
    from estimates.supply_gap_month
)

select *
from supply_gap_month
where
    month_date is null
    or (
        fleet_quarter_end is not null
        and (
            coalesce(demand_to_fleet_p05 > demand_to_fleet_p50, true)
            or coalesce(demand_to_fleet_p50 > demand_to_fleet_p95, true)
            or demand_to_fleet_p05 <= 0
            or month_date < fleet_quarter_end
            or is_fleet_current <> (month_date - fleet_quarter_end <= 100)
        )
    )
    or (fleet_quarter_end is null and demand_to_fleet_p50 is not null)
