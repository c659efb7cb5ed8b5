-- description: Frontier data centres as they stand, as Epoch AI lists them: large sites alone,
-- H100-equivalents on the publisher's 8-bit basis. One row per data centre.
-- grain: data_center
-- column owner: Owner of the site, as the publisher names it; null: unknown.
-- column users: Who uses it, as the publisher takes it; several are parted by commas.

with data_center as (
    select
        data_center,
        title,
        project,
        owner,
        owner_confidence,
        users,
        users_confidence,
        h100e_8bit_epoch,
        power_mw,
        capital_cost_usd,
        known_at
    from staging.epoch__data_center
)

select * from data_center
