-- description: The AI tokens of the monthly universe on the last month start, largest first, and their sum. One row per token, then one for all.
-- grain: place
-- sources: bundled, import
with member as (
    select token_month.*
    from marts.token_month
    inner join marts.universe_day using (coin_id, price_date)
    where universe_day.universe_id = 'ai-17'
        and token_month.price_date = (
            select max(price_date) from marts.token_month
            where price_date <= (select report_date from marts.build)
        )
),

ranked as (
    select
        row_number() over (order by member.market_cap_usd desc nulls last) as place,
        member.*,
        before.market_cap_usd as cap_before_usd
    from member
    left join marts.token_month as before
        on before.coin_id = member.coin_id
        and before.price_date = member.price_date - interval 1 month
)

select
    place,
    name || ' (' || symbol || ')' as token,
    cmc_rank,
    price_usd,
    market_cap_usd,
    market_cap_usd / sum(market_cap_usd) over () as share,
    circulating_supply,
    change_1m,
    volume_usd / market_cap_usd as turnover,
    false as is_total
from ranked
union all
select
    count(*) + 1, 'All of them', null, null, sum(market_cap_usd), 1, null, null,
    sum(volume_usd) / sum(market_cap_usd), true
from ranked
order by place
