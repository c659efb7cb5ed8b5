-- description: Evidence on the claim about AMD's share. One row per claim and piece of evidence;
-- supports is null where it is for contrast only.
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

-- As it was quoted: a later split changes nothing of what a reader of then saw.
equity_day as (
    select
        ticker,
        price_date,
        close_as_traded_usd as close_usd,
        source,
        payload_sha256,
        close_known_at as known_at
    from marts.equity_day
    where close_as_traded_usd is not null
),

source as (
    select source, payload_sha256, citation from marts.source
),

claimed as (
    select claim_id, value_low, value_high, claim_date from claim where kind = 'claim'
),

amd as (
    select
        equity_day.price_date,
        equity_day.close_usd,
        equity_day.known_at,
        source.citation
    from equity_day
    inner join source using (source, payload_sha256)
    where equity_day.ticker = 'AMD'
),

-- Autumn 2012 is September to November. Closes that a user brought in later say nothing of what
-- was known then, so those that were known decide where there are any.
amd_autumn as (
    select
        claimed.value_low,
        min(amd.close_usd) as least,
        max(amd.close_usd) as most,
        max(amd.price_date) as price_date,
        max(amd.known_at) as known_at,
        string_agg(distinct amd.citation, '; ' order by amd.citation) as sources
    from claimed
    inner join amd on amd.price_date between date '2012-09-01' and date '2012-11-30'
    where claimed.claim_id = 'amd-from-2-to-175'
    group by claimed.value_low, amd.known_at <= claimed.claim_date
    qualify row_number() over (order by amd.known_at <= claimed.claim_date desc) = 1
),

amd_spring as (
    select
        amd.price_date,
        amd.close_usd,
        amd.known_at,
        amd.citation as sources,
        claimed.value_high
    from amd
    inner join claimed
        on claimed.claim_id = 'amd-from-2-to-175' and amd.price_date < claimed.claim_date
    qualify row_number() over (order by amd.price_date desc) = 1
),

share_price as (
    -- "Over" a price is a last close above it; "about" a price in a season, one that lies within
    -- the season's closes.
    select
        'amd-from-2-to-175' as claim_id,
        'amd-before-claim' as evidence_id,
        1 as place,
        'observation' as basis,
        amd_spring.close_usd as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        'USD' as unit,
        'last close before the claim' as description,
        amd_spring.price_date as valid_date,
        amd_spring.known_at,
        amd_spring.close_usd > amd_spring.value_high as supports,
        amd_spring.sources
    from amd_spring
    union all
    select
        'amd-from-2-to-175',
        'amd-autumn-2012',
        2,
        'observation',
        null,
        amd_autumn.least,
        amd_autumn.most,
        'USD',
        'lowest and highest of the closes known of autumn 2012',
        amd_autumn.price_date,
        amd_autumn.known_at,
        amd_autumn.value_low between amd_autumn.least and amd_autumn.most,
        amd_autumn.sources
    from amd_autumn
)

select * from share_price
