-- description: What an hour of each accelerator costs on the newest day with prices up to the report's date, by kind of price, with the price of a PFLOP-hour at the dense BF16 peak and the rate per watt. One row per kind of price and accelerator.
-- grain: pricing, gpu_key
select
    case price.pricing
        when 'on_demand' then 'On demand'
        when 'spot' then 'Spot'
        when 'reserved' then 'Reserved'
        else price.pricing
    end as kind,
    price.pricing,
    price.gpu_key,
    gpu.title,
    price.n_providers,
    price.min_usd_per_gpu_hour,
    price.usd_per_gpu_hour_p25,
    price.usd_per_gpu_hour_p50,
    price.usd_per_gpu_hour_p75,
    price.max_usd_per_gpu_hour,
    price.usd_per_bf16_dense_pflop_hour,
    1000 * gpu.bf16_dense_tflops / gpu.tdp_w as gflops_per_w
from marts.gpu_price_day as price
inner join marts.gpu as gpu using (gpu_key)
where price.offer_date = (
    select max(offer_date) from marts.gpu_price_day
    where offer_date <= (select report_date from marts.build)
)
order by
    list_position(['on_demand', 'spot', 'reserved'], price.pricing), price.pricing,
    price.usd_per_bf16_dense_pflop_hour nulls last, price.gpu_key
