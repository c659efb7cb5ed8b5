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

equity_day as (
    select ticker, price_date, close_usd, known_at from marts.equity_day
),

source as (
    select entity, citation from marts.source
),

claimed as (
    select claim_id, value_low, value_high, claim_date from claim where kind = 'claim'
),

cited as (
    select entity, string_agg(distinct citation, '; ' order by citation) as sources
    from source
    group by entity
),

amd as (
    select price_date, close_usd, known_at from equity_day where ticker = 'AMD'
),

-- Autumn 2012 is September to November; the day nearest to the claimed price.
amd_autumn as (
    select amd.price_date, amd.close_usd, amd.known_at, claimed.value_low
    from amd
    inner join claimed on claimed.claim_id = 'amd-from-2-to-175'
    where amd.price_date between date '2012-09-01' and date '2012-11-30'
    qualify row_number() over (
        order by abs(amd.close_usd - claimed.value_low), amd.price_date
    ) = 1
),

amd_spring as (
    select amd.price_date, amd.close_usd, amd.known_at, claimed.value_high
    from amd
    inner join claimed
        on claimed.claim_id = 'amd-from-2-to-175' and amd.price_date < claimed.claim_date
    qualify row_number() over (order by amd.price_date desc) = 1
),

share_price as (
    -- "About" a price is within 10 % of it.
    select
        'amd-from-2-to-175' as claim_id,
        'amd-before-claim' as evidence_id,
        1 as place,
        'observation' as basis,
        amd_spring.close_usd as value,
        cast(null as double) as value_p05,
        cast(null as double) as value_p95,
        'USD' as unit,
        'last close before the claim' as description,
        amd_spring.price_date as valid_date,
        amd_spring.known_at,
        amd_spring.close_usd > amd_spring.value_high as supports,
        cited.sources
    from amd_spring
    inner join cited on cited.entity = 'equity_close'
    union all
    select
        'amd-from-2-to-175',
        'amd-autumn-2012',
        2,
        'observation',
        amd_autumn.close_usd,
        null,
        null,
        'USD',
        'close in autumn 2012 nearest to the claimed one',
        amd_autumn.price_date,
        amd_autumn.known_at,
        abs(amd_autumn.close_usd / amd_autumn.value_low - 1) <= 0.1,
        cited.sources
    from amd_autumn
    inner join cited on cited.entity = 'equity_close'
)

select * from share_price
