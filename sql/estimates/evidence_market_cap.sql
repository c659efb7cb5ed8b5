-- description: Evidence on the claims about the market cap of the AI tokens: its size, and what
-- 720,000 H100 cost beside it. One row per claim and piece of evidence; supports is null where it
-- is for contrast only.
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

token_month as (
    select coin_id, price_date, market_cap_usd, known_at from marts.token_month
),

category_day as (
    select universe_id, price_date, member_sum_usd, n_members, n_priced from marts.category_day
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

token_day as (
    select coin_id, price_date, market_cap_usd, source from marts.token_day_first_known
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

claimed as (
    select claim_id, value_low, value_high, claim_date, known_at, source
    from claim
    where kind = 'claim'
),

figure as (
    select claim_id as figure_id, value_low, value_high, unit, claim_date, known_at, source
    from claim
    where kind = 'estimate'
),

cited as (
    select entity, string_agg(distinct citation, '; ' order by citation) as sources
    from source
    where source = 'bundled'
    group by entity
),

-- The last snapshot before a claim in which every member of the list has a market cap.
snapshot as (
    select
        claimed.claim_id,
        category_day.price_date,
        cast(category_day.member_sum_usd as double) as sum_usd
    from claimed
    inner join category_day on category_day.price_date <= claimed.claim_date
    where
        category_day.universe_id = 'ai-17'
        and category_day.n_priced = category_day.n_members
    qualify row_number() over (
        partition by claimed.claim_id
        order by category_day.price_date desc
    ) = 1
),

near as (
    select price_date, market_cap_usd from token_month where coin_id = 'near'
),

snapshot_known as (
    select price_date, max(known_at) as known_at from token_month group by price_date
),

market_size as (
    select
        snapshot.claim_id,
        snapshot.price_date,
        snapshot.sum_usd,
        snapshot.sum_usd + near.market_cap_usd as sum_with_near_usd,
        snapshot_known.known_at,
        cited.sources
    from snapshot
    inner join snapshot_known using (price_date)
    left join near using (price_date)
    inner join cited on cited.entity = 'token_monthly'
),

last_basket as (
    select category_day.price_date
    from category_day
    inner join claimed
        on claimed.claim_id = 'ai-tokens-25bn' and category_day.price_date <= claimed.claim_date
    where category_day.universe_id = 'compute-daily'
    qualify row_number() over (order by category_day.price_date desc) = 1
),

basket_member as (
    select last_basket.price_date, token_day.market_cap_usd, token_day.source
    from last_basket
    inner join universe_day
        on universe_day.price_date = last_basket.price_date
        and universe_day.universe_id = 'compute-daily'
    inner join token_day
        on token_day.coin_id = universe_day.coin_id
        and token_day.price_date = universe_day.price_date
),

daily_basket as (
    select
        price_date,
        cast(sum(cast(market_cap_usd as decimal(38, 2))) as double) as sum_usd,
        (
            select string_agg(distinct source.citation, '; ' order by source.citation)
            from source
            where
                source.entity in ('token_daily', 'chart')
                and source.source in (select member.source from basket_member as member)
        ) as sources
    from basket_member
    group by price_date
),

size as (
    -- A category total is the same when it is within 5 %: lists differ by a token or two.
    select
        claimed.claim_id,
        'list-of-17' as evidence_id,
        1 as place,
        'observation' as basis,
        market_size.sum_usd as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        'USD' as unit,
        'sum of 17 tokens usual in the category' as description,
        market_size.price_date as valid_date,
        market_size.known_at,
        abs(market_size.sum_usd / claimed.value_high - 1) <= 0.05 as supports,
        market_size.sources
    from claimed
    inner join market_size using (claim_id)
    where claimed.claim_id = 'ai-tokens-25bn'
    union all
    select
        claimed.claim_id,
        'list-of-17-and-near',
        2,
        'observation',
        market_size.sum_with_near_usd,
        null,
        null,
        'USD',
        'the same with NEAR, which our list leaves out',
        market_size.price_date,
        market_size.known_at,
        abs(market_size.sum_with_near_usd / claimed.value_high - 1) <= 0.05,
        market_size.sources
    from claimed
    inner join market_size using (claim_id)
    where claimed.claim_id = 'ai-tokens-25bn' and market_size.sum_with_near_usd is not null
    union all
    select
        'ai-tokens-25bn',
        'compute-tokens',
        3,
        'observation',
        daily_basket.sum_usd,
        null,
        null,
        'USD',
        'nine compute tokens, another basket',
        daily_basket.price_date,
        -- A close is known on the day after.
        cast(daily_basket.price_date + 1 as timestamp),
        null,
        daily_basket.sources
    from daily_basket
    union all
    select
        'ai-tokens-25bn',
        'wider-category',
        4,
        'observation',
        figure.value_low,
        null,
        null,
        figure.unit,
        'over this much: the wider AI zone of another vendor, Bitget',
        figure.claim_date,
        figure.known_at,
        null,
        figure.source
    from figure
    where figure.figure_id = 'category-bitget'
),

chips as (
    select
        claimed.claim_id,
        claimed.value_low as claimed_usd,
        claimed.value_high as category_usd,
        gpus.value_high * price.value_low as cost_usd,
        greatest(gpus.claim_date, price.claim_date) as cost_date,
        greatest(gpus.known_at, price.known_at) as cost_known_at,
        gpus.source || '; ' || price.source as cost_sources,
        category.claim_date as category_date,
        category.known_at as category_known_at,
        category.source as category_source
    from claimed
    inner join claimed as gpus on gpus.claim_id = 'gpus-at-peak'
    inner join claimed as category on category.claim_id = 'ai-tokens-25bn'
    inner join figure as price on price.figure_id = 'h100-price'
    where claimed.claim_id = 'chips-worth-the-category'
),

-- The product first: it stands in the unit of the published value. "About the whole" of a market
-- cap is within 20 % of it.
chips_to_tokens as (
    select
        chips.claim_id,
        'product' as evidence_id,
        1 as place,
        'derivation' as basis,
        chips.cost_usd as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        'USD' as unit,
        'claimed number of chips times the published price' as description,
        chips.cost_date as valid_date,
        chips.cost_known_at as known_at,
        abs(chips.cost_usd / chips.claimed_usd - 1) <= 0.01 as supports,
        chips.cost_sources as sources
    from chips
    union all
    select
        chips.claim_id,
        'published-category',
        2,
        'assumption',
        chips.cost_usd / chips.category_usd,
        null,
        null,
        '1',
        'that cost over the published market cap',
        greatest(chips.cost_date, chips.category_date),
        greatest(chips.cost_known_at, chips.category_known_at),
        abs(chips.cost_usd / chips.category_usd - 1) <= 0.2,
        chips.cost_sources || '; ' || chips.category_source
    from chips
    union all
    select
        chips.claim_id,
        'list-of-17',
        3,
        'assumption',
        chips.cost_usd / market_size.sum_usd,
        null,
        null,
        '1',
        'that cost over the sum of 17 tokens',
        greatest(chips.cost_date, market_size.price_date),
        greatest(chips.cost_known_at, market_size.known_at),
        abs(chips.cost_usd / market_size.sum_usd - 1) <= 0.2,
        chips.cost_sources || '; ' || market_size.sources
    from chips
    inner join market_size using (claim_id)
    union all
    select
        chips.claim_id,
        'list-of-17-and-near',
        4,
        'assumption',
        chips.cost_usd / market_size.sum_with_near_usd,
        null,
        null,
        '1',
        'that cost over the sum with NEAR',
        greatest(chips.cost_date, market_size.price_date),
        greatest(chips.cost_known_at, market_size.known_at),
        abs(chips.cost_usd / market_size.sum_with_near_usd - 1) <= 0.2,
        chips.cost_sources || '; ' || market_size.sources
    from chips
    inner join market_size using (claim_id)
    where market_size.sum_with_near_usd is not null
),

evidence as (
    select * from size
    union all by name
    select * from chips_to_tokens
)

select * from evidence
