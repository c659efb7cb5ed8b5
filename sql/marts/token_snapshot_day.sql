-- description: Tokens as CoinGecko's crawls of a day saw them at a moment of it, not at its close;
-- of several crawls the row updated last. is_stale: older than the strictest universe allows (null
-- without such a rule; an unknown age is not fresh); cap_mismatch: the market cap is over 2 % off
-- price times circulating supply; is_spike and is_held_spike as marts.token_snapshot_spike_day has
-- them, with the price that it is measured by (base_usd). One row per token and day.
-- grain: coin_id, seen_date
-- incremental: seen_date
-- column symbol: Short name of the token, as the vendor writes it; not unique.
-- column name: Name of the token, as the vendor writes it, in full.

with market as (
    select
        coin_id,
        seen_date,
        symbol,
        name,
        price_usd,
        market_cap_usd,
        market_cap_rank,
        fully_diluted_valuation_usd,
        volume_24h_usd,
        circulating_supply,
        total_supply,
        max_supply,
        price_change_24h_pct,
        ath_usd,
        ath_at,
        atl_usd,
        atl_at,
        last_updated_at,
        category_id,
        known_at
    from staging.coingecko__market
),

universe as (
    select max_staleness_hours from staging.universe__universe
),

spike as (
    select coin_id, seen_date, base_usd, is_held from marts.token_snapshot_spike_day
),

newest as (
    select * exclude (category_id)
    from market
    qualify row_number() over (
        partition by coin_id, seen_date
        order by last_updated_at desc nulls last, known_at desc, category_id
    ) = 1
),

aged as (
    select
        *,
        date_diff('second', last_updated_at, known_at) / 3600.0 as age_hours
    from newest
),

token_snapshot_day as (
    select
        aged.* exclude (known_at, age_hours),
        aged.age_hours,
        case
            when strictest.max_staleness_hours is not null
                then coalesce(aged.age_hours > strictest.max_staleness_hours, true)
        end as is_stale,
        abs(
            aged.market_cap_usd / nullif(aged.price_usd * aged.circulating_supply, 0) - 1
        ) > 0.02 as cap_mismatch,
        spike.base_usd,
        spike.coin_id is not null as is_spike,
        coalesce(spike.is_held, false) as is_held_spike,
        aged.known_at
    from aged
    left join spike using (coin_id, seen_date)
    cross join (
        select min(max_staleness_hours) as max_staleness_hours from universe
    ) as strictest
)

select * from token_snapshot_day
