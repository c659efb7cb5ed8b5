-- description: The monthly universe on its last month start and the one before. One row per report.
-- grain: snapshot_date
-- sources: bundled, import
with member as (
    select token_month.*
    from marts.token_month
    inner join marts.universe_day using (coin_id, price_date)
    where universe_day.universe_id = 'ai-17'
        and token_month.price_date <= (select report_date from marts.build)
),

month as (
    select
        price_date,
        sum(market_cap_usd) as cap_usd,
        count(market_cap_usd) as n_priced,
        max_by(name, market_cap_usd) as first_name,
        max(market_cap_usd) / sum(market_cap_usd) as first_share,
        count(*) filter (market_cap_usd >= 1e9) as n_above_bn,
        count(*) filter (change_1m > 0) as n_risen
    from member
    group by price_date
)

select
    latest.price_date as snapshot_date,
    latest.cap_usd,
    latest.n_priced,
    latest.first_name,
    latest.first_share,
    latest.n_above_bn,
    latest.n_risen,
    before.price_date as before_date,
    before.cap_usd as cap_before_usd,
    before.n_priced as n_priced_before,
    claim.value_low as claimed_usd
from (select max(price_date) as price_date from month) as newest
left join month as latest on latest.price_date = newest.price_date
left join month as before on before.price_date = newest.price_date - interval 1 month
left join marts.claim on claim.claim_id = 'ai-tokens-25bn'
