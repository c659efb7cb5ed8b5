-- description: Quarters of a company do not overlap, and their revenue is not below zero. One row
-- per quarter that is off.

with equity_revenue_quarter as (
    select ticker, quarter_start, quarter_end, revenue_usd from marts.equity_revenue_quarter
),

with_before as (
    select
        *,
        lag(quarter_end) over (partition by ticker order by quarter_end) as end_before
    from equity_revenue_quarter
)

select *
from with_before
where revenue_usd is null or revenue_usd < 0 or quarter_start <= end_before
