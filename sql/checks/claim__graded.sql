-- description: Claims and figures have a known kind and grade, low is not above high, and a claim
-- has a day until which it is tested. One row per claim or figure that is not so.

with claim as (
    select
        claim_id,
        kind,
        grade,
        value_low,
        value_high,
        claim_date,
        tested_until,
        source
    from marts.claim
)

select *
from claim
where
    coalesce(kind not in ('claim', 'estimate'), true)
    or coalesce(
        grade not in ('primary', 'secondary', 'derived', 'reconstructed', 'guess'), true
    )
    or (value_low is null) <> (value_high is null)
    or value_low > value_high
    or (kind = 'estimate' and value_low is null)
    or claim_date is null
    or source is null
    or (kind = 'claim' and coalesce(tested_until < claim_date, true))
