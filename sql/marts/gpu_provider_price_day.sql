-- description: What a provider asks for one GPU and hour: the median of its offers over machines and
-- regions, so that one with many regions has one vote. One row per provider, GPU, pricing and day.
-- grain: provider, gpu_key, pricing, offer_date
-- incremental: offer_date
-- column usd_per_gpu_hour: Median of its offers.
-- column min_usd_per_gpu_hour: Its cheapest offer.
-- column max_usd_per_gpu_hour: Its dearest offer.
-- column catalogue: Where its offers are listed, dstack or skypilot.
-- column is_outlier: Over four times the median of all providers of that day, or under a quarter
-- of it, where at least three offer it; it counts all the same.

with offer as (
    select
        provider, gpu_key, pricing, offer_date, region, catalogue, usd_per_gpu_hour, known_at
    from marts.gpu_offer_day
    where gpu_key is not null
),

vote as (
    select
        provider,
        gpu_key,
        pricing,
        offer_date,
        count(*) as n_offers,
        count(distinct region) as n_regions,
        min(usd_per_gpu_hour) as min_usd_per_gpu_hour,
        median(usd_per_gpu_hour) as usd_per_gpu_hour,
        max(usd_per_gpu_hour) as max_usd_per_gpu_hour,
        min(catalogue) as catalogue,
        max(known_at) as known_at
    from offer
    group by provider, gpu_key, pricing, offer_date
),

middle as (
    select
        gpu_key,
        pricing,
        offer_date,
        median(usd_per_gpu_hour) as median_usd,
        count(*) as n_providers
    from vote
    group by gpu_key, pricing, offer_date
)

select
    vote.provider,
    vote.gpu_key,
    vote.pricing,
    vote.n_offers,
    vote.n_regions,
    vote.min_usd_per_gpu_hour,
    vote.usd_per_gpu_hour,
    vote.max_usd_per_gpu_hour,
    middle.n_providers >= 3
    and not vote.usd_per_gpu_hour between middle.median_usd / 4 and 4 * middle.median_usd
    as is_outlier,
    vote.catalogue,
    vote.offer_date,
    vote.known_at
from vote
inner join middle using (gpu_key, pricing, offer_date)
