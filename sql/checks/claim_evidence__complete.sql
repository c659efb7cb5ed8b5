-- description: Evidence has a known basis, a description, dates, sources, flags and some figure,
-- save months that never come. One row per piece of evidence that lacks one.

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
        is_used,
        is_known_then,
        is_later,
        sources
    from estimates.claim_evidence
)

select *
from claim_evidence
where
    coalesce(basis not in ('observation', 'assumption', 'derivation'), true)
    or coalesce(trim(description), '') = ''
    or unit is null
    or valid_date is null
    or known_at is null
    or is_used is null
    or is_known_then is null
    or is_later is null
    or coalesce(trim(sources), '') = ''
    or (value_p05 is null) <> (value_p95 is null)
    or value_p05 > value_p95
    or (value is null and value_p05 is null and unit <> 'months')
