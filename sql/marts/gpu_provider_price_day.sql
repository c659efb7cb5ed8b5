-- description: What a provider asks for an accelerator on a day: its vote in marts.gpu_price_day.
-- In each region its cheapest offer per GPU counts, and of the regions their median. Prices far from
-- the others' are flagged and stay. One row per day, accelerator, kind of price and provider.
-- grain: offer_date, gpu_key, pricing, provider
-- incremental: offer_date
-- column source: Source of the catalogue: dstack or skypilot.
-- column min_usd_per_gpu_hour: Cheapest offer.
-- column max_usd_per_gpu_hour: Dearest offer.
-- column n_regions: Regions in which the provider offers the accelerator; one where none is named.
-- column n_offers: Offers that count.
-- column is_outlier: Whether the price is further from the median of four providers or more than
-- three times their median deviation (at least 10 %, lest equal prices make any other one far),
-- both of logarithms.

with gpu_offer_day as (
    select offer_date, gpu_key, pricing, provider, source, region, usd_per_gpu_hour, known_at
    from marts.gpu_offer_day
    where left_out_because is null
),

-- Bids on decentralised networks (pricing 'bid') would be united with these.
region_price as (
    select
        offer_date,
        gpu_key,
        pricing,
        provider,
        source,
        region,
        min(usd_per_gpu_hour) as min_usd_per_gpu_hour,
        max(usd_per_gpu_hour) as max_usd_per_gpu_hour,
        count(*) as n_offers,
        max(known_at) as known_at
    from gpu_offer_day
    group by offer_date, gpu_key, pricing, provider, source, region
),

vote as (
    select
        offer_date,
        gpu_key,
        pricing,
        provider,
        any_value(source) as source,
        median(min_usd_per_gpu_hour) as usd_per_gpu_hour,
        min(min_usd_per_gpu_hour) as min_usd_per_gpu_hour,
        max(max_usd_per_gpu_hour) as max_usd_per_gpu_hour,
        count(*) as n_regions,
        cast(sum(n_offers) as bigint) as n_offers,
        max(known_at) as known_at
    from region_price
    group by offer_date, gpu_key, pricing, provider
),

centred as (
    select
        *,
        count(*) over same as n_providers,
        abs(ln(usd_per_gpu_hour) - median(ln(usd_per_gpu_hour)) over same) as deviation
    from vote
    window same as (partition by offer_date, gpu_key, pricing)
),

flagged as (
    select
        * exclude (n_providers, deviation, known_at),
        n_providers >= 4
        and deviation > 3 * greatest(
            1.4826 * median(deviation) over (partition by offer_date, gpu_key, pricing), 0.1
        ) as is_outlier,
        known_at
    from centred
)

select * from flagged
