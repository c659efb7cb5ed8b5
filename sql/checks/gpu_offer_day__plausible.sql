-- description: Prices that count are finite, above zero, of whole accelerators whose number is
-- known, and within bounds that no accelerator leaves. One row per offer that is off.
-- incremental: offer_date

with gpu_offer_day as (
    select offer_date, source, catalogue, offer_id, pricing, gpu_count, usd_per_gpu_hour
    from marts.gpu_offer_day
    where left_out_because is null
)

select *
from gpu_offer_day
where
    usd_per_gpu_hour is null
    or not isfinite(usd_per_gpu_hour)
    or usd_per_gpu_hour not between 0.003 and 100
    or gpu_count is null
    or gpu_count < 1
