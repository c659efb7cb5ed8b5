-- description: A catalogue gives no offer that it has not listed: of SkyPilot's a row may have two
-- kinds of price. One row per day and catalogue that does.
-- incremental: offer_date

with gpu_catalogue_day as (
    select offer_date, source, catalogue, n_gpu_rows, n_offers from marts.gpu_catalogue_day
)

select *
from gpu_catalogue_day
where coalesce(n_offers > 2 * n_gpu_rows, true)
