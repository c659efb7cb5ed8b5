-- description: Published claims that fail or do not follow, with every piece of evidence that
-- counted against them. One row per claim and piece of evidence.
-- grain: claim_id, evidence_id
select
    claim.claim_id,
    claim.verdict,
    claim.verdict_known_then,
    claim.text,
    claim_evidence.evidence_id,
    claim_evidence.basis,
    claim_evidence.description as evidence,
    claim_evidence.value,
    claim_evidence.unit,
    claim_evidence.sources
from estimates.claim
join estimates.claim_evidence using (claim_id)
where
    claim.verdict in ('fails', 'does not follow')
    and claim_evidence.is_used
    and not claim_evidence.supports
order by claim.claim_id, claim_evidence.evidence_order
