-- description: How many turns of a chat take as much of an accelerator as one minute of video, by
-- measured serving and by the throughput of video models. One row per language model, accelerator,
-- requests at once, video model and workload.
-- grain: chat_model, gpu_key, batch, model, workload
-- column chat_model: Language model that is served.
-- column gpu_key: Accelerator with its form and memory, by capbrief's key.
-- column model: Video model.

with chat as (
    select model, gpu_key, batch, turns_per_gpu_hour from estimates.chat_serving
),

video as (
    select
        gpu_key,
        model,
        workload,
        minutes_per_gpu_hour_p05,
        minutes_per_gpu_hour_p50,
        minutes_per_gpu_hour_p95
    from estimates.workload_throughput
    where software = 'stock' and minutes_per_gpu_hour_p50 is not null
),

chat_per_video_minute as (
    select
        chat.model as chat_model,
        chat.gpu_key,
        chat.batch,
        video.model,
        video.workload,
        chat.turns_per_gpu_hour / video.minutes_per_gpu_hour_p95 as turns_per_video_minute_p05,
        chat.turns_per_gpu_hour / video.minutes_per_gpu_hour_p50 as turns_per_video_minute_p50,
        chat.turns_per_gpu_hour / video.minutes_per_gpu_hour_p05 as turns_per_video_minute_p95
    from chat
    inner join video using (gpu_key)
)

select * from chat_per_video_minute
