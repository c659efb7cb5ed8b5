-- description: The evidence for and against each claim, what was used before what is shown for contrast. One row per claim and piece of evidence.
-- grain: claim_id, evidence_id
-- sources: bundled, import
select
    claim_id,
    evidence_id,
    case
        when is_used and supports then '✔'
        when is_used then '✘'
        else '·'
    end as mark,
    description,
    coalesce(range_low, value) as value_low,
    coalesce(range_high, value) as value_high,
    case when range_low < range_high then value end as value_middle,
    case
        when unit = 'USD' and coalesce(value, range_high) >= 1e6 then 'usd_bn'
        when unit = 'USD' then 'usd2'
        when unit in ('min', 'min/day') and coalesce(range_high, value) >= 1e5 then 'million'
        when unit = '1' and claim_id = 'tokens-rose-after-demo' and evidence_id not like 'rank%'
            and evidence_id <> 'breadth' then 'change'
        when unit = '1' and evidence_id = 'render-h100-weight' then 'times'
        when unit = '1' then 'pct'
        when unit in ('months', 'models', 'GPUs') then 'count'
        -- What a scenario or an assumed card gives is no better than its guesses.
        when evidence_id like 'scenario-%' or claim_id = 'networks-do-not-close-the-gap' then 'sig2'
        else 'sig3'
    end as value_format,
    case
        when unit in ('USD', '1') then ''
        when unit = 'min' then 'minutes'
        when unit = 'min/day' then 'minutes a day'
        when unit = 'H100e, bf16_dense' then 'H100e, dense BF16'
        else unit
    end as unit,
    valid_date,
    case
        when not is_used and supports is not null then 'later than the test'
        when not is_used then 'for contrast'
        when not is_known_then then 'not known then'
        else ''
    end as remark,
    sources
from estimates.claim_evidence
where claim_id in (
    select claim_id from estimates.claim
    where claim_date <= (select report_date from marts.build)
)
order by claim_id, is_used desc, evidence_order
