-- description: Daily market cap of the five largest tokens and of the rest, largest first. One row per day and series.
-- grain: price_date, series
with member as (
    select token_day.price_date, token_day.coin_id, token_day.symbol, token_day.market_cap_usd
    from marts.token_day
    inner join marts.universe_day using (coin_id, price_date)
    where universe_day.universe_id = 'compute-daily'
        and token_day.price_date <= (select report_date from marts.build)
),

place as (
    select coin_id, symbol, row_number() over (order by market_cap_usd desc) as place
    from member
    where price_date = (select max(price_date) from member where market_cap_usd is not null)
)

select
    member.price_date,
    case when place.place <= 5 then place.symbol else 'Others' end as series,
    least(place.place, 6) as place,
    sum(member.market_cap_usd) as market_cap_usd,
    any_value(event.event_date) as event_date,
    any_value(event.title) as event_title
from member
inner join place using (coin_id)
left join marts.event on event.event_id = 'sora-demo'
where member.price_date <= (select max(price_date) from member where market_cap_usd is not null)
group by member.price_date, series, least(place.place, 6)
order by member.price_date, place
