-- description: Daily market cap of the five largest tokens and of the rest, largest first; null on days that the series do not have. One row per day and series.
-- grain: price_date, series
-- sources: bundled, import, event
with member as (
    select token_day.price_date, token_day.coin_id, token_day.symbol, token_day.market_cap_usd
    from marts.token_day_from_files as token_day
    inner join marts.universe_day using (coin_id, price_date)
    where universe_day.universe_id = 'compute-daily'
        and token_day.price_date <= (select report_date from marts.build)
),

ends as (
    select min(price_date) as first_date, max(price_date) filter (market_cap_usd is not null) as last_date
    from member
),

place as (
    select coin_id, symbol, row_number() over (order by market_cap_usd desc) as place
    from member
    where price_date = (select last_date from ends)
),

-- Without rows of their own, missing days would be drawn over.
missing_day as (
    select unnest(generate_series(first_date, last_date, interval 1 day))::date as price_date from ends
    except
    select price_date from member
),

drawn as (
    select member.price_date, member.market_cap_usd, place.symbol, place.place
    from member
    inner join place using (coin_id)
    union all
    select missing_day.price_date, null, place.symbol, place.place
    from missing_day
    cross join place
)

select
    drawn.price_date,
    case when drawn.place <= 5 then drawn.symbol else 'Others' end as series,
    least(drawn.place, 6) as place,
    sum(drawn.market_cap_usd) as market_cap_usd,
    any_value(event.event_date) as event_date,
    any_value(event.title) as event_title
from drawn
left join marts.event on event.event_id = 'sora-demo'
where drawn.price_date <= (select last_date from ends)
group by drawn.price_date, series, least(drawn.place, 6)
order by drawn.price_date, place
