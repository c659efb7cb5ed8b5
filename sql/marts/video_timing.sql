-- description: Published timings of open video models, with the minutes of video per GPU-hour
-- where the length of the clip is known. One row per model, GPU, number of GPUs, case and source.
-- grain: model, gpu, gpus, case_text, source
-- column kind: What the seconds cover: end-to-end from prompt to file, or denoising alone.
-- column source: Document of the timing.

with timing as (
    select
        model,
        gpu,
        gpus,
        tokens,
        steps,
        passes,
        layers,
        width,
        mac_per_token_layer,
        seconds,
        kind,
        case_text,
        source,
        is_comparable,
        known_at
    from staging.bundled__video_timing
),

gpu_name as (
    select name, gpu_key from marts.gpu_name where source = 'bundled'
),

-- Frames per second of the models' output, from the models' own documents.
frame_rate as (
    select *
    from (
        values
            ('Wan2.1-14B', 16.0),
            ('Wan2.1-1.3B', 16.0),
            ('Wan2.2-5B', 24.0),
            ('Open-Sora2-11B', 24.0),
            ('LTX-2B', 24.0)
    ) as known (model, frames_per_s)
),

described as (
    select
        *,
        nullif(regexp_extract(case_text, '(\d+)f\b', 1), '') as frames_text,
        coalesce(
            nullif(regexp_extract(case_text, '\d+px?\b'), ''),
            nullif(regexp_extract(case_text, '\d+x\d+'), '')
        ) as resolution,
        -- Seconds of one step, not of a clip.
        contains(case_text, 's/it') as is_per_step
    from timing
),

-- Tokens are fixed by frames and resolution, so a case that names its frames tells those of the
-- other cases with as many tokens.
frames_by_tokens as (
    select tokens, cast(min(frames_text) as integer) as frames
    from described
    group by tokens
    having count(distinct frames_text) = 1
),

clip as (
    select
        described.* exclude (frames_text),
        -- Distilled models take a handful of steps and no second pass for guidance.
        described.steps <= 8 and described.passes = 1 as is_distilled,
        frames_by_tokens.frames,
        cast(frame_rate.frames_per_s as double) as frames_per_s,
        frames_by_tokens.frames / cast(frame_rate.frames_per_s as double) as clip_s
    from described
    left join frames_by_tokens using (tokens)
    left join frame_rate using (model)
),

video_timing as (
    select
        clip.model,
        clip.gpu,
        gpu_name.gpu_key,
        clip.gpus,
        clip.tokens,
        clip.steps,
        clip.passes,
        clip.layers,
        clip.width,
        clip.mac_per_token_layer,
        clip.seconds,
        clip.kind,
        clip.case_text,
        clip.source,
        clip.is_comparable,
        clip.is_per_step,
        clip.is_distilled,
        clip.resolution,
        clip.frames,
        clip.frames_per_s,
        clip.clip_s,
        case
            when not clip.is_per_step then 60 * clip.clip_s / (clip.gpus * clip.seconds)
        end as minutes_per_gpu_hour,
        clip.known_at
    from clip
    left join gpu_name on gpu_name.name = clip.gpu
)

select * from video_timing
