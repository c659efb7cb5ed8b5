-- description: What claims recompute to as parts of what was published, by verdict; claims that have both figures up to the report's date. One row per claim.
-- grain: claim_id
-- sources: bundled, import
with named (claim_id, label) as (
    values
    ('tokens-rose-after-demo', 'Rise of AI tokens after the demo'),
    ('ai-tokens-25bn', 'Worth of the AI tokens'),
    ('chips-worth-the-category', 'Chips against the AI tokens'),
    ('amd-from-2-to-175', 'AMD’s share price'),
    ('minutes-per-gpu-hour', 'Minutes per GPU-hour'),
    ('gpus-without-peak', 'GPUs before peaks'),
    ('gpus-at-peak', 'GPUs at peak'),
    ('training-gpus', 'GPUs to train Sora'),
    ('inference-overtakes-training', 'Minutes worth the training'),
    ('shares-give-the-base', 'Minutes of AI video a day'),
    ('dit-gflops-are-flop', 'Cost of the image model'),
    ('more-than-nvidia-makes-in-a-year', 'H100 made in a year'),
    ('more-than-microsoft-meta-google', 'Fleet of Microsoft, Meta, Google'),
    ('more-than-largest-customers', 'Fleets of the largest customers'),
    ('networks-do-not-close-the-gap', 'GPUs of Render and Akash')
),

verdict (verdict, group_title, place) as (
    values
    ('holds', 'Holds', 1),
    ('holds under these inputs', 'Holds under these inputs', 2),
    ('does not follow', 'Does not follow', 3),
    ('fails', 'Fails', 4),
    ('cannot be checked', 'Cannot be checked', 5)
),

-- A single figure stands against the upper end of a published range, a range against both ends.
ratio as (
    select
        claim_id,
        text,
        verdict,
        recomputed / published_high as single,
        recomputed_low / published_low as low,
        recomputed_high / published_high as high
    from estimates.claim
    where claim_date <= (select report_date from marts.build)
        and published_low > 0
        and published_high > 0
)

select
    ratio.claim_id,
    coalesce(named.label, ratio.text) as label,
    ratio.verdict,
    verdict.group_title,
    coalesce(ratio.low, ratio.single) as ratio_low,
    coalesce(ratio.high, ratio.single) as ratio_high,
    ratio.single as ratio
from ratio
left join named using (claim_id)
left join verdict using (verdict)
where coalesce(ratio.low, ratio.single) > 0 and coalesce(ratio.high, ratio.single) > 0
order by verdict.place nulls last, abs(ln(coalesce(ratio.single, sqrt(ratio.low * ratio.high)))), ratio.claim_id
