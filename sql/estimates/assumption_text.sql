-- description: The inputs of the scenarios and their units in words. One row per scenario and
-- input.
-- grain: scenario_id, input

with input_name (input, input_text) as (
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
    ('pue', 'PUE'),
    ('width', 'Width of the picture'),
    ('height', 'Height of the picture'),
    ('fps', 'Frames per second'),
    ('vae_time', 'Frames of a latent frame'),
    ('vae_space', 'Pixels on a token’s side'),
    ('width_model', 'Width of the model'),
    ('mac_per_token_layer', 'Multiply-adds per token and layer'),
    ('steps', 'Diffusion steps'),
    ('passes', 'Passes per step'),
    ('mfu', 'Share of the peak rate')
),

unit (unit, unit_text) as (
    values
    ('1', ''),
    ('1/year', 'a year'),
    ('year', 'years'),
    ('day', 'days'),
    ('video_minute/day', 'minutes a day'),
    ('video_minute/gpu/hour', 'minutes per GPU-hour'),
    ('video_second', 's'),
    ('frame', 'frames'),
    ('pixel', 'pixels'),
    ('teraflop/second/gpu', 'TFLOP/s per GPU'),
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

assumption as (
    select scenario_id, input, unit from estimates.assumption
),

assumption_text as (
    select
        assumption.scenario_id,
        assumption.input,
        coalesce(
            input_name.input_text,
            upper(assumption.input[1]) || replace(assumption.input[2:], '_', ' ')
        ) as input_text,
        coalesce(unit.unit_text, assumption.unit) as unit_text
    from assumption
    left join input_name using (input)
    left join unit using (unit)
)

select scenario_id, input, input_text, unit_text from assumption_text
