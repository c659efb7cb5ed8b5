-- description: Wallets of node operators that Render owed something to, by weekly epoch
-- (unofficial). One row per epoch and wallet.
-- grain: epoch, wallet

with source_rows as (
    select * from raw.render__liability_epoch
),

renamed as (
    select
        epoch,
        wallet,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by epoch, wallet
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
