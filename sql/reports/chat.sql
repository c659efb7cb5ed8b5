-- description: Chat turns that take as much of an accelerator as a minute of video, by language model and number of requests at once. One row per model, accelerator and batch; none where no timing is known.
-- grain: chat_model, gpu_key, batch
select
    serving.title as chat_model,
    serving.gpu_key,
    gpu.title || ' ×' || serving.gpus as gpus,
    serving.batch,
    serving.turns_per_gpu_hour,
    max(turn.turns_per_video_minute_p05) filter (turn.model = 'Wan2.1-14B') as large_p05,
    max(turn.turns_per_video_minute_p95) filter (turn.model = 'Wan2.1-14B') as large_p95,
    max(turn.turns_per_video_minute_p05) filter (turn.model = 'Wan2.2-5B') as small_p05,
    max(turn.turns_per_video_minute_p95) filter (turn.model = 'Wan2.2-5B') as small_p95,
    serving.source_title as source
from estimates.chat_serving as serving
inner join marts.gpu as gpu using (gpu_key)
inner join estimates.chat_per_video_minute as turn
    on turn.chat_model = serving.model
    and turn.gpu_key = serving.gpu_key
    and turn.batch = serving.batch
where turn.workload = '720p'
group by all
order by chat_model, batch
