-- description: Evidence on the claim that 720,000 H100 are more than Nvidia makes in a year. One
-- row per claim and piece of evidence; supports is null where it is for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select claim_id, kind, value_low, value_high, unit, claim_date, source, known_at
    from marts.claim
),

shipment_quarter as (
    select quarter_end, known_at from marts.shipment_quarter where designer = 'Nvidia'
),

shipment_year as (
    select chip_group, year, basis, rank_correlation, p05, p50, p95 from estimates.shipment_year
),

source as (
    select entity, citation from marts.source
),

claimed as (
    select claim_id, value_high, claim_date
    from claim
    where claim_id = 'more-than-nvidia-makes-in-a-year'
),

figure as (
    select claim_id as figure_id, value_low, value_high, unit, claim_date, known_at, source
    from claim
    where kind = 'estimate'
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

year_known as (
    select year(quarter_end) as year, max(known_at) as known_at
    from shipment_quarter
    group by year(quarter_end)
),

-- The year before the claim. How the quarters' errors move together is unknown: the median is
-- that of quarters in step (rank correlation 1), the interval the wider of both bounds.
shipped as (
    select
        shipment_year.chip_group,
        shipment_year.year,
        max(shipment_year.p50) filter (shipment_year.rank_correlation = 1) as p50,
        min(shipment_year.p05) as p05,
        max(shipment_year.p95) as p95,
        year_known.known_at,
        cited.sources
    from shipment_year
    inner join claimed on shipment_year.year = year(claimed.claim_date) - 1
    inner join year_known using (year)
    inner join cited on cited.entity = 'shipped_chip_quarter'
    where shipment_year.basis = 'units'
    group by shipment_year.chip_group, shipment_year.year, year_known.known_at, cited.sources
),

evidence as (
    -- More than a year's make: above the estimate, or above the median of its interval.
    select
        claimed.claim_id,
        'shipped-h100' as evidence_id,
        1 as place,
        'observation' as basis,
        shipped.p50 as value,
        shipped.p05 as range_low,
        shipped.p95 as range_high,
        'H100' as unit,
        'H100 shipped in ' || shipped.year as description,
        make_date(shipped.year, 12, 31) as valid_date,
        shipped.known_at,
        claimed.value_high > shipped.p50 as supports,
        shipped.sources
    from claimed
    inner join shipped on shipped.chip_group = 'h100'
    union all
    select
        claimed.claim_id,
        'shipped-h100-and-h800',
        2,
        'observation',
        shipped.p50,
        shipped.p05,
        shipped.p95,
        'H100 and H800',
        'H100 and H800 shipped in ' || shipped.year,
        make_date(shipped.year, 12, 31),
        shipped.known_at,
        claimed.value_high > shipped.p50,
        shipped.sources
    from claimed
    inner join shipped on shipped.chip_group = 'h100+h800'
    union all
    select
        claimed.claim_id,
        figure.figure_id,
        3,
        'observation',
        figure.value_low,
        null,
        null,
        figure.unit,
        'H100 shipped in 2023 by an early report of the year''s plan',
        make_date(year(figure.claim_date), 12, 31),
        figure.known_at,
        claimed.value_high > figure.value_low,
        figure.source
    from claimed
    inner join figure on figure.figure_id = 'ft-h100-2023'
    union all
    -- Four times one quarter: a rate, not a count.
    select
        claimed.claim_id,
        'omdia-rate',
        4,
        'observation',
        4 * figure.value_low,
        null,
        null,
        figure.unit,
        'four times the second quarter of 2023, of which the source says over 300,000',
        date '2023-06-30',
        figure.known_at,
        claimed.value_high > 4 * figure.value_low,
        figure.source
    from claimed
    inner join figure on figure.figure_id = 'omdia-h100-q2-2023'
    union all
    select
        claimed.claim_id,
        figure.figure_id,
        5,
        'observation',
        figure.value_low,
        null,
        null,
        figure.unit,
        'data-centre GPUs of all types shipped in 2023',
        date '2023-12-31',
        figure.known_at,
        null,
        figure.source
    from claimed
    inner join figure on figure.figure_id = 'techinsights-gpus-2023'
)

select * from evidence
