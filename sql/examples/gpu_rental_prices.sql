-- description: Newest rental prices of accelerators, cheapest by their rate first: USD per GPU-hour over the providers, and per PFLOP-hour of dense BF16. One row per accelerator and kind of price.
-- grain: gpu_key, pricing
select
    gpu_key,
    pricing,
    offer_date,
    age_days,
    n_providers,
    round(min_usd_per_gpu_hour, 2) as min_usd_per_gpu_hour,
    round(usd_per_gpu_hour_p50, 2) as usd_per_gpu_hour_p50,
    round(max_usd_per_gpu_hour, 2) as max_usd_per_gpu_hour,
    round(usd_per_bf16_dense_pflop_hour, 2) as usd_per_bf16_dense_pflop_hour
from marts.gpu_price_latest
order by usd_per_bf16_dense_pflop_hour nulls last, gpu_key, pricing
