-- description: Every claim with its published and its recomputed value and both verdicts, by topic. One row per claim.
-- grain: claim_id
-- sources: bundled, import
with topic (claim_id, topic, place) as (
    values
    ('tokens-rose-after-demo', 'Tokens and shares', 1),
    ('ai-tokens-25bn', 'Tokens and shares', 2),
    ('chips-worth-the-category', 'Tokens and shares', 3),
    ('amd-from-2-to-175', 'Tokens and shares', 4),
    ('minutes-per-gpu-hour', 'What text-to-video takes', 5),
    ('gpus-without-peak', 'What text-to-video takes', 6),
    ('gpus-at-peak', 'What text-to-video takes', 7),
    ('training-gpus', 'What text-to-video takes', 8),
    ('inference-overtakes-training', 'What text-to-video takes', 9),
    ('shares-give-the-base', 'What text-to-video takes', 10),
    ('dit-gflops-are-flop', 'What text-to-video takes', 11),
    ('more-than-nvidia-makes-in-a-year', 'What there is to serve it', 12),
    ('more-than-microsoft-meta-google', 'What there is to serve it', 13),
    ('more-than-largest-customers', 'What there is to serve it', 14),
    ('not-mainstream-soon', 'What there is to serve it', 15),
    ('render-mostly-gaming-cards', 'Decentralised networks', 16),
    ('akash-mostly-gaming-cards', 'Decentralised networks', 17),
    ('gaming-cards-far-weaker', 'Decentralised networks', 18),
    ('networks-do-not-close-the-gap', 'Decentralised networks', 19)
)

select
    claim.claim_id,
    coalesce(topic.topic, 'Further claims') as topic,
    claim.text,
    claim.origin,
    claim.grade,
    claim.published_low,
    claim.published_high,
    case
        when claim.unit = 'USD' and claim.published_high >= 1e6 then 'usd_bn'
        when claim.unit = 'USD' then 'usd'
        when claim.unit in ('min', 'min/day') and claim.published_high >= 1e5 then 'million'
        when claim.unit = '1' then 'change0'
        else 'count'
    end as published_format,
    case
        when claim.published_low is null or claim.unit in ('USD', '1') then ''
        when claim.unit = 'min' then 'minutes'
        when claim.unit = 'min/day' then 'minutes a day'
        else claim.unit
    end as published_unit,
    coalesce(claim.recomputed_low, claim.recomputed) as recomputed_low,
    coalesce(claim.recomputed_high, claim.recomputed) as recomputed_high,
    case
        when claim.recomputed_low < claim.recomputed_high then claim.recomputed
    end as recomputed_middle,
    case
        when claim.recomputed_unit = 'USD' and claim.recomputed >= 1e6 then 'usd_bn'
        when claim.recomputed_unit = 'USD' then 'usd2'
        when claim.recomputed_unit in ('min', 'min/day')
            and coalesce(claim.recomputed_high, claim.recomputed) >= 1e5 then 'million'
        when claim.recomputed_unit = '1' and claim.claim_id = 'tokens-rose-after-demo' then 'change'
        when claim.recomputed_unit = '1' then 'pct'
        when claim.recomputed_unit = 'months' then 'count'
        else 'sig3'
    end as recomputed_format,
    case
        when claim.recomputed_unit is null or claim.recomputed_unit in ('USD', '1') then ''
        when claim.recomputed_unit = 'min' then 'minutes'
        when claim.recomputed_unit = 'min/day' then 'minutes a day'
        else claim.recomputed_unit
    end as recomputed_unit,
    claim.verdict,
    claim.verdict_known_then,
    claim.source,
    claim.n_used,
    claim.n_later
from estimates.claim
left join topic using (claim_id)
where claim.claim_date <= (select report_date from marts.build)
order by coalesce(topic.place, 99), claim.claim_id
