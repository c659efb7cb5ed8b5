-- description: Editions of Epoch AI's counts that came after the bundled one and stand in its
-- place, by the bundled table that they replace; none, where the bundled one is in force. One row
-- per replaced table.
-- grain: entity
-- column entity: Table of the bundled edition that is replaced.

with chip_sale as (
    select distinct payload_sha256, known_at from staging.epoch__chip_sale
),

chip_holding as (
    select distinct payload_sha256, known_at from staging.epoch__chip_holding
),

source as (
    select source, entity, citation, licence, url, payload_sha256 from marts.source
),

release as (
    select 'shipped_chip_quarter' as entity, * from chip_sale
    union all
    select 'shipped_cumulative', * from chip_sale
    union all
    select 'owned_cumulative', * from chip_holding
    union all
    select 'owned_chip_cumulative', * from chip_holding
),

supply_release as (
    select
        release.entity,
        source.source,
        source.citation,
        source.licence,
        source.url,
        release.payload_sha256,
        release.known_at
    from release
    inner join source using (payload_sha256)
)

select * from supply_release
