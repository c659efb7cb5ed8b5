-- description: Prices of GPUs are above zero and their quantiles in order, and the price of an
-- H100 for an hour lies between 0.2 and 25 USD at the median, as it did ever since it could be
-- rented: beyond that the unit is another. One row per price that is off.

with gpu_price_day as (
    select
        gpu_key, pricing, offer_date, n_providers, least_usd_per_gpu_hour, p25, p50, p75,
        most_usd_per_gpu_hour
    from marts.gpu_price_day
)

select *
from gpu_price_day
where
    coalesce(least_usd_per_gpu_hour <= 0, true)
    or coalesce(not least_usd_per_gpu_hour <= p25, true)
    or coalesce(not p25 <= p50, true)
    or coalesce(not p50 <= p75, true)
    or coalesce(not p75 <= most_usd_per_gpu_hour, true)
    or (starts_with(gpu_key, 'nvidia_h100_') and n_providers >= 3 and not p50 between 0.2 and 25)
