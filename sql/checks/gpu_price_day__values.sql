-- description: Prices of GPUs are above zero and their quantiles in order, and the price of an
-- H100 for an hour lies between 0.2 and 25 USD at the median, as it did ever since it could be
-- rented: beyond that the unit is another. One row per price that is off.

with gpu_price_day as (
    select
        gpu_key, pricing, offer_date, n_providers, min_usd_per_gpu_hour, usd_per_gpu_hour_p25, usd_per_gpu_hour_p50, usd_per_gpu_hour_p75,
        max_usd_per_gpu_hour
    from marts.gpu_price_day
)

select *
from gpu_price_day
where
    coalesce(min_usd_per_gpu_hour <= 0, true)
    or coalesce(not min_usd_per_gpu_hour <= usd_per_gpu_hour_p25, true)
    or coalesce(not usd_per_gpu_hour_p25 <= usd_per_gpu_hour_p50, true)
    or coalesce(not usd_per_gpu_hour_p50 <= usd_per_gpu_hour_p75, true)
    or coalesce(not usd_per_gpu_hour_p75 <= max_usd_per_gpu_hour, true)
    or (starts_with(gpu_key, 'nvidia_h100_') and n_providers >= 3 and not usd_per_gpu_hour_p50 between 0.2 and 25)
