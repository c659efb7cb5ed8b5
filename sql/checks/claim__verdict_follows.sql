-- description: Both verdicts follow from the evidence that counts for them: what does not follow
-- has a failed derivation, and a failed derivation has that verdict; what holds has observations,
-- none against; what fails has nothing observed for it, and where nothing was observed, nothing
-- for it at all. One row per claim and state of knowledge where that fails.

with claim as (
    select claim_id, verdict, verdict_known_then from estimates.claim
),

claim_evidence as (
    select claim_id, basis, supports, is_used, is_known_then from estimates.claim_evidence
),

given as (
    select claim_id, 'today' as knowledge, verdict from claim
    union all
    select claim_id, 'then', verdict_known_then from claim
),

counted as (
    select
        given.claim_id,
        given.knowledge,
        given.verdict,
        count(*) filter (piece.basis = 'derivation' and not piece.supports) as n_broken,
        count(*) filter (piece.basis = 'observation' and piece.supports) as n_seen_for,
        count(*) filter (piece.basis = 'observation' and not piece.supports) as n_seen_against,
        count(*) filter (piece.supports) as n_for,
        count(piece.claim_id) as n_pieces
    from given
    left join claim_evidence as piece
        on piece.claim_id = given.claim_id
        and piece.is_used
        and (given.knowledge = 'today' or piece.is_known_then)
    group by given.claim_id, given.knowledge, given.verdict
)

select *
from counted
where
    (verdict = 'does not follow') is distinct from (n_broken > 0)
    or (verdict = 'cannot be checked') is distinct from (n_pieces = 0)
    or (verdict = 'holds' and (n_seen_for = 0 or n_seen_against > 0))
    or (verdict = 'fails' and (n_seen_for > 0 or (n_seen_against = 0 and n_for > 0)))
    or (verdict = 'holds under these inputs' and n_for = 0)
