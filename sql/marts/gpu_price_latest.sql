-- description: Newest rental price of each accelerator, however old it is, with its age on the
-- report's day. One row per accelerator and kind of price.
-- grain: gpu_key, pricing
-- column age_days: Days from the price's to the report's day.
-- column min_usd_per_gpu_hour: Least vote of a provider.
-- column max_usd_per_gpu_hour: Highest vote of a provider.

with gpu_price_day as (
    select
        offer_date,
        gpu_key,
        pricing,
        n_providers,
        min_usd_per_gpu_hour,
        usd_per_gpu_hour_p50,
        max_usd_per_gpu_hour,
        bf16_dense_tflops,
        usd_per_bf16_dense_pflop_hour,
        known_at
    from marts.gpu_price_day
),

build as (
    select report_date from marts.build
),

gpu_price_latest as (
    select
        gpu_price_day.* exclude (known_at),
        date_diff('day', gpu_price_day.offer_date, build.report_date) as age_days,
        gpu_price_day.known_at
    from gpu_price_day
    cross join build
    where gpu_price_day.offer_date <= build.report_date
    qualify row_number() over (
        partition by gpu_price_day.gpu_key, gpu_price_day.pricing
        order by gpu_price_day.offer_date desc
    ) = 1
)

select * from gpu_price_latest
