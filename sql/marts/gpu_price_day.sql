-- description: Price of one GPU for an hour over providers, one vote each; on demand, spot and
-- reserved are never mixed, and a day without a catalogue has no row. One row per GPU, pricing and
-- day.
-- grain: gpu_key, pricing, offer_date
-- incremental: offer_date
-- column n_outliers: Providers over four times the median or under a quarter of it.
-- column min_usd_per_gpu_hour: Price of the cheapest provider.
-- column max_usd_per_gpu_hour: Price of the dearest provider.
-- column usd_per_bf16_dense_pflop_hour: Median price of 1,000 TFLOPS of dense BF16 peak for an
-- hour; null: the rate is not known.

with vote as (
    select
        gpu_key, pricing, offer_date, n_offers, usd_per_gpu_hour, is_outlier, known_at
    from marts.gpu_provider_price_day
),

gpu as (
    select gpu_key, bf16_dense_tflops from marts.gpu
),

priced as (
    select
        gpu_key,
        pricing,
        offer_date,
        count(*) as n_providers,
        cast(sum(n_offers) as bigint) as n_offers,
        count(*) filter (is_outlier) as n_outliers,
        min(usd_per_gpu_hour) as min_usd_per_gpu_hour,
        quantile_cont(usd_per_gpu_hour, 0.25) as usd_per_gpu_hour_p25,
        median(usd_per_gpu_hour) as usd_per_gpu_hour_p50,
        quantile_cont(usd_per_gpu_hour, 0.75) as usd_per_gpu_hour_p75,
        max(usd_per_gpu_hour) as max_usd_per_gpu_hour,
        max(known_at) as known_at
    from vote
    group by gpu_key, pricing, offer_date
)

select
    priced.gpu_key,
    priced.pricing,
    priced.n_providers,
    priced.n_offers,
    priced.n_outliers,
    priced.min_usd_per_gpu_hour,
    priced.usd_per_gpu_hour_p25,
    priced.usd_per_gpu_hour_p50,
    priced.usd_per_gpu_hour_p75,
    priced.max_usd_per_gpu_hour,
    priced.usd_per_gpu_hour_p50 / (gpu.bf16_dense_tflops / 1000) as usd_per_bf16_dense_pflop_hour,
    priced.offer_date,
    priced.known_at
from priced
left join gpu using (gpu_key)
