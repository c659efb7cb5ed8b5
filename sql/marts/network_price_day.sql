-- description: What a GPU costs on decentralised networks, by model. Akash's prices are of bids of
-- the last 14 to 31 days, io.net's and Nosana's are asked. One row per network, day and offer.
-- grain: network_id, fact_date, offer_id
-- column source: Source of the price, by the name of capbrief's source.
-- column offer_id: What the price is for, by the source's own words or id.
-- column tier: Tier of the market, as the source writes it; null: the network has none.
-- column gpu_name: Model of the GPU, as the source writes it; null: its node does not say.
-- column memory_gb: Memory that the source gives; sizes in GiB are converted, so that 80Gi is 85.9.
-- column interface: Form that the source gives, as it writes it; null: it gives none.
-- column basis: bids of providers, or list: a price that is asked.
-- column n_providers: Providers with such GPUs; null: not given.
-- column n_gpus: GPUs that the price is for; null: not given.

with akash as (
    select
        seen_date,
        gpu_id,
        gpu_model,
        memory_gib,
        interface,
        min_usd_per_gpu_hour,
        median_usd_per_gpu_hour,
        avg_usd_per_gpu_hour,
        weighted_avg_usd_per_gpu_hour,
        max_usd_per_gpu_hour,
        providers_total,
        gpus_total,
        known_at
    from staging.akash__gpu_price
    -- No bid, no price.
    where min_usd_per_gpu_hour is not null
),

ionet as (
    select seen_date, hardware_name, memory_gb, usd_per_gpu_hour, gpus_total, known_at
    from staging.ionet__gpu_market
    where usd_per_gpu_hour > 0
),

nosana as (
    select seen_date, address, name, tier, price_usd_per_hour, known_at
    from staging.nosana__market
    where price_usd_per_hour > 0
),

gpu_name as (
    select source, name, memory_gb, interface, gpu_key from marts.gpu_name
),

offer as (
    select
        'akash' as network_id,
        seen_date as fact_date,
        'akash' as source,
        gpu_id as offer_id,
        null as tier,
        gpu_model as gpu_name,
        memory_gib * 1.073741824 as memory_gb,
        interface,
        'bids' as basis,
        min_usd_per_gpu_hour,
        median_usd_per_gpu_hour,
        avg_usd_per_gpu_hour,
        weighted_avg_usd_per_gpu_hour,
        max_usd_per_gpu_hour,
        providers_total as n_providers,
        gpus_total as n_gpus,
        known_at
    from akash
    union all
    select
        'io.net',
        seen_date,
        'ionet',
        hardware_name,
        null,
        hardware_name,
        memory_gb,
        null,
        'list',
        usd_per_gpu_hour,
        usd_per_gpu_hour,
        usd_per_gpu_hour,
        usd_per_gpu_hour,
        usd_per_gpu_hour,
        null,
        gpus_total,
        known_at
    from ionet
    union all
    select
        'nosana',
        seen_date,
        'nosana',
        address,
        tier,
        name,
        null,
        null,
        'list',
        price_usd_per_hour,
        price_usd_per_hour,
        price_usd_per_hour,
        price_usd_per_hour,
        price_usd_per_hour,
        null,
        null,
        known_at
    from nosana
),

network_price_day as (
    select
        offer.network_id,
        offer.fact_date,
        offer.source,
        offer.offer_id,
        offer.tier,
        offer.gpu_name,
        offer.memory_gb,
        offer.interface,
        gpu_name.gpu_key,
        offer.basis,
        offer.min_usd_per_gpu_hour,
        offer.median_usd_per_gpu_hour,
        offer.avg_usd_per_gpu_hour,
        offer.weighted_avg_usd_per_gpu_hour,
        offer.max_usd_per_gpu_hour,
        offer.n_providers,
        offer.n_gpus,
        offer.known_at
    from offer
    left join gpu_name
        on
            gpu_name.source = offer.source
            and gpu_name.name is not distinct from offer.gpu_name
            and gpu_name.memory_gb is not distinct from offer.memory_gb
            and gpu_name.interface is not distinct from offer.interface
)

select * from network_price_day
