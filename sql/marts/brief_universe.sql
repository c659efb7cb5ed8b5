-- description: The universe that a daily brief speaks of, and its last day up to the report's date: the live sector where its last day is the newer one, else the daily universe of files. One row per universe: one at most.
-- grain: universe_id
select universe_id, max(price_date) as last_date
from marts.category_day
where universe_id in ('ai-sector', 'compute-daily')
    and member_sum_usd is not null
    and price_date <= (select report_date from marts.build)
group by universe_id
order by last_date desc, universe_id
limit 1
