-- description: Number of claims by verdict, in fixed order, also where there is none. One row per verdict.
-- grain: verdict
-- sources: bundled, import
with verdict (place, verdict) as (
    values
    (1, 'holds'),
    (2, 'holds under these inputs'),
    (3, 'does not follow'),
    (4, 'fails'),
    (5, 'cannot be checked')
)

select verdict.verdict, count(claim.claim_id) as n_claims
from verdict
left join estimates.claim
    on claim.verdict = verdict.verdict
    and claim.claim_date <= (select report_date from marts.build)
group by verdict.place, verdict.verdict
order by verdict.place
