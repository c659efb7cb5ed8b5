-- description: The inputs of the base scenario, then those in which the low and the high one differ, with range, grade and source. One row per scenario and input.
-- grain: scenario_name, input
with spelled (input, spelled) as (
    values
    ('tiktok_uploads', 'TikTok uploads'),
    ('youtube_uploads', 'YouTube uploads'),
    ('tiktok_ai_share', 'TikTok, share of AI'),
    ('youtube_ai_share', 'YouTube, share of AI'),
    ('youtube_eligible_share', 'YouTube, eligible share'),
    ('minutes_per_gpu_hour', 'Minutes per GPU-hour'),
    ('gpu_hour_price', 'Price of a GPU-hour'),
    ('gpu_price', 'Price of a GPU'),
    ('gpu_power_kw', 'Power of a GPU'),
    ('training_gpu_hours', 'GPU-hours of training'),
    ('base_training_flop', 'Training of the base model'),
    ('forward_flop', 'Forward pass'),
    ('flop_per_mac', 'Operations per multiply-add'),
    ('flop_per_video_minute', 'Cost of a minute of video'),
    ('peak_flops', 'Peak rate of a GPU'),
    ('pue', 'PUE')
),

unit (unit, unit_text) as (
    values
    ('1', ''),
    ('1/year', 'a year'),
    ('year', 'years'),
    ('day', 'days'),
    ('video_minute/day', 'minutes a day'),
    ('video_minute/gpu/hour', 'minutes per GPU-hour'),
    ('video_second/clip', 's per clip'),
    ('gpu*second/clip', 'GPU-s per clip'),
    ('kilowatt/gpu', 'kW per GPU'),
    ('usd/gpu/hour', 'USD per GPU-hour'),
    ('usd/gpu', 'USD per GPU'),
    ('gpu*hour', 'GPU-hours'),
    ('gpu', 'GPUs'),
    ('usd', 'USD'),
    ('flop', 'FLOP'),
    ('flop/second/gpu', 'FLOP/s per GPU'),
    ('flop/video_minute', 'FLOP per minute of video'),
    ('frame/video_second', 'frames per second')
),

base as (select * from estimates.assumption where scenario_id = 'base'),

row_of as (
    select 1 as place, 'Base scenario' as scenario_name, base.* from base
    union all
    select
        case other.scenario_id when 'low' then 2 else 3 end,
        'Scenario ' || other.scenario_id || ': what differs from base',
        other.*
    from estimates.assumption as other
    inner join base on base.input = other.input
    where other.scenario_id in ('low', 'high')
        and (abs(other.p05 - base.p05) > 1e-9 or abs(other.p95 - base.p95) > 1e-9)
)

select
    row_of.scenario_name,
    coalesce(spelled.spelled, upper(row_of.input[1]) || replace(row_of.input[2:], '_', ' ')) as input,
    -- A bound at zero comes out of a normal distribution a rounding error away from it.
    case when abs(row_of.p05) < 1e-9 then 0 else row_of.p05 end as p05,
    row_of.p50,
    row_of.p95,
    coalesce(unit.unit_text, row_of.unit) as unit,
    row_of.grade,
    concat_ws(
        '. ',
        nullif(row_of.note, ''),
        case when row_of.grade <> 'guess' then row_of.source_title end
    ) as basis
from row_of
left join spelled on spelled.input = row_of.input
left join unit on unit.unit = row_of.unit
order by row_of.place, row_of.input
