-- description: Where an H100 SXM is rented on demand and at what price: providers on the newest day with prices, networks on their own newest day, up to the report's date, cheapest first. One row per place.
-- grain: kind, place, day
with offered as (
    select
        'Provider' as kind,
        provider as place,
        offer_date as day,
        usd_per_gpu_hour,
        is_outlier,
        'price of the day' as statistic
    from marts.gpu_provider_price_day
    where gpu_key = 'nvidia_h100_sxm5_80gb'
        and pricing = 'on_demand'
        and offer_date = (
            select max(offer_date) from marts.gpu_price_day
            where offer_date <= (select report_date from marts.build)
        )
    union all
    select
        'Decentralised network',
        upper(network_id[1]) || network_id[2:],
        fact_date,
        -- What a network states of its offers; the lowest of them alone is no price of its own.
        coalesce(median(median_usd_per_gpu_hour), median(avg_usd_per_gpu_hour)),
        false,
        case when median(median_usd_per_gpu_hour) is null then 'mean' else 'median' end
    from marts.network_price_day
    where gpu_key = 'nvidia_h100_sxm5_80gb'
        and fact_date <= (select report_date from marts.build)
    group by network_id, fact_date
    qualify row_number() over (partition by network_id order by fact_date desc) = 1
)

select * from offered
where usd_per_gpu_hour is not null
order by usd_per_gpu_hour, kind, place
