-- description: What an H100-hour costs on the newest day with prices up to the report's date, 30 days before, and in the base scenario; null: not known. One row per report.
-- grain: n_prices
with price as (
    select * from marts.gpu_price_day
    where offer_date <= (select report_date from marts.build)
),

newest as (select max(offer_date) as last_date from price),

latest as (
    select price.* from price inner join newest on price.offer_date = newest.last_date
),

h100 as (select * from latest where gpu_key = 'nvidia_h100_sxm5_80gb'),

before as (
    select price.pricing, price.usd_per_gpu_hour_p50
    from price
    inner join newest on price.offer_date = newest.last_date - 30
    where price.gpu_key = 'nvidia_h100_sxm5_80gb'
),

assumed as (
    select p05, p50, p95, grade, source_title, source_date
    from estimates.assumption
    where scenario_id = 'base' and input = 'gpu_hour_price'
),

chip as (
    select bf16_dense_tflops, tdp_w from marts.gpu where gpu_key = 'nvidia_h100_sxm5_80gb'
)

select
    newest.last_date,
    (select count(*) from latest) as n_prices,
    (select count(distinct gpu_key) from latest) as n_gpus,
    on_demand.n_providers as n_providers,
    on_demand.min_usd_per_gpu_hour as h100_least,
    on_demand.usd_per_gpu_hour_p25 as h100_p25,
    on_demand.usd_per_gpu_hour_p50 as h100_p50,
    on_demand.usd_per_gpu_hour_p75 as h100_p75,
    on_demand.max_usd_per_gpu_hour as h100_most,
    on_demand.usd_per_bf16_dense_pflop_hour as h100_usd_per_pflop_hour,
    before.usd_per_gpu_hour_p50 as h100_p50_30d_before,
    on_demand.usd_per_gpu_hour_p50 / before.usd_per_gpu_hour_p50 - 1 as h100_change_30d,
    spot.usd_per_gpu_hour_p50 as h100_spot_p50,
    spot.usd_per_gpu_hour_p50 / on_demand.usd_per_gpu_hour_p50 as spot_share,
    assumed.p05 as assumed_p05,
    assumed.p50 as assumed_p50,
    assumed.p95 as assumed_p95,
    assumed.source_title as assumed_source,
    assumed.source_date as assumed_date,
    1000 * assumed.p05 / chip.bf16_dense_tflops as assumed_per_pflop_hour_p05,
    1000 * assumed.p95 / chip.bf16_dense_tflops as assumed_per_pflop_hour_p95,
    1000 * chip.bf16_dense_tflops / chip.tdp_w as h100_gflops_per_w
from newest
left join h100 as on_demand on on_demand.pricing = 'on_demand'
left join h100 as spot on spot.pricing = 'spot'
left join before on before.pricing = 'on_demand'
left join assumed on true
left join chip on true
