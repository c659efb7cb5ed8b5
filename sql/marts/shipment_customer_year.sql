-- description: Accelerators bought in a year by customer, as estimated by Omdia and reported by
-- the press. One row per customer, chip and year.
-- grain: customer, chip, year
-- column source: Press that reported the estimate.

with shipment_by_customer as (
    select customer, chip, year, units, source, known_at from staging.bundled__shipment_by_customer
)

select * from shipment_by_customer
