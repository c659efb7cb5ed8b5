-- description: How many claims ended in each verdict. One row per report.
-- grain: n_claims
-- sources: bundled, import
select
    count(*) as n_claims,
    count(*) filter (verdict = 'holds') as n_hold,
    count(*) filter (verdict = 'holds under these inputs') as n_hold_under_inputs,
    count(*) filter (verdict = 'does not follow') as n_do_not_follow,
    count(*) filter (verdict = 'fails') as n_fail,
    count(*) filter (verdict = 'cannot be checked') as n_open,
    count(*) filter (verdict <> verdict_known_then) as n_changed,
    max(claim_date) as claim_date
from estimates.claim
where claim_date <= (select report_date from marts.build)
