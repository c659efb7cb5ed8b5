-- description: Claims and figures have a known kind and grade, low is not above high, and a claim
-- has a day until which it is tested. One row per claim or figure that is not so.

with claim as (
    select claim_id, kind, grade, value_low, value_high, claim_date, tested_until
    from marts.claim
)

select *
from claim
where
    kind not in ('claim', 'estimate')
    or grade not in ('primary', 'secondary', 'derived', 'reconstructed', 'guess')
    or value_low > value_high
    or (kind = 'claim' and (tested_until is null or tested_until < claim_date))
