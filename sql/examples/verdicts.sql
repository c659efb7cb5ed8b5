-- description: Every claim with its verdict today and on the day that it was made, and what was
-- published beside what was recomputed. One row per claim.
-- grain: claim_id
select
    claim_id,
    claim_date,
    verdict,
    verdict_known_then,
    published_low,
    published_high,
    unit,
    recomputed,
    recomputed_unit,
    n_supporting,
    n_used
from estimates.claim
order by claim_id
