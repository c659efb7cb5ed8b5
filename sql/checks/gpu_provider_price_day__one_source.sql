-- description: A provider's prices of one kind on a day are of one source: the fallback counts where
-- the other has nothing, and never beside it. One row per day, provider and kind of price with two.
-- incremental: offer_date

with gpu_offer_day as (
    select offer_date, provider, pricing, source
    from marts.gpu_offer_day
    where left_out_because is null
)

select offer_date, provider, pricing, count(distinct source) as n_sources
from gpu_offer_day
group by offer_date, provider, pricing
having count(distinct source) > 1
