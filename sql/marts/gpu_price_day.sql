-- description: Rental prices of an accelerator on a day, over the providers: one vote for each
-- (marts.gpu_provider_price_day). On-demand, spot and reserved prices are never mixed, no price is
-- carried to a day without one, and outliers are counted in. One row per day, accelerator and kind
-- of price.
-- grain: offer_date, gpu_key, pricing
-- incremental: offer_date
-- column n_offers: Offers that count.
-- column n_outliers: Providers whose price is far from the others'.
-- column n_fallbacks: Providers whose prices are SkyPilot's, as dstack has none of that day.
-- column min_usd_per_gpu_hour: Least vote of a provider.
-- column max_usd_per_gpu_hour: Highest vote of a provider.
-- column min_offer_usd_per_gpu_hour: Cheapest offer of all.

with vote as (
    select
        offer_date,
        gpu_key,
        pricing,
        source,
        usd_per_gpu_hour,
        min_usd_per_gpu_hour,
        n_offers,
        is_outlier,
        known_at
    from marts.gpu_provider_price_day
),

gpu as (
    select gpu_key, bf16_dense_tflops, known_at from marts.gpu
),

price as (
    select
        offer_date,
        gpu_key,
        pricing,
        count(*) as n_providers,
        cast(sum(n_offers) as bigint) as n_offers,
        count(*) filter (is_outlier) as n_outliers,
        count(*) filter (source = 'skypilot') as n_fallbacks,
        min(usd_per_gpu_hour) as min_usd_per_gpu_hour,
        quantile_cont(usd_per_gpu_hour, 0.25) as usd_per_gpu_hour_p25,
        median(usd_per_gpu_hour) as usd_per_gpu_hour_p50,
        quantile_cont(usd_per_gpu_hour, 0.75) as usd_per_gpu_hour_p75,
        max(usd_per_gpu_hour) as max_usd_per_gpu_hour,
        min(min_usd_per_gpu_hour) as min_offer_usd_per_gpu_hour,
        max(known_at) as known_at
    from vote
    group by offer_date, gpu_key, pricing
),

gpu_price_day as (
    select
        price.* exclude (known_at),
        gpu.bf16_dense_tflops,
        -- A PFLOP-hour: 1,000 TFLOP/s, dense, at the peak of the specification, for an hour.
        1000 * price.usd_per_gpu_hour_p50 / gpu.bf16_dense_tflops as usd_per_bf16_dense_pflop_hour,
        1000 * price.min_usd_per_gpu_hour / gpu.bf16_dense_tflops
            as min_usd_per_bf16_dense_pflop_hour,
        case
            when gpu.bf16_dense_tflops is null then price.known_at
            else greatest(price.known_at, gpu.known_at)
        end as known_at
    from price
    left join gpu on gpu.gpu_key = price.gpu_key
)

select * from gpu_price_day
