-- description: The networks' cards against what was said to be needed. One row per report.
-- grain: render_nodes
with latest as (
    select
        network_id,
        max_by(value_high, fact_date) as cards,
        max(fact_date) as fact_date
    from marts.network_fact
    where fact_date <= (select report_date from marts.build) and unit <> '1'
    group by network_id
),

video as (
    select network_id, max_by(h100e_low, fact_date) as low, max_by(h100e_high, fact_date) as high
    from estimates.network_fact_h100e_day
    -- A model that 24 GB hold.
    where basis = 'Wan2.2-5B 720p' and fact_date <= (select report_date from marts.build)
    group by network_id
)

select
    max(latest.cards) filter (latest.network_id = 'render') as render_nodes,
    max(latest.cards) filter (latest.network_id = 'akash') as akash_cards,
    max(latest.fact_date) filter (latest.network_id = 'akash') as akash_date,
    max(latest.fact_date) filter (latest.network_id = 'render') as render_date,
    max(video.low) filter (video.network_id = 'render') as render_low,
    max(video.high) filter (video.network_id = 'render') as render_high,
    max(video.low) filter (video.network_id = 'akash') as akash_low,
    max(video.high) filter (video.network_id = 'akash') as akash_high,
    max(claim.value_low) as claimed,
    max(needed.needed_gpus_p05) as cards_low,
    max(needed.needed_gpus_p95) as cards_high,
    max(video.high) filter (video.network_id = 'render') / max(claim.value_low) as render_share
from latest
left join video using (network_id)
left join marts.claim on claim.claim_id = 'gpus-at-peak'
left join estimates.network_cards_needed as needed
    on
        needed.gpu_key = 'nvidia_rtx4090_24gb'
        and needed.model = 'Wan2.2-5B'
        and needed.workload = '720p'
