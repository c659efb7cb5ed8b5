-- description: Prices are above zero, and the average, the median and the weighted average lie
-- between the least and the most. One row per price that does not.

with network_price_day as (
    select
        network_id,
        fact_date,
        offer_id,
        min_usd_per_gpu_hour,
        median_usd_per_gpu_hour,
        avg_usd_per_gpu_hour,
        weighted_avg_usd_per_gpu_hour,
        max_usd_per_gpu_hour
    from marts.network_price_day
)

select *
from network_price_day
where
    max_usd_per_gpu_hour < 0
    -- Averages are rounded to cents.
    or least(median_usd_per_gpu_hour, avg_usd_per_gpu_hour, weighted_avg_usd_per_gpu_hour)
    < min_usd_per_gpu_hour - 0.011
    or greatest(median_usd_per_gpu_hour, avg_usd_per_gpu_hour, weighted_avg_usd_per_gpu_hour)
    > max_usd_per_gpu_hour + 0.011
