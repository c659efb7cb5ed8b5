-- description: Evidence on the claims about gaming cards: how weak they are, and whether Render and
-- Akash mostly have them. One row per claim and piece of evidence; supports is null where it is for
-- contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select claim_id, kind, value_low, value_high, unit, claim_date, source, known_at
    from marts.claim
),

gpu as (
    select
        gpu_key,
        title,
        bf16_dense_tflops,
        memory_gb,
        traced_through,
        published_date,
        known_at
    from marts.gpu
),

network_fact as (
    select network_id, fact_date, metric, gpu_name, value_low, value_high, unit, source, known_at
    from marts.network_fact
),

-- Days of which only the number of cards is known, not the models.
uncounted as (
    select *
    from network_fact
    qualify count(gpu_name) over (partition by network_id, fact_date) = 0
),

workload_throughput as (
    select gpu_key, model, workload, software, is_fitting, h100e_p05, h100e_p50, h100e_p95
    from estimates.workload_throughput
),

timing as (
    select max(known_at) as known_at, string_agg(distinct source, '; ' order by source) as sources
    from marts.video_timing
    where is_comparable
),

figure as (
    select claim_id as figure_id, value_low, value_high, unit, claim_date, known_at, source
    from claim
    where kind = 'estimate'
),

-- An H100, and AMD's accelerator of the time: those before it are of another generation, and its
-- namesakes are parts of one machine or cut down for export.
yardstick as (
    select *, 1 as place from gpu where gpu_key = 'nvidia_h100_sxm5_80gb'
    union all
    select *, 2 as place from gpu where gpu_key = 'amd_mi300x_192gb'
),

-- The fastest of a generation: what holds for it holds for the others.
gaming_card as (
    select * from gpu where gpu_key in ('nvidia_rtx4090_24gb', 'nvidia_rtx5090_32gb')
),

pair as (
    select
        card.gpu_key || '-to-' || yardstick.gpu_key as pair_id,
        card.title || ' over ' || yardstick.title as pair,
        yardstick.place,
        card.bf16_dense_tflops / yardstick.bf16_dense_tflops as rate_ratio,
        card.memory_gb / yardstick.memory_gb as memory_ratio,
        greatest(card.published_date, yardstick.published_date) as valid_date,
        greatest(card.known_at, yardstick.known_at) as known_at,
        card.traced_through as sources
    from gaming_card as card
    cross join yardstick
),

weakness as (
    -- "Far weaker" is less than half.
    select
        'gaming-cards-far-weaker' as claim_id,
        'rate-' || pair_id as evidence_id,
        place,
        'observation' as basis,
        rate_ratio as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        '1' as unit,
        pair || ', dense BF16 peak' as description,
        valid_date,
        known_at,
        rate_ratio < 0.5 as supports,
        sources
    from pair
    union all
    select
        'gaming-cards-far-weaker',
        'memory-' || pair_id,
        place + 2,
        'observation',
        memory_ratio,
        null,
        null,
        '1',
        pair || ', memory',
        valid_date,
        known_at,
        memory_ratio < 0.5,
        sources
    from pair
    union all
    select
        'gaming-cards-far-weaker',
        figure_id,
        5,
        'observation',
        null,
        value_low,
        value_high,
        unit,
        'an RTX 4090 over an H100, measured at video models',
        claim_date,
        known_at,
        value_high < 0.5,
        source
    from figure
    where figure_id = 'rtx-4090-to-h100'
    union all
    -- Seconds that fits to timings give, with one generation of software on both.
    select
        'gaming-cards-far-weaker',
        replace(made.gpu_key || '-at-' || made.model || '-' || made.workload, ' ', '-'),
        case when made.is_fitting then 6 else 7 end,
        'assumption',
        made.h100e_p50,
        case when made.is_fitting then made.h100e_p05 end,
        case when made.is_fitting then made.h100e_p95 end,
        '1',
        'an RTX 4090 over an H100 at '
        || made.model
        || ' '
        || made.workload
        || case
            when made.is_fitting then ', from fits to timings' else ', which it does not hold'
        end,
        cast(timing.known_at as date),
        timing.known_at,
        made.h100e_p95 < 0.5,
        timing.sources
    from workload_throughput as made
    cross join timing
    where
        made.gpu_key = 'nvidia_rtx4090_24gb'
        and made.software = 'stock'
        and made.model in ('Wan2.2-5B', 'Wan2.1-14B')
        and made.workload = '720p'
),

render_cards as (
    -- The list of scored models says what the network expects, not what stands in it: an
    -- assumption, not an observation.
    select
        'render-mostly-gaming-cards' as claim_id,
        figure_id as evidence_id,
        1 as place,
        'assumption' as basis,
        value_low as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        unit,
        'gaming cards among the models scored for compute rewards, if nodes carry what is scored'
        as description,
        claim_date as valid_date,
        known_at,
        value_low > 0.5 as supports,
        source as sources
    from figure
    where figure_id = 'render-scored-gaming-share'
    union all
    select
        'render-mostly-gaming-cards',
        figure_id,
        2,
        'observation',
        value_low,
        null,
        null,
        unit,
        'reward weight of an H100 against an RTX 4090, once data-centre cards are admitted',
        claim_date,
        known_at,
        null,
        source
    from figure
    where figure_id = 'render-h100-weight'
),

akash_cards as (
    -- Nothing public counts Akash's cards by model, so nothing here decides.
    select
        'akash-mostly-gaming-cards' as claim_id,
        figure_id as evidence_id,
        1 as place,
        'observation' as basis,
        value_low as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        unit,
        'GPU models named as added in spring 2024, one of them a gaming card; no counts'
        as description,
        claim_date as valid_date,
        known_at,
        cast(null as boolean) as supports,
        source as sources
    from figure
    where figure_id = 'akash-models-added'
    union all
    select
        'akash-mostly-gaming-cards',
        'gpus-' || fact_date,
        2,
        'observation',
        null,
        value_low,
        value_high,
        unit,
        'GPUs on Akash, models not counted',
        fact_date,
        known_at,
        null,
        source
    from uncounted
    where network_id = 'akash' and metric = 'GPUs'
),

evidence as (
    select * from weakness
    union all by name
    select * from render_cards
    union all by name
    select * from akash_cards
)

select * from evidence
