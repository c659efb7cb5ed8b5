-- description: Quantiles of rental prices lie in order, each row has a provider, and a price per
-- rate is there where the rate is known, and only there. One row per day, accelerator and kind of
-- price that is off.
-- incremental: offer_date

with gpu_price_day as (
    select
        offer_date,
        gpu_key,
        pricing,
        n_providers,
        n_offers,
        min_offer_usd_per_gpu_hour,
        min_usd_per_gpu_hour,
        usd_per_gpu_hour_p25,
        usd_per_gpu_hour_p50,
        usd_per_gpu_hour_p75,
        max_usd_per_gpu_hour,
        bf16_dense_tflops,
        usd_per_bf16_dense_pflop_hour
    from marts.gpu_price_day
)

select *
from gpu_price_day
where
    n_providers < 1
    or n_offers < n_providers
    or pricing not in ('on_demand', 'spot', 'reserved', 'bid')
    or coalesce(min_offer_usd_per_gpu_hour > min_usd_per_gpu_hour, true)
    or coalesce(min_usd_per_gpu_hour > usd_per_gpu_hour_p25, true)
    or coalesce(usd_per_gpu_hour_p25 > usd_per_gpu_hour_p50, true)
    or coalesce(usd_per_gpu_hour_p50 > usd_per_gpu_hour_p75, true)
    or coalesce(usd_per_gpu_hour_p75 > max_usd_per_gpu_hour, true)
    or (bf16_dense_tflops is null) <> (usd_per_bf16_dense_pflop_hour is null)
