-- description: Low is not above high, shares are between 0 and 1, and every figure says of which
-- kind it is. One row per figure that is not so.

with network_fact as (
    select network_id, fact_date, metric, value_low, value_high, unit, kind
    from marts.network_fact
)

select *
from network_fact
where
    coalesce(value_low > value_high, true)
    or value_low < 0
    or (coalesce(unit, '1') = '1' and value_high > 1)
    or coalesce(
        kind not in ('claimed', 'verified', 'reported', 'core team', 'investor note', 'press'),
        true
    )
