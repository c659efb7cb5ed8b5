-- description: Chips needed at peak by scenario, chips installed, chips made in a year, all on the dense BF16 basis or in H100. One row per quantity.
-- grain: group_title, label, label_date
with quarter as (
    select * from marts.fleet_total_quarter
    where quarter_end <= (select report_date from marts.build)
        and h100e_bf16_dense_p50 is not null
        and designer = 'Nvidia'
),

demand as (
    select
        case scenario_id
            when 'factorial-2024' then 1
            when 'low' then 2
            when 'base' then 3
            when 'high' then 4
            else 5
        end as place,
        case scenario_id when 'factorial-2024' then 'Published chain' else scenario_id end as label,
        p05, p50, p95
    from estimates.demand_month
    where quantity = 'h100e_peak_bf16_dense' and month_index = 0
),

row_of as (
    select
        place,
        'Needed at peak, by scenario' as group_title,
        label,
        null::date as label_date,
        p05, p50, p95,
        true as is_demand
    from demand
    union all
    select
        10 + row_number() over (order by quarter_end),
        'Installed, Nvidia since 2022',
        null,
        quarter_end,
        h100e_bf16_dense_p05,
        h100e_bf16_dense_p50,
        h100e_bf16_dense_p95,
        false
    from (select * from quarter order by quarter_end desc limit 2)
    union all
    select
        20 + (chip_group = 'h100+h800')::int,
        'Made in 2023',
        case chip_group when 'h100' then 'H100, Epoch AI' else 'H100 and H800, Epoch AI' end,
        null,
        p05, p50, p95, false
    from estimates.shipment_year
    where year = 2023 and rank_correlation = 1 and chip_group in ('h100', 'h100+h800')
    union all
    select 22, 'Made in 2023', 'H100, Financial Times', null, value_low, value_low, value_high, false
    from marts.claim
    where claim_id = 'ft-h100-2023'
)

select label, label_date, p05, p50, p95, is_demand, group_title
from row_of
where p50 is not null
order by place
