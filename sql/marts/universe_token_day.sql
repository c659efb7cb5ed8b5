-- description: Tokens of a universe on a day with price and market cap, and both as of the
-- universe's day before (the last one of the 31 days before on which a member's market cap was
-- known), in the universe's own series: bundled universes rest on files alone, ai-17 on month
-- starts, baskets on the closes that count, live ones on crawls. Who is left out of a live one only
-- for a price or market cap that is unknown, stale or not confirmed is still its member here, if it
-- was counted when it was judged last within seven days. What is unknown of price and circulating
-- supply is carried from the last of the seven days before on which both were known (month starts
-- are not): price_usd and weight_usd have that, market_cap_usd has not. One row per universe, day
-- and token that it counts on the day or on the day before.
-- grain: universe_id, price_date, coin_id
-- incremental: price_date
-- reach: 38 days back
-- column before_date: The universe's day before; null: there is none within 31 days.
-- column has_returned: Whether it was not counted on the day before, but within seven days, and was
-- seen nowhere since: what happened meanwhile is had at once, from price_before_usd on.
-- column weight_usd: Market cap by which an index weighs it: known, or of what is carried; where a
-- crawl's is over twice or under half of price times supply, of the supply carried, if there is one.
-- column volume_usd: Traded in the 24 hours up to the price of the day.
-- column known_at: When the sums of both days were known.

with category_sum_day as (
    select universe_id, price_date, known_at
    from marts.category_sum_day
    where member_sum_usd is not null
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

universe_candidate_day as (
    select universe_id, price_date, coin_id, left_out_because from marts.universe_candidate_day
),

universe as (
    select universe_id from staging.universe__universe
),

basket as (
    select universe_id from staging.universe__basket
),

basket_member as (
    select coin_id from staging.universe__basket_member
),

token_day_from_files as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, true as is_likely
    from marts.token_day_from_files
),

token_month as (
    select coin_id, price_date, price_usd, market_cap_usd, volume_usd, true as is_likely
    from marts.token_month
),

token_day as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, true as is_likely
    from marts.token_day
),

token_snapshot_day as (
    select
        coin_id,
        seen_date,
        price_usd,
        market_cap_usd,
        volume_24h_usd,
        coalesce(
            market_cap_usd / nullif(price_usd * circulating_supply, 0) between 0.5 and 2, true
        ) as is_likely
    from marts.token_snapshot_day
    where is_held_spike is not true
),

priced as (
    select
        'crawls' as series,
        coin_id,
        seen_date as price_date,
        price_usd,
        market_cap_usd,
        volume_24h_usd as volume_usd,
        is_likely
    from token_snapshot_day
    union all
    select 'files', * from token_day_from_files
    union all
    select 'months', * from token_month
    union all
    select 'closes', *
    from token_day
    where coin_id in (select basket_member.coin_id from basket_member)
),

dated as (
    select
        day.universe_id,
        day.price_date,
        lag(day.price_date) over dates as before_date,
        day.known_at,
        lag(day.known_at) over dates as before_known_at,
        case
            when universe.universe_id is not null then 'crawls'
            when basket.universe_id is not null then 'closes'
            when day.universe_id = 'ai-17' then 'months'
            else 'files'
        end as series
    from category_sum_day as day
    left join universe using (universe_id)
    left join basket using (universe_id)
    window dates as (partition by day.universe_id order by day.price_date)
),

universe_date as (
    select
        universe_id,
        price_date,
        series,
        case when before_date >= price_date - 31 then before_date end as before_date,
        greatest(known_at, case when before_date >= price_date - 31 then before_known_at end)
            as known_at
    from dated
),

candidate as (
    select
        *,
        coalesce(
            left_out_because in ('market cap unknown', 'stale', 'price not confirmed'), false
        ) as is_without_data
    from universe_candidate_day
),

asked_member as materialized (
    select
        candidate.universe_id,
        candidate.price_date,
        candidate.coin_id,
        candidate.left_out_because = 'stale' as is_stale,
        candidate.price_date - cast(ago.days as integer) as asked_date
    from candidate
    cross join range(1, 8) as ago (days)
    where candidate.is_without_data
),

-- That data is missing does not make a token leave that was counted when it was there last.
still_member as (
    select
        asked.universe_id,
        asked.price_date,
        asked.coin_id,
        any_value(asked.is_stale) as is_stale
    from asked_member as asked
    inner join candidate
        on candidate.universe_id = asked.universe_id
        and candidate.coin_id = asked.coin_id
        and candidate.price_date = asked.asked_date
    where not candidate.is_without_data
    group by asked.universe_id, asked.price_date, asked.coin_id
    having arg_max_null(candidate.left_out_because, candidate.price_date) is null
),

member as (
    select universe_id, price_date, coin_id, false as is_stale from universe_day
    union all
    select universe_id, price_date, coin_id, is_stale
    from still_member
    anti join universe_day using (universe_id, price_date, coin_id)
),

quoted as materialized (
    select
        universe_date.universe_id,
        universe_date.series,
        universe_date.price_date,
        member.coin_id,
        case when not member.is_stale then priced.price_usd end as price_usd,
        case when not member.is_stale then priced.market_cap_usd end as market_cap_usd,
        case when not member.is_stale then priced.volume_usd end as volume_usd,
        coalesce(priced.is_likely, false) as is_likely
    from universe_date
    inner join member using (universe_id, price_date)
    left join priced
        on priced.series = universe_date.series
        and priced.coin_id = member.coin_id
        and priced.price_date = universe_date.price_date
),

lacking as materialized (
    select * from quoted where price_usd is null or market_cap_usd is null or not is_likely
),

-- Few lack something: asking for each of the days before is quicker than sorting them all.
asked as materialized (
    select
        lacking.universe_id,
        lacking.series,
        lacking.price_date,
        lacking.coin_id,
        lacking.price_date - cast(ago.days as integer) as asked_date
    from lacking
    cross join range(1, 8) as ago (days)
    where lacking.series <> 'months'
),

carried as (
    select
        asked.universe_id,
        asked.price_date,
        asked.coin_id,
        max_by(priced.price_usd, priced.price_date) as price_usd,
        max_by(priced.market_cap_usd / priced.price_usd, priced.price_date) as supply
    from asked
    inner join priced
        on priced.series = asked.series
        and priced.coin_id = asked.coin_id
        and priced.price_date = asked.asked_date
    where priced.price_usd is not null and priced.market_cap_usd is not null and priced.is_likely
    group by asked.universe_id, asked.price_date, asked.coin_id
),

known as materialized (
    select
        * exclude (is_likely),
        market_cap_usd as weight_usd,
        false as is_carried,
        false as is_price_carried
    from quoted
    where price_usd is not null and market_cap_usd is not null and is_likely
    union all by name
    select
        lacking.* exclude (is_likely)
        replace (coalesce(lacking.price_usd, carried.price_usd) as price_usd),
        -- A cap that nothing else speaks for is taken as it is.
        coalesce(
            case when lacking.is_likely then lacking.market_cap_usd end,
            carried.supply * coalesce(lacking.price_usd, carried.price_usd),
            lacking.market_cap_usd
        ) as weight_usd,
        carried.coin_id is not null as is_carried,
        lacking.price_usd is null and carried.coin_id is not null as is_price_carried
    from lacking
    left join carried using (universe_id, price_date, coin_id)
),

before as (
    select
        universe_date.universe_id,
        universe_date.price_date,
        known.* exclude (universe_id, price_date)
    from universe_date
    inner join known
        on known.universe_id = universe_date.universe_id
        and known.price_date = universe_date.before_date
),

paired as materialized (
    select
        universe_id,
        price_date,
        coin_id,
        coalesce(today.series, before.series) as series,
        before.coin_id is not null as was_member,
        today.coin_id is not null as is_member,
        today.price_usd,
        today.market_cap_usd,
        today.weight_usd,
        today.is_carried,
        today.is_price_carried,
        today.volume_usd,
        before.price_usd as price_before_usd,
        before.market_cap_usd as market_cap_before_usd,
        before.weight_usd as weight_before_usd,
        before.is_carried as was_carried,
        before.is_price_carried as was_price_carried
    from known as today
    full join before using (universe_id, price_date, coin_id)
),

-- Who is counted no more moves an index once more: by the price of the day, or carried, not at all.
departed as (
    select
        paired.* replace (
            coalesce(
                priced.price_usd,
                case
                    when universe_date.before_date >= paired.price_date - 7
                        then paired.price_before_usd
                end
            ) as price_usd,
            priced.price_usd is null as is_price_carried
        )
    from (from paired where not is_member) as paired
    inner join universe_date using (universe_id, price_date)
    left join priced
        on priced.series = paired.series
        and priced.coin_id = paired.coin_id
        and priced.price_date = paired.price_date
),

asked_return as materialized (
    select
        paired.universe_id,
        paired.series,
        paired.price_date,
        paired.coin_id,
        paired.price_date - cast(ago.days as integer) as asked_date
    from paired
    inner join universe_date using (universe_id, price_date)
    cross join range(1, 8) as ago (days)
    where
        not paired.was_member
        and universe_date.before_date is not null
        and paired.series <> 'months'
),

returned as (
    select
        asked.universe_id,
        asked.price_date,
        asked.coin_id,
        max_by(priced.price_usd, priced.price_date) as price_usd,
        arg_max_null(case when priced.is_likely then priced.market_cap_usd end, priced.price_date)
            filter (priced.price_usd is not null) as market_cap_usd
    from asked_return as asked
    left join universe_day
        on universe_day.universe_id = asked.universe_id
        and universe_day.coin_id = asked.coin_id
        and universe_day.price_date = asked.asked_date
    left join priced
        on priced.series = asked.series
        and priced.coin_id = asked.coin_id
        and priced.price_date = asked.asked_date
    group by asked.universe_id, asked.price_date, asked.coin_id
    having
        max(priced.price_date) filter (priced.price_usd is not null)
        <= max(universe_day.price_date)
),

token as (
    from paired
    where is_member and was_member
    union all by name
    from departed
    union all by name
    -- Few enter: asking for those alone is quicker than for all.
    select
        entered.* replace (
            returned.price_usd as price_before_usd,
            returned.market_cap_usd as weight_before_usd,
            returned.coin_id is not null as was_carried,
            returned.coin_id is not null as was_price_carried
        ),
        returned.coin_id is not null as has_returned
    from (from paired where not was_member) as entered
    left join returned using (universe_id, price_date, coin_id)
),

universe_token_day as (
    select
        token.universe_id,
        token.price_date,
        token.coin_id,
        universe_date.before_date,
        token.was_member,
        token.is_member,
        token.price_usd,
        token.market_cap_usd,
        token.weight_usd,
        coalesce(token.is_carried, false) as is_carried,
        coalesce(token.is_price_carried, false) as is_price_carried,
        token.volume_usd,
        token.price_before_usd,
        token.market_cap_before_usd,
        token.weight_before_usd,
        coalesce(token.has_returned, false) as has_returned,
        coalesce(token.was_carried, false) as was_carried,
        coalesce(token.was_price_carried, false) as was_price_carried,
        universe_date.known_at
    from token
    inner join universe_date using (universe_id, price_date)
)

select * from universe_token_day
