-- description: The first month from which the median supply meets the median demand of a scenario
-- for good: no later month with a fleet figure exceeds it. For the whole Nvidia fleet, and for the
-- share of it that the scenario leaves to video; null where the last such month still exceeds it.
-- Only months whose own fleet is known are tested.
-- One row per scenario and scope.
-- grain: scenario_id, scope

with supply_gap_month as (
    select
        scenario_id,
        month_index,
        month_date,
        demand_to_fleet_p50,
        demand_to_available_p50,
        known_at
    from estimates.supply_gap_month
    where is_fleet_current
),

ratio as (
    select
        scenario_id,
        'whole fleet' as scope,
        month_index,
        month_date,
        demand_to_fleet_p50 as demand_to_supply_p50,
        known_at
    from supply_gap_month
    union all
    select
        scenario_id,
        'share for video' as scope,
        month_index,
        month_date,
        demand_to_available_p50,
        known_at
    from supply_gap_month
),

tested as (
    select
        *,
        max(demand_to_supply_p50) over (
            partition by scenario_id, scope
            order by month_index
            rows between current row and unbounded following
        ) as greatest_from_here
    from ratio
    where demand_to_supply_p50 is not null
),

first_sufficient_month as (
    select
        scenario_id,
        scope,
        min(month_index) filter (greatest_from_here <= 1) as first_month_index,
        min(month_date) filter (greatest_from_here <= 1) as first_month_date,
        min(month_date) as first_tested_date,
        max(month_date) as last_tested_date,
        count(*) as n_months,
        arg_min(demand_to_supply_p50, month_index) as demand_to_supply_first_p50,
        min(demand_to_supply_p50) as demand_to_supply_least_p50,
        arg_max(demand_to_supply_p50, month_index) as demand_to_supply_last_p50,
        max(known_at) as known_at
    from tested
    group by scenario_id, scope
)

select * from first_sufficient_month
