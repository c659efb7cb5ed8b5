-- description: Weekly epochs of Render: tokens burned for work, and wallets of node operators that
-- something was owed to (unofficial). One row per network and epoch.
-- grain: network_id, epoch
-- column epoch: Epoch, a week, by the network's own number.
-- column burned_tokens: Tokens burned in the epoch, as the foundation's page gives them; null: not
-- given.
-- column n_wallets: Wallets of node operators in the epoch; null: not given.

with burn as (
    select epoch, burned_render, known_at from staging.render__burn_epoch
),

liability as (
    select epoch, wallet, known_at from staging.render__liability_epoch
),

operator as (
    select epoch, count(*) as n_wallets, max(known_at) as known_at
    from liability
    group by epoch
),

network_epoch as (
    select
        'render' as network_id,
        epoch,
        burn.burned_render as burned_tokens,
        operator.n_wallets,
        greatest(burn.known_at, operator.known_at) as known_at
    from burn
    full join operator using (epoch)
)

select * from network_epoch
