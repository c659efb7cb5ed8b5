-- description: Evidence on the steps of the published chain that do not close: its shares, and
-- how it counts operations. One row per claim and piece of evidence; supports is null where it is
-- for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select
        claim_id,
        kind,
        value_low,
        value_high,
        unit,
        claim_date,
        source,
        known_at
    from marts.claim
),

chain as (
    select
        valid_date,
        known_at,
        sources_demand,
        sources_recounted,
        youtube_ai_share_implied,
        minutes_per_gpu_hour_mac_counted
    from estimates.published_chain
    where scenario_id = 'factorial-2024'
),

claimed as (
    select claim_id, value_low, value_high, claim_date from claim where kind = 'claim'
),

figure as (
    select claim_id as figure_id, value_low, value_high, unit, claim_date, known_at, source
    from claim
    where kind = 'estimate'
),

stated_base as (
    select
        tiktok.value_low * tiktok_share.value_low
        + youtube.value_low * youtube_share.value_low as minutes_per_day,
        youtube_share.claim_date,
        greatest(
            tiktok.known_at, tiktok_share.known_at, youtube.known_at, youtube_share.known_at
        ) as known_at,
        tiktok.source || '; ' || youtube.source || '; ' || youtube_share.source as sources
    from figure as tiktok
    inner join figure as tiktok_share on tiktok_share.figure_id = 'tiktok-ai-share'
    inner join figure as youtube on youtube.figure_id = 'youtube-uploads'
    inner join figure as youtube_share on youtube_share.figure_id = 'youtube-ai-share'
    where tiktok.figure_id = 'tiktok-uploads'
),

shares as (
    select
        claimed.claim_id,
        'stated-shares' as evidence_id,
        1 as place,
        'derivation' as basis,
        stated_base.minutes_per_day as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        'min/day' as unit,
        'uploads times the stated shares' as description,
        stated_base.claim_date as valid_date,
        stated_base.known_at,
        abs(stated_base.minutes_per_day / claimed.value_high - 1) <= 0.01 as supports,
        stated_base.sources
    from claimed
    cross join stated_base
    where claimed.claim_id = 'shares-give-the-base'
    union all
    select
        'shares-give-the-base',
        'implied-share',
        2,
        'assumption',
        chain.youtube_ai_share_implied,
        null,
        null,
        '1',
        'share of YouTube''s minutes that gives the published base, TikTok''s share kept',
        chain.valid_date,
        chain.known_at,
        null,
        chain.sources_demand
    from chain
    where chain.youtube_ai_share_implied is not null
),

-- Multiply-adds of one pass through a plain transformer with an MLP of four times its width:
-- layers x (12 width^2 tokens + 2 tokens^2 width); DiT, 28 layers of width 1152. In units of 1e9.
dit_size as (
    select
        layers.value_low as layers,
        width.value_low as width,
        small.value_low as tokens_small,
        large.value_low as tokens_large,
        layers.claim_date,
        greatest(
            layers.known_at, width.known_at, small.known_at, large.known_at
        ) as known_at,
        layers.source
    from figure as layers
    inner join figure as width on width.figure_id = 'dit-xl2-width'
    inner join figure as small on small.figure_id = 'dit-xl2-256-tokens'
    inner join figure as large on large.figure_id = 'dit-xl2-512-tokens'
    where layers.figure_id = 'dit-xl2-layers'
),

dit_pass as (
    select
        layers * (12 * width ** 2 * tokens_small + 2 * tokens_small ** 2 * width) / 1e9
        as giga_mac_small,
        layers * (12 * width ** 2 * tokens_large + 2 * tokens_large ** 2 * width) / 1e9
        as giga_mac_large,
        claim_date,
        known_at,
        source
    from dit_size
),

dit as (
    -- A multiply-add is two FLOP, as in the H100's peak.
    select
        claimed.claim_id,
        'recounted' as evidence_id,
        1 as place,
        'derivation' as basis,
        cast(null as double) as value,
        2 * dit_pass.giga_mac_small as range_low,
        2 * dit_pass.giga_mac_large as range_high,
        'GFLOP' as unit,
        'FLOP of a pass from the size of the model, at 256 and 512 pixels' as description,
        dit_pass.claim_date as valid_date,
        dit_pass.known_at,
        abs(2 * dit_pass.giga_mac_small / claimed.value_low - 1) <= 0.01
        and abs(2 * dit_pass.giga_mac_large / claimed.value_high - 1) <= 0.01 as supports,
        dit_pass.source as sources
    from claimed
    cross join dit_pass
    where claimed.claim_id = 'dit-gflops-are-flop'
    union all
    select
        'dit-gflops-are-flop',
        'multiply-adds',
        3,
        'derivation',
        null,
        dit_pass.giga_mac_small,
        dit_pass.giga_mac_large,
        'G multiply-adds',
        'multiply-adds of the same passes: these are the published figures',
        dit_pass.claim_date,
        dit_pass.known_at,
        null,
        dit_pass.source
    from dit_pass
    union all
    select
        'dit-gflops-are-flop',
        'throughput',
        4,
        'assumption',
        chain.minutes_per_gpu_hour_mac_counted,
        null,
        null,
        'min per H100-hour',
        'what then remains of the 5 minutes of video per H100-hour',
        chain.valid_date,
        chain.known_at,
        null,
        chain.sources_recounted
    from chain
    where chain.minutes_per_gpu_hour_mac_counted is not null
    union all
    select
        'dit-gflops-are-flop',
        'user-of-the-code',
        5,
        'observation',
        figure.value_low,
        null,
        null,
        figure.unit,
        'FLOP at 256 pixels that a user of the code expected',
        figure.claim_date,
        figure.known_at,
        null,
        figure.source
    from figure
    where figure.figure_id = 'dit-xl2-issue'
    union all
    -- The H100's peak counts two.
    select
        'dit-gflops-are-flop',
        'author-of-the-code',
        2,
        'observation',
        figure.value_low,
        null,
        null,
        figure.unit,
        'what the published figures count, by an author''s answer; the H100''s peak counts 2',
        figure.claim_date,
        figure.known_at,
        figure.value_low = 2,
        figure.source
    from figure
    where figure.figure_id = 'dit-xl2-convention'
),

evidence as (
    select * from shares
    union all by name
    select * from dit
)

select * from evidence
