-- description: Rental prices to be looked at: far from the other providers' (outlier), or a spot
-- price above the provider's own price on demand (dear spot). They count all the same. One row per
-- day, accelerator, kind of price, provider and warning.
-- grain: offer_date, gpu_key, pricing, provider, warning
-- incremental: offer_date
-- column source: Source of the catalogue: dstack or skypilot.
-- column warning: What is odd: outlier, or dear spot.
-- column usd_per_gpu_hour: The price.
-- column other_usd_per_gpu_hour: What it is compared with: the median of the providers, or the
-- provider's price on demand.

with vote as (
    select
        offer_date,
        gpu_key,
        pricing,
        provider,
        source,
        usd_per_gpu_hour,
        is_outlier,
        known_at
    from marts.gpu_provider_price_day
),

-- Not from marts.gpu_price_day: that changes with the specifications.
median_price as (
    select offer_date, gpu_key, pricing, median(usd_per_gpu_hour) as usd_per_gpu_hour
    from vote
    group by offer_date, gpu_key, pricing
),

outlier as (
    select
        vote.* exclude (is_outlier, known_at),
        'outlier' as warning,
        median_price.usd_per_gpu_hour as other_usd_per_gpu_hour,
        vote.known_at
    from vote
    inner join median_price using (offer_date, gpu_key, pricing)
    where vote.is_outlier
),

dear_spot as (
    select
        spot.* exclude (is_outlier, known_at),
        'dear spot' as warning,
        on_demand.usd_per_gpu_hour as other_usd_per_gpu_hour,
        greatest(spot.known_at, on_demand.known_at) as known_at
    from vote as spot
    inner join vote as on_demand
        on
            on_demand.offer_date = spot.offer_date
            and on_demand.gpu_key = spot.gpu_key
            and on_demand.provider = spot.provider
            and on_demand.pricing = 'on_demand'
    where spot.pricing = 'spot' and spot.usd_per_gpu_hour > on_demand.usd_per_gpu_hour
),

gpu_price_warning_day as (
    select * from outlier
    union all
    select * from dear_spot
)

select * from gpu_price_warning_day
