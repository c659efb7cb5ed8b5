-- description: Price of one GPU for an hour over providers, one vote each; on demand, spot and
-- reserved are never mixed, and a day without a catalogue has no row. One row per GPU, pricing and
-- day.
-- grain: gpu_key, pricing, offer_date
-- incremental: offer_date
-- column n_providers: Providers that offer it.
-- column n_offers: Their offers.
-- column n_outliers: Providers over four times the median or under a quarter of it.
-- column p25: Quarter of the providers ask less, USD per GPU-hour.
-- column p50: Median of the providers, USD per GPU-hour.
-- column p75: Quarter of the providers ask more, USD per GPU-hour.
-- column usd_per_bf16_dense_pflop_hour: Median price of 1,000 TFLOPS of dense BF16 peak for an
-- hour; null: the rate is not known.

with vote as (
    select
        gpu_key, pricing, offer_date, n_offers, price_usd_per_gpu_hour, is_outlier, known_at
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
        min(price_usd_per_gpu_hour) as least_usd_per_gpu_hour,
        quantile_cont(price_usd_per_gpu_hour, 0.25) as p25,
        median(price_usd_per_gpu_hour) as p50,
        quantile_cont(price_usd_per_gpu_hour, 0.75) as p75,
        max(price_usd_per_gpu_hour) as most_usd_per_gpu_hour,
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
    priced.least_usd_per_gpu_hour,
    priced.p25,
    priced.p50,
    priced.p75,
    priced.most_usd_per_gpu_hour,
    priced.p50 / (gpu.bf16_dense_tflops / 1000) as usd_per_bf16_dense_pflop_hour,
    priced.offer_date,
    priced.known_at
from priced
left join gpu using (gpu_key)
