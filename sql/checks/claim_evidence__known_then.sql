-- description: Evidence counts as known at the time exactly where it was known by the day of the
-- claim, and is used only where it speaks and is not later than the test. One row per piece of
-- evidence that is not so.

with claim_evidence as (
    select
        claim_id,
        evidence_id,
        valid_date,
        known_at,
        supports,
        is_used,
        is_known_then,
        is_later
    from estimates.claim_evidence
),

claim as (
    select claim_id, claim_date, tested_until from marts.claim
)

select evidence.*, claim.claim_date, claim.tested_until
from claim_evidence as evidence
left join claim using (claim_id)
where
    evidence.is_known_then
    is distinct from (cast(evidence.known_at as date) <= claim.claim_date)
    or evidence.is_later is distinct from (evidence.valid_date > claim.tested_until)
    or evidence.is_used
    is distinct from (evidence.supports is not null and evidence.valid_date <= claim.tested_until)
