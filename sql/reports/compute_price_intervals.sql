-- description: Rental prices of accelerators on the newest day with prices up to the report's date, USD per GPU-hour, over providers of which at least three ask one; on-demand, spot and reserved prices apart. One row per kind of price and accelerator.
-- grain: group_title, label
with vote as (
    select * from marts.gpu_provider_price_day
    where offer_date = (
        select max(offer_date) from marts.gpu_price_day
        where offer_date <= (select report_date from marts.build)
    )
),

spread as (
    select
        pricing,
        gpu_key,
        quantile_cont(usd_per_gpu_hour, 0.05) as p05,
        median(usd_per_gpu_hour) as p50,
        quantile_cont(usd_per_gpu_hour, 0.95) as p95
    from vote
    group by pricing, gpu_key
    having count(*) >= 3
)

select
    replace(gpu.title, 'NVIDIA ', '') as label,
    spread.p05,
    spread.p50,
    spread.p95,
    false as is_demand,
    case spread.pricing
        when 'on_demand' then 'On demand'
        when 'spot' then 'Spot'
        when 'reserved' then 'Reserved'
        else spread.pricing
    end as group_title
from spread
inner join marts.gpu as gpu using (gpu_key)
-- The fastest of each kind of price: more of them do not fit one picture.
qualify row_number() over (
    partition by spread.pricing
    order by gpu.bf16_dense_tflops desc nulls last, gpu.gpu_key
) <= 8
order by
    list_position(['on_demand', 'spot', 'reserved'], spread.pricing), spread.pricing,
    spread.p50 desc, label
