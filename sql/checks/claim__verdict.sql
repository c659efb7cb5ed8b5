-- description: Every claim has two verdicts, in the words that the report explains, and one that
-- can be checked has evidence. One row per claim without.

with claim as (
    select claim_id, verdict, verdict_known_then, n_used from estimates.claim
),

allowed as (
    select unnest(
        [
            'holds',
            'holds under these inputs',
            'does not follow',
            'fails',
            'cannot be checked'
        ]
    ) as verdict
)

select claim.*
from claim
left join allowed as today on today.verdict = claim.verdict
left join allowed as at_the_time on at_the_time.verdict = claim.verdict_known_then
where
    today.verdict is null
    or at_the_time.verdict is null
    or (claim.verdict = 'cannot be checked') is distinct from (claim.n_used = 0)
