-- description: Risk of a universe by day, of its index weighted by market cap. Volatility: sample
-- standard deviation of daily log returns × √365 within the 30 and 90 days up to the day, from 20
-- and 60 returns up. Returns are those from one calendar day to the next: none across a gap, nor
-- from one chain of the index to another (base_date), so that an index of months has none.
-- Drawdown: from the highest level of the chain within 365 days, of the days that have one (0: the
-- day is the highest; null: it is the only one). One row per universe and day.
-- grain: universe_id, price_date
-- column days_under_water: Days since that highest level, the last day at that height.

with sector_index_day as (
    select
        universe_id,
        price_date,
        index_cap_weighted,
        base_date,
        days_since_before,
        known_at
    from marts.sector_index_day
),

-- Whole numbers of 1e-15, so that the order of addition does not show.
returned as (
    select
        today.*,
        case
            when today.days_since_before = 1
                then
                    cast(
                        ln(today.index_cap_weighted / day_before.index_cap_weighted)
                        * 1e15 as hugeint
                    )
        end as moved
    from sector_index_day as today
    left join sector_index_day as day_before
        on day_before.universe_id = today.universe_id
        and day_before.base_date = today.base_date
        and day_before.price_date = today.price_date - 1
),

rolled as (
    select
        *,
        count(moved) over last_30 as n_30d,
        sum(moved) over last_30 as sum_30d,
        sum(moved * moved) over last_30 as squares_30d,
        count(moved) over last_90 as n_90d,
        sum(moved) over last_90 as sum_90d,
        sum(moved * moved) over last_90 as squares_90d,
        count(*) over last_365 as n_levels,
        max(index_cap_weighted) over last_365 as peak_level
    from returned
    window
        last_30 as (
            partition by universe_id
            order by price_date
            range between interval 29 days preceding and current row
        ),
        last_90 as (
            partition by universe_id
            order by price_date
            range between interval 89 days preceding and current row
        ),
        last_365 as (
            partition by universe_id, base_date
            order by price_date
            range between interval 364 days preceding and current row
        )
),

peak as (
    select rolled.universe_id, rolled.price_date, max(sector_index_day.price_date) as peak_date
    from rolled
    inner join sector_index_day
        on sector_index_day.universe_id = rolled.universe_id
        and sector_index_day.base_date = rolled.base_date
        and sector_index_day.index_cap_weighted = rolled.peak_level
        and sector_index_day.price_date <= rolled.price_date
    group by rolled.universe_id, rolled.price_date
),

sector_risk_day as (
    select
        universe_id,
        price_date,
        case
            when n_30d >= 20
                then
                    sqrt(
                        (n_30d * squares_30d - sum_30d * sum_30d) / (n_30d * (n_30d - 1)) * 365
                    ) / 1e15
        end as volatility_30d,
        n_30d as n_returns_30d,
        case
            when n_90d >= 60
                then
                    sqrt(
                        (n_90d * squares_90d - sum_90d * sum_90d) / (n_90d * (n_90d - 1)) * 365
                    ) / 1e15
        end as volatility_90d,
        n_90d as n_returns_90d,
        case when n_levels > 1 then index_cap_weighted / peak_level - 1 end as drawdown_365d,
        case when n_levels > 1 then price_date - peak.peak_date end as days_under_water,
        n_levels as n_levels_365d,
        known_at
    from rolled
    inner join peak using (universe_id, price_date)
)

select * from sector_risk_day
