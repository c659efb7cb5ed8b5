-- description: Closes over 1,000 times or under 1/1,000 of the one before (base_usd): the last that
-- was none, of the 14 days before. is_held: the next close, of the 14 days after, is not within a
-- factor of 10 of it, so that it counts nowhere. One row per token, day and source.
-- grain: coin_id, price_date, source
-- incremental: price_date
-- reach: 28 days back, 14 days ahead
-- column is_held: Whether the next close has not confirmed the spike, so that it counts nowhere.

with chart as (
    select coin_id, price_date, close_usd from staging.coingecko__chart
),

imported as (
    select coin_id, price_date, close_usd from staging.import__token_daily
),

bundled as (
    select coin_id, price_date, close_usd from staging.bundled__token_daily
),

close_of_source as (
    select *, 'coingecko' as source from chart
    union all
    select *, 'import' from imported
    union all
    select *, 'bundled' from bundled
),

-- Only series with closes that far apart can have a spike: few are to be looked at.
far_apart as (
    select coin_id, source
    from close_of_source
    group by coin_id, source
    having max(close_usd) > 999 * min(close_usd)
),

with_neighbours as (
    select
        close_of_source.*,
        case
            when lag(price_date) over series >= price_date - 14 then lag(close_usd) over series
        end as close_before_usd,
        coalesce(
            lead(price_date) over series <= price_date + 14
            and lead(close_usd) over series / close_usd between 0.1 and 10,
            false
        ) as is_followed
    from close_of_source
    inner join far_apart using (coin_id, source)
    window series as (partition by coin_id, source order by price_date)
),

-- What is no spike against its neighbours is what the others are measured by: else the return
-- from a spike would be one, too.
with_base as (
    select
        *,
        last_value(
            case
                when
                    is_followed
                    or coalesce(close_usd / close_before_usd between 1e-3 and 1e3, true)
                    then close_usd
            end
            ignore nulls
        ) over (
            partition by coin_id, source
            order by price_date
            range between interval 14 days preceding and interval 1 day preceding
        ) as base_usd
    from with_neighbours
),

token_close_spike_day as (
    select
        coin_id,
        price_date,
        source,
        close_usd,
        base_usd,
        not is_followed as is_held
    from with_base
    where close_usd / base_usd not between 1e-3 and 1e3
)

select * from token_close_spike_day
