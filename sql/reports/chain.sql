-- description: The published chain from minutes to chips, and where it does not close. One row per report.
-- grain: scenario_id
select
    scenario_id,
    max(p50) filter (quantity = 'ai_minutes_per_day') as minutes_used,
    max(p50) filter (quantity = 'ai_minutes_per_day_stated_shares') as minutes_stated,
    max(p50) filter (quantity = 'youtube_ai_share_implied') as youtube_share_implied,
    max(p50) filter (quantity = 'gpus_base') as base,
    max(p50) filter (quantity = 'gpus_base_stated_shares') as base_stated,
    max(p50) filter (quantity = 'gpus_peak') as peak,
    max(p50) filter (quantity = 'gpus_peak_stated_shares') as peak_stated,
    max(p50) filter (quantity = 'gpus_peak_mac_counted') as peak_mac,
    max(p50) filter (quantity = 'minutes_per_gpu_hour_unrounded') as throughput,
    max(p50) filter (quantity = 'minutes_per_gpu_hour_mac_counted') as throughput_mac,
    max(p50) filter (quantity = 'capex_usd_published_peak') as capex_usd,
    max(p50) filter (quantity = 'capex_to_token_market_cap') as capex_share,
    max(p50) filter (quantity = 'power_mw_published_peak') as power_mw,
    max(training.low) as training_low,
    max(training.high) as training_high,
    max(breakeven.low) as breakeven_low,
    max(breakeven.high) as breakeven_high,
    max(input.tiktok_share) as tiktok_share,
    max(input.youtube_share) as youtube_share,
    max(input.published_throughput) as published_throughput,
    max(closing.deviation) as deviation,
    max(closing.n_checks) as n_checks
from estimates.demand_month
left join (
    select
        scenario_id,
        max(p50) filter (case_id = 'low') as low,
        max(p50) filter (case_id = 'high') as high
    from estimates.training
    where quantity = 'h100_months'
    group by scenario_id
) as training using (scenario_id)
left join (
    select
        scenario_id,
        max(p50) filter (case_id = 'low') as low,
        max(p50) filter (case_id = 'high') as high
    from estimates.breakeven
    where quantity = 'minutes'
    group by scenario_id
) as breakeven using (scenario_id)
left join (
    select
        scenario_id,
        max(p50) filter (input = 'tiktok_ai_share') as tiktok_share,
        max(p50) filter (input = 'youtube_ai_share') as youtube_share,
        max(p50) filter (input = 'minutes_per_gpu_hour') as published_throughput
    from estimates.assumption
    group by scenario_id
) as input using (scenario_id)
left join (
    select
        scenario_id,
        max(abs(computed / expected - 1)) as deviation,
        count(*) as n_checks
    from estimates.chain_check
    where source_id <> 'arithmetic'
    group by scenario_id
) as closing using (scenario_id)
where scenario_id = 'factorial-2024'
group by scenario_id
