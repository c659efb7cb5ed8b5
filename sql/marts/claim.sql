-- description: Published claims (kind claim, tested in estimates.claim) and published figures
-- that serve as evidence or for contrast (kind estimate). One row per claim.
-- grain: claim_id
-- column kind: claim: tested in estimates.claim; estimate: serves as evidence or for contrast.
-- column source: Document or outlet that the claim or figure was read in.

with claim as (
    select
        claim_id,
        kind,
        text,
        value_low,
        value_high,
        unit,
        claim_date,
        tested_until,
        origin,
        source,
        url,
        grade,
        known_at
    from staging.bundled__claim
)

select * from claim
