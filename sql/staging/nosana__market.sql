-- description: Nosana's markets, each of a GPU and a tier, with what a host earns and what a user
-- pays: the reward and the network's fee on top (unofficial). One row per day and market.
-- grain: seen_date, address

with source_rows as (
    select * from raw.nosana__market
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        address,
        slug,
        name,
        tier,
        -- A market without a reward has no price; 0 is what is not set.
        nullif(reward_usd_per_hour, 0) as reward_usd_per_hour,
        network_fee_pct,
        nullif(reward_usd_per_hour, 0) * (1 + network_fee_pct / 100) as price_usd_per_hour,
        payload_sha256,
        known_at
    from source_rows
),

-- An answer counts as a whole: what is not in the day's last one was not there any more.
last_answer as (
    select *
    from renamed
    qualify known_at = max(known_at) over (partition by seen_date)
),

latest as (
    select *
    from last_answer
    qualify row_number() over (
        partition by address, seen_date
        order by payload_sha256
    ) = 1
)

select * from latest
