-- description: Catalogues of offers on a day: what they list, and what of it is counted. One row per
-- day, source and catalogue.
-- grain: offer_date, source, catalogue
-- incremental: offer_date
-- column source: Source of the catalogue: dstack or skypilot.
-- column version: Version by the catalogue's address; null: it has none.
-- column n_rows: Rows of the catalogue.
-- column n_gpu_rows: Rows of GPUs.
-- column n_cpu_rows: Rows of CPU instances, which are left out.
-- column n_offers: Offers of GPUs, those of equal instances in one region taken for one.
-- column n_on_demand: Offers on demand.
-- column n_counted: Offers that count in marts.gpu_price_day.
-- column n_names_unknown: Names of accelerators, with memory and form, whose key is not known.
-- column n_offers_unknown: Offers of them.

with dstack as (
    select offer_date, provider as catalogue, version, n_rows, n_gpu_rows, known_at
    from staging.dstack__catalogue
),

skypilot as (
    select offer_date, provider as catalogue, version, n_rows, n_gpu_rows, known_at
    from staging.skypilot__catalogue
),

gpu_offer_day as (
    select
        offer_date,
        source,
        catalogue,
        gpu_name,
        gpu_memory_gb,
        interface,
        gpu_key,
        pricing,
        left_out_because
    from marts.gpu_offer_day
),

listed as (
    select 'dstack' as source, * from dstack
    union all
    select 'skypilot', * from skypilot
),

offered as (
    select
        offer_date,
        source,
        catalogue,
        count(*) as n_offers,
        count(*) filter (pricing = 'on_demand') as n_on_demand,
        count(*) filter (left_out_because is null) as n_counted,
        count(distinct concat_ws('|', gpu_name, gpu_memory_gb, coalesce(interface, '-'))) filter (
            gpu_key is null
        ) as n_names_unknown,
        count(*) filter (gpu_key is null) as n_offers_unknown
    from gpu_offer_day
    group by offer_date, source, catalogue
),

gpu_catalogue_day as (
    select
        listed.offer_date,
        listed.source,
        listed.catalogue,
        listed.version,
        listed.n_rows,
        listed.n_gpu_rows,
        listed.n_rows - listed.n_gpu_rows as n_cpu_rows,
        coalesce(offered.n_offers, 0) as n_offers,
        coalesce(offered.n_on_demand, 0) as n_on_demand,
        coalesce(offered.n_counted, 0) as n_counted,
        coalesce(offered.n_names_unknown, 0) as n_names_unknown,
        coalesce(offered.n_offers_unknown, 0) as n_offers_unknown,
        listed.known_at
    from listed
    left join offered
        on
            offered.offer_date = listed.offer_date
            and offered.source = listed.source
            and offered.catalogue = listed.catalogue
)

select * from gpu_catalogue_day
