-- description: The base scenario's demand at peak by month, with the installed fleet of the report's date. One row per month.
-- grain: month_date
select
    demand_month.month_date,
    demand_month.p10,
    demand_month.p25,
    demand_month.p50,
    demand_month.p75,
    demand_month.p90,
    fleet.h100e_bf16_dense_p50 as reference_value,
    'Installed' as reference_label,
    fleet.quarter_end as reference_date
from estimates.demand_month
left join marts.fleet_total_quarter as fleet
    on fleet.quarter_end = (
        select max(quarter_end) from marts.fleet_total_quarter
        where quarter_end <= (select report_date from marts.build)
    )
where demand_month.scenario_id = 'base' and demand_month.quantity = 'h100e_peak_bf16_dense'
order by demand_month.month_date
