-- description: What an owner bought in a year by two estimates that do not agree: Omdia's, as the
-- press repeats it, and Epoch AI's with its interval (the wider of both bounds; none where the
-- edition has no intervals). Read them as a range. One row per owner, kind of chip and year that
-- Omdia is quoted on.
-- grain: owner, omdia_chip, year
-- column owner: Buyer, as the press names it.
-- column omdia_chip: Chips that Omdia's figure is of, as the press names them.
-- column epoch_chip: Chips that Epoch AI's figure is of; null: it has no figure of that owner.
-- column epoch_to_omdia_ratio: Median of Epoch AI over Omdia's figure; null: one is not known.
-- column source: Press that reported Omdia's estimate.

with shipment_customer_year as (
    select customer, chip, year, units, source, known_at from marts.shipment_customer_year
),

owner_year as (
    select owner, designer, chip_family, year, rank_correlation, p05, p50, p95
    from estimates.owner_year
),

owner_chip_quarter as (
    select owner, known_at from marts.owner_chip_quarter
),

epoch_known as (
    select owner, max(known_at) as known_at from owner_chip_quarter group by owner
),

-- What Epoch AI counts that comes nearest. Its AMD figures are of all chips: MI300A, MI250X too.
omdia as (
    select
        *,
        contains(chip, 'AMD') as is_amd,
        case when contains(chip, 'AMD') then 'AMD' else 'Nvidia' end as designer,
        case when contains(chip, 'AMD') then 'all' else 'H100/H200' end as chip_family
    from shipment_customer_year
),

epoch as (
    select
        owner,
        designer,
        chip_family,
        year,
        max(p50) filter (rank_correlation = 1) as p50,
        min(p05) as p05,
        max(p95) as p95
    from owner_year
    group by owner, designer, chip_family, year
),

owner_estimate_year as (
    select
        omdia.customer as owner,
        omdia.year,
        omdia.chip as omdia_chip,
        case when epoch.p50 is not null then
            case when omdia.is_amd then 'all of AMD' else epoch.chip_family end
        end as epoch_chip,
        omdia.units as omdia_units,
        epoch.p05 as epoch_units_p05,
        epoch.p50 as epoch_units_p50,
        epoch.p95 as epoch_units_p95,
        epoch.p50 / omdia.units as epoch_to_omdia_ratio,
        omdia.source,
        greatest(
            omdia.known_at, case when epoch.p50 is not null then epoch_known.known_at end
        ) as known_at
    from omdia
    left join epoch
        on epoch.owner = omdia.customer
        and epoch.designer = omdia.designer
        and epoch.chip_family = omdia.chip_family
        and epoch.year = omdia.year
    left join epoch_known on epoch_known.owner = omdia.customer
)

select * from owner_estimate_year
