-- description: Evidence on the claim that AI tokens rose strongly after the Sora demo. One row
-- per claim and piece of evidence; supports is null where it is for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select
        claim_id,
        kind,
        value_low,
        value_high,
        unit,
        claim_date,
        source,
        known_at
    from marts.claim
),

event as (
    select event_id, event_date from marts.event
),

token_day as (
    select coin_id, price_date, change_7d, source from marts.token_day_first_known
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

basket_change_7d as (
    select
        universe_id,
        price_date,
        change_7d_cap_weighted,
        change_7d_equal_weighted,
        change_7d_bitcoin,
        known_at
    from estimates.basket_change_7d
),

source as (
    select
        source,
        entity,
        -- CoinGecko's series are one data set per token, each with its time.
        case
            when source = 'coingecko' then producer || ' API, daily closes' else citation
        end as citation
    from marts.source
),

figure as (
    select claim_id as figure_id, value_low, value_high, unit, claim_date, known_at, source
    from claim
    where kind = 'estimate'
),

-- From the last close before the demo: the change over seven days up to six days after it.
demo_week as (
    select
        event.event_date as demo_date,
        basket.price_date,
        basket.change_7d_cap_weighted as cap_weighted,
        basket.change_7d_equal_weighted as equal_weighted,
        basket.change_7d_bitcoin as bitcoin,
        basket.known_at
    from event
    inner join basket_change_7d as basket on basket.price_date = event.event_date + 6
    where event.event_id = 'sora-demo' and basket.universe_id = 'compute-daily'
),

-- The sources whose closes count up to then.
cited as (
    select string_agg(distinct source.citation, '; ' order by source.citation) as sources
    from source
    where
        source.entity in ('token_daily', 'chart')
        and source.source in (
            select token_day.source
            from token_day
            inner join demo_week on token_day.price_date <= demo_week.price_date
            inner join universe_day
                on universe_day.price_date = token_day.price_date
                and universe_day.universe_id = 'compute-daily'
            where token_day.coin_id in (universe_day.coin_id, 'bitcoin')
        )
    having count(*) > 0
),

-- How unusual the week was: the share of earlier seven-day windows (overlapping, all ending
-- before the demo) with less gain over bitcoin.
earlier_weeks as (
    select
        count(*) filter (
            earlier.change_7d_cap_weighted - earlier.change_7d_bitcoin
            < demo_week.cap_weighted - demo_week.bitcoin
        )
        / nullif(count(*), 0) as rank_cap_weighted,
        count(*) filter (
            earlier.change_7d_equal_weighted - earlier.change_7d_bitcoin
            < demo_week.equal_weighted - demo_week.bitcoin
        )
        / nullif(count(*), 0) as rank_equal_weighted
    from demo_week
    inner join basket_change_7d as earlier on earlier.price_date < demo_week.demo_date
    where earlier.universe_id = 'compute-daily'
),

ahead_of_bitcoin as (
    select
        demo_week.price_date,
        count(*) filter (token_day.change_7d > demo_week.bitcoin)
        / nullif(count(token_day.change_7d), 0) as share_ahead
    from demo_week
    inner join universe_day on universe_day.price_date = demo_week.price_date
    inner join token_day
        on token_day.coin_id = universe_day.coin_id
        and token_day.price_date = universe_day.price_date
    where universe_day.universe_id = 'compute-daily'
    group by demo_week.price_date
),

after_demo as (
    -- "Rose strongly" is read as: rose more than bitcoin did, and more than in nine of ten
    -- earlier weeks.
    select
        'tokens-rose-after-demo' as claim_id,
        'category-published' as evidence_id,
        7 as place,
        'observation' as basis,
        figure.value_low as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        '1' as unit,
        'change of the vendor''s AI category, as published (what is tested here)' as description,
        figure.claim_date as valid_date,
        figure.known_at,
        cast(null as boolean) as supports,
        figure.source as sources
    from figure
    where figure.figure_id = 'category-week'
    union all
    select
        'tokens-rose-after-demo',
        'basket-cap-weighted',
        1,
        'observation',
        demo_week.cap_weighted,
        null,
        null,
        '1',
        'change of nine compute tokens in the week, weighted by market cap; for if above bitcoin''s',
        demo_week.price_date,
        demo_week.known_at,
        demo_week.cap_weighted > demo_week.bitcoin,
        cited.sources
    from demo_week
    cross join cited
    union all
    select
        'tokens-rose-after-demo',
        'basket-equal-weighted',
        2,
        'observation',
        demo_week.equal_weighted,
        null,
        null,
        '1',
        'change of nine compute tokens in the week, weighted equally; for if above bitcoin''s',
        demo_week.price_date,
        demo_week.known_at,
        demo_week.equal_weighted > demo_week.bitcoin,
        cited.sources
    from demo_week
    cross join cited
    union all
    select
        'tokens-rose-after-demo',
        'breadth',
        4,
        'observation',
        ahead_of_bitcoin.share_ahead,
        null,
        null,
        '1',
        'share of the nine tokens that did better than bitcoin',
        demo_week.price_date,
        demo_week.known_at,
        ahead_of_bitcoin.share_ahead > 0.5,
        cited.sources
    from demo_week
    inner join ahead_of_bitcoin using (price_date)
    cross join cited
    union all
    select
        'tokens-rose-after-demo',
        'rank-cap-weighted',
        5,
        'observation',
        earlier_weeks.rank_cap_weighted,
        null,
        null,
        '1',
        'share of earlier weeks with a smaller lead over bitcoin, weighted by market cap',
        demo_week.price_date,
        demo_week.known_at,
        earlier_weeks.rank_cap_weighted >= 0.9,
        cited.sources
    from demo_week
    cross join earlier_weeks
    cross join cited
    union all
    select
        'tokens-rose-after-demo',
        'rank-equal-weighted',
        6,
        'observation',
        earlier_weeks.rank_equal_weighted,
        null,
        null,
        '1',
        'share of earlier weeks with a smaller lead over bitcoin, weighted equally',
        demo_week.price_date,
        demo_week.known_at,
        earlier_weeks.rank_equal_weighted >= 0.9,
        cited.sources
    from demo_week
    cross join earlier_weeks
    cross join cited
    union all
    select
        'tokens-rose-after-demo',
        'bitcoin',
        3,
        'observation',
        demo_week.bitcoin,
        null,
        null,
        '1',
        'change of bitcoin in the same week',
        demo_week.price_date,
        demo_week.known_at,
        null,
        cited.sources
    from demo_week
    cross join cited
)

select * from after_demo
