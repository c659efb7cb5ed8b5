-- description: Nvidia accelerators by owner, by group of owners and in all at the last two quarter ends, on the 8-bit basis, in all also on the dense BF16 basis. One row per holder and basis.
-- grain: holder, basis
with quarter as (
    select distinct quarter_end from marts.fleet_quarter
    where designer = 'Nvidia'
        and quarter_end <= (select report_date from marts.build)
    order by quarter_end desc
    limit 2
),

ends as (select min(quarter_end) as earlier, max(quarter_end) as later from quarter),

value as (
    select
        owner as holder,
        quarter_end,
        h100e_8bit_epoch_p05 as p05,
        h100e_8bit_epoch_p50 as p50,
        h100e_8bit_epoch_p95 as p95,
        '8-bit, Epoch AI' as basis,
        1 as place
    from marts.fleet_quarter
    where designer = 'Nvidia'
    union all
    select
        case owner_group
            when 'microsoft+meta+google' then 'Microsoft, Meta and Google'
            else 'All six owners'
        end,
        quarter_end,
        p05, p50, p95,
        '8-bit, Epoch AI',
        case owner_group when 'microsoft+meta+google' then 2 else 3 end
    from estimates.owner_group_quarter
    where rank_correlation = 1
    union all
    select 'All Nvidia since 2022', quarter_end,
        h100e_8bit_epoch_p05, h100e_8bit_epoch_p50, h100e_8bit_epoch_p95, '8-bit, Epoch AI', 4
    from marts.fleet_total_quarter
    where designer = 'Nvidia'
    union all
    select 'All Nvidia since 2022', quarter_end,
        h100e_bf16_dense_p05, h100e_bf16_dense_p50, h100e_bf16_dense_p95, 'dense BF16', 5
    from marts.fleet_total_quarter
    where designer = 'Nvidia'
)

select
    value.holder,
    value.basis,
    max(value.p50) filter (value.quarter_end = ends.earlier) as earlier_p50,
    max(value.p05) filter (value.quarter_end = ends.earlier) as earlier_p05,
    max(value.p95) filter (value.quarter_end = ends.earlier) as earlier_p95,
    max(value.p50) filter (value.quarter_end = ends.later) as later_p50,
    max(value.p05) filter (value.quarter_end = ends.later) as later_p05,
    max(value.p95) filter (value.quarter_end = ends.later) as later_p95
from value
cross join ends
where value.quarter_end in (ends.earlier, ends.later)
group by value.holder, value.basis, value.place
order by value.place, later_p50 desc
