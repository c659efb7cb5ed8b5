-- description: Evidence on the claims that 720,000 H100 are more than the largest customers use
-- together, on the 8-bit basis of the publisher. One row per claim and piece of evidence;
-- supports is null where it is for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select claim_id, kind, value_high, claim_date, known_at from marts.claim
),

fleet_quarter as (
    select owner, quarter_end, h100e_8bit_epoch_p50, known_at
    from marts.fleet_quarter
    where designer = 'Nvidia'
),

shipment_customer_year as (
    select customer, chip, year, units, known_at from marts.shipment_customer_year
),

owner_group_quarter as (
    select owner_group, quarter_end, basis, rank_correlation, p05, p50, p95
    from estimates.owner_group_quarter
),

source as (
    select entity, citation from marts.source
),

supply_release as (
    select entity, citation from marts.supply_release
),

cited as (
    select entity, string_agg(distinct citation, '; ' order by citation) as sources
    from source
    where entity not in (select entity from supply_release)
    group by entity
    -- A later edition is what the figures are from.
    union all
    select entity, citation from supply_release
),

-- Which group of owners, and which of Omdia's customers (null: all it names), a claim is about.
claimed as (
    select
        claim.claim_id,
        claim.value_high,
        claim.claim_date,
        meant.owner_group,
        meant.title,
        meant.customers
    from claim
    inner join (
        values
            (
                'more-than-microsoft-meta-google',
                'microsoft+meta+google',
                'Microsoft, Meta and Google',
                ['Microsoft', 'Meta', 'Google']
            ),
            (
                'more-than-largest-customers',
                'all six owners',
                'six owners (Microsoft, Meta, Amazon, Google, Oracle, and all of China,'
                || ' which is no customer)',
                null
            )
    ) as meant (claim_id, owner_group, title, customers)
        on meant.claim_id = claim.claim_id
),

quarter_known as (
    select quarter_end, max(known_at) as known_at from fleet_quarter group by quarter_end
),

-- How the owners' errors move together is unknown: the median is that of owners in step (rank
-- correlation 1), the interval the wider of both bounds.
owned as (
    select
        owner_group,
        quarter_end,
        max(p50) filter (rank_correlation = 1) as p50,
        min(p05) as p05,
        max(p95) as p95
    from owner_group_quarter
    where basis = 'h100e_8bit_epoch'
    group by owner_group, quarter_end
),

-- The last two quarter ends before the claim: both are shown, since the answer can turn on them.
owned_before_claim as (
    select
        claimed.claim_id,
        claimed.value_high,
        claimed.title,
        owned.quarter_end,
        owned.p50,
        owned.p05,
        owned.p95,
        quarter_known.known_at
    from claimed
    inner join owned
        on owned.owner_group = claimed.owner_group and owned.quarter_end <= claimed.claim_date
    inner join quarter_known using (quarter_end)
    qualify row_number() over (
        partition by claimed.claim_id
        order by owned.quarter_end desc
    ) <= 2
),

-- Medians add where owners are in step.
without_china as (
    select
        owned.claim_id,
        owned.quarter_end,
        owned.known_at,
        sum(fleet.h100e_8bit_epoch_p50) as p50
    from owned_before_claim as owned
    inner join fleet_quarter as fleet using (quarter_end)
    where
        owned.claim_id = 'more-than-largest-customers'
        and fleet.owner in ('Microsoft', 'Meta', 'Amazon', 'Google', 'Oracle')
    group by owned.claim_id, owned.quarter_end, owned.known_at
),

bought as (
    select
        claimed.claim_id,
        claimed.value_high,
        bought.year,
        sum(bought.units) as units,
        count(*) as n_customers,
        max(bought.known_at) as known_at
    from claimed
    inner join shipment_customer_year as bought
        on bought.year = year(claimed.claim_date) - 1
        and (claimed.customers is null or list_contains(claimed.customers, bought.customer))
    group by claimed.claim_id, claimed.value_high, bought.year
),

evidence as (
    -- More than they use: above the sum, or above the median of its interval.
    select
        claim_id,
        'fleet-' || quarter_end as evidence_id,
        cast(row_number() over (partition by claim_id order by quarter_end) as integer) as place,
        'observation' as basis,
        p50 as value,
        p05 as range_low,
        p95 as range_high,
        'H100e, 8-bit' as unit,
        'Nvidia accelerators that ' || title || ' bought from 2022 to ' || quarter_end
        as description,
        quarter_end as valid_date,
        known_at,
        value_high > p50 as supports,
        cited.sources
    from owned_before_claim
    inner join cited on cited.entity = 'owned_cumulative'
    union all
    select
        claim_id,
        'fleet-without-china-' || quarter_end,
        cast(2 + row_number() over (partition by claim_id order by quarter_end) as integer),
        'observation',
        p50,
        null,
        null,
        'H100e, 8-bit',
        'the same up to ' || quarter_end || ' without China, sum of the medians',
        quarter_end,
        known_at,
        null,
        cited.sources
    from without_china
    inner join cited on cited.entity = 'owned_cumulative'
    union all
    select
        claim_id,
        'bought-' || year,
        5,
        -- One year's purchases stand in for what is in use.
        'assumption',
        units,
        null,
        null,
        'H100',
        'H100 and H800 bought in '
        || year
        || ' by '
        || n_customers
        || ' customers, taken for what they use: earlier purchases and other chips left out',
        make_date(year, 12, 31),
        known_at,
        value_high > units,
        cited.sources
    from bought
    inner join cited on cited.entity = 'shipment_by_customer'
)

select * from evidence
