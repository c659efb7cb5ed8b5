-- description: Evidence has a known basis, a description, dates, sources and some figure, save
-- months that never come. One row per piece of evidence that lacks one.

with claim_evidence as (
    select
        claim_id,
        evidence_id,
        basis,
        description,
        value,
        value_p05,
        value_p95,
        unit,
        valid_date,
        known_at,
        sources
    from estimates.claim_evidence
)

select *
from claim_evidence
where
    basis not in ('observation', 'assumption', 'derivation')
    or description is null
    or valid_date is null
    or known_at is null
    or sources is null
    or value_p05 > value_p95
    or (value is null and value_p05 is null and unit <> 'months')
