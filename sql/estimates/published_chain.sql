-- description: The published estimate recomputed, one column per figure: GPUs, throughput,
-- training and break-even, in the low and the high case where the source gives two. One row per
-- scenario of the engine "published".
-- grain: scenario_id
-- column minutes_per_gpu_hour: Minutes of video that one H100 makes in an hour by the compute
-- chain, unrounded.

with scenario_known as (
    select scenario_id, engine, valid_date, known_at from estimates.scenario_known
),

assumption as (
    select scenario_id, input, source_title from estimates.assumption
),

demand_month as (
    select scenario_id, month_index, quantity, p05, p50, p95 from estimates.demand_month
),

training as (
    select scenario_id, case_id, quantity, p50 from estimates.training
),

breakeven as (
    select scenario_id, case_id, quantity, p50 from estimates.breakeven
),

-- Which inputs each chain takes. What a source states of the demand is cited apart from what had
-- to be reconstructed; the compute chain could be read in no copy.
taken as (
    select *
    from (
        values
            (
                ['stated', 'demand'],
                [
                    'tiktok_uploads',
                    'youtube_uploads',
                    'tiktok_ai_share',
                    'youtube_ai_share',
                    'minutes_per_gpu_hour'
                ]
            ),
            (
                ['demand'],
                ['youtube_eligible_share', 'candidates', 'peak_to_mean', 'utilisation']
            ),
            (
                ['compute', 'recounted'],
                [
                    'base_training_flop',
                    'parameter_factor',
                    'data_factor_low',
                    'data_factor_high',
                    'frames_per_second',
                    'temporal_compression',
                    'video_share',
                    'peak_flops',
                    'training_utilisation',
                    'training_days',
                    'forward_flop',
                    'steps',
                    'flop_per_video_minute'
                ]
            ),
            (['recounted'], ['flop_per_mac'])
    ) as known (chains, inputs)
),

chain_source as (
    select distinct assumption.scenario_id, chain.chain, assumption.source_title
    from (select unnest(chains) as chain, inputs from taken) as chain
    inner join assumption on list_contains(chain.inputs, assumption.input)
),

cited as (
    select
        scenario_id,
        string_agg(source_title, '; ' order by source_title) filter (
            chain = 'stated'
        ) as sources_stated,
        string_agg(source_title, '; ' order by source_title) filter (
            chain = 'demand'
        ) as sources_demand,
        string_agg(source_title, '; ' order by source_title) filter (
            chain = 'compute'
        ) as sources_compute,
        string_agg(source_title, '; ' order by source_title) filter (
            chain = 'recounted'
        ) as sources_recounted
    from chain_source
    group by scenario_id
),

by_month as (
    select
        scenario_id,
        max(p50) filter (quantity = 'gpus_base') as gpus_base,
        max(p50) filter (quantity = 'gpus_peak') as gpus_peak,
        max(p50) filter (
            quantity = 'gpus_base_stated_shares'
        ) as gpus_base_stated_shares,
        max(p50) filter (
            quantity = 'gpus_peak_stated_shares'
        ) as gpus_peak_stated_shares,
        max(p50) filter (
            quantity = 'gpus_peak_mac_counted'
        ) as gpus_peak_mac_counted,
        max(p50) filter (
            quantity = 'minutes_per_gpu_hour_unrounded'
        ) as minutes_per_gpu_hour,
        max(p50) filter (
            quantity = 'minutes_per_gpu_hour_mac_counted'
        ) as minutes_per_gpu_hour_mac_counted,
        max(p50) filter (
            quantity = 'youtube_ai_share_implied'
        ) as youtube_ai_share_implied
    from demand_month
    where month_index = 0
    group by scenario_id
),

by_training as (
    select
        scenario_id,
        max(p50) filter (
            quantity = 'h100_months' and case_id = 'low'
        ) as h100_months_low,
        max(p50) filter (
            quantity = 'h100_months' and case_id = 'high'
        ) as h100_months_high,
        max(p50) filter (
            quantity = 'h100_months_mac_counted' and case_id = 'low'
        ) as h100_months_mac_low,
        max(p50) filter (
            quantity = 'h100_months_mac_counted' and case_id = 'high'
        ) as h100_months_mac_high
    from training
    group by scenario_id
),

by_breakeven as (
    select
        scenario_id,
        max(p50) filter (
            quantity = 'minutes' and case_id = 'low'
        ) as breakeven_minutes_low,
        max(p50) filter (
            quantity = 'minutes' and case_id = 'high'
        ) as breakeven_minutes_high,
        max(p50) filter (
            quantity = 'days_of_demand' and case_id = 'low'
        ) as breakeven_days_low,
        max(p50) filter (
            quantity = 'days_of_demand' and case_id = 'high'
        ) as breakeven_days_high
    from breakeven
    group by scenario_id
),

published_chain as (
    select
        scenario_known.scenario_id,
        scenario_known.valid_date,
        scenario_known.known_at,
        cited.sources_stated,
        cited.sources_demand,
        cited.sources_compute,
        cited.sources_recounted,
        by_month.* exclude (scenario_id),
        by_training.* exclude (scenario_id),
        by_breakeven.* exclude (scenario_id)
    from scenario_known
    inner join cited using (scenario_id)
    inner join by_month using (scenario_id)
    inner join by_training using (scenario_id)
    inner join by_breakeven using (scenario_id)
    where scenario_known.engine = 'published'
)

select * from published_chain
