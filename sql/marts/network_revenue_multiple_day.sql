-- description: Market cap of a network's token over what users paid it in a year at the rate of the
-- 30 days up to the day: revenue × 365/30, as volatility is of 365 days (× 12, as trackers have it,
-- is a year of 360 days and gives a multiple that is 1.4 % higher). Null unless revenue of all 30
-- days is known and above zero, a spike of the count being unknown. The market cap is the last one
-- of the 31 days up to the day. One row per network, day and source of the revenue.
-- grain: network_id, revenue_date, source
-- column revenue_date: Last of the 30 days, a complete UTC day.
-- column source: Who counts the revenue, by the name of capbrief's source.
-- column coin_id: Token of the network; null: it has none.
-- column cap_date: Day of the market cap; null: none is known.
-- column cap_kind: close, crawl or month, as marts.network_cap_day has it.

with network_revenue_day as (
    select network_id, revenue_date, source, revenue_usd, is_spike, known_at
    from marts.network_revenue_day
),

network as (
    select network_id, coin_id from marts.network
),

network_cap_day as (
    select network_id, cap_date, market_cap_usd, cap_kind, known_at from marts.network_cap_day
),

-- Decimals, so that the order of addition does not show.
rolled as (
    select
        network_id,
        revenue_date,
        source,
        count(*) filter (is_spike is not true) over last_30 as n_revenue_days,
        sum(cast(revenue_usd as decimal(38, 6))) over last_30 as revenue_30d_usd,
        max(known_at) over last_30 as known_at
    from network_revenue_day
    window
        last_30 as (
            partition by network_id, source
            order by revenue_date
            range between interval 29 days preceding and current row
        )
),

whole as (
    select
        * exclude (revenue_30d_usd),
        case when n_revenue_days = 30 then cast(revenue_30d_usd as double) end as revenue_30d_usd
    from rolled
),

-- The last market cap before, then without those that are too old.
last_cap as (
    select whole.network_id, whole.revenue_date, whole.source, cap.* exclude (network_id)
    from whole
    asof inner join network_cap_day as cap
        on cap.network_id = whole.network_id and cap.cap_date <= whole.revenue_date
),

cap as (
    select * from last_cap where revenue_date - cap_date <= 31
),

network_revenue_multiple_day as (
    select
        whole.network_id,
        whole.revenue_date,
        whole.source,
        network.coin_id,
        whole.n_revenue_days,
        whole.revenue_30d_usd,
        cap.market_cap_usd,
        cap.cap_date,
        cap.cap_kind,
        cap.market_cap_usd / nullif(whole.revenue_30d_usd * 365 / 30, 0) as revenue_multiple,
        greatest(whole.known_at, cap.known_at) as known_at
    from whole
    left join network using (network_id)
    left join cap using (network_id, revenue_date, source)
)

select * from network_revenue_multiple_day
