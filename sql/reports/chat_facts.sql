-- description: The span of chat turns for a minute of video of a 14B model at 720p. One row per report; none where no timing is known.
-- grain: n_served
select
    count(*) as n_served,
    min(turns_per_video_minute_p50) as least,
    max(turns_per_video_minute_p50) as most
from estimates.chat_per_video_minute
where model = 'Wan2.1-14B' and workload = '720p'
having count(*) > 0
