-- description: Where a catalogue came, there is a price on demand in it, and no offer that it has
-- not listed. One row per day and catalogue without one.
-- incremental: offer_date

with gpu_catalogue_day as (
    select offer_date, source, catalogue, n_gpu_rows, n_offers, n_on_demand
    from marts.gpu_catalogue_day
)

-- SkyPilot's rows may have two kinds of price.
select *
from gpu_catalogue_day
where n_on_demand < 1 or n_offers > 2 * n_gpu_rows
