-- description: Daily prices of shares on one basis, split-adjusted to the newest split up to the
-- report's day, and the close as it was traded beside it. There are rows of trading days alone, and
-- no change is computed over a day that is missing or without trade. One row per ticker and day.
-- grain: ticker, price_date
-- column source: stooq, import or bundled.
-- column basis: In shares of which day close_usd is stated.
-- column close_known_at: When the first source had the close, or one within 1 % of it; the rest of
-- the row is of the source that counts.

with equity_close_day as (
    select
        ticker,
        price_date,
        source,
        dataset,
        payload_sha256,
        basis,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        close_as_traded_usd,
        adjusted_close_usd,
        split_factor,
        volume_shares,
        is_no_trade,
        is_kept,
        vendor,
        known_at
    from marts.equity_close_day
),

split_then as (
    select ticker, ex_date from marts.equity_split
),

later_split as (
    select listed.ticker, listed.ex_date, listed.ratio
    from staging.bundled__equity_split as listed
    anti join split_then using (ticker, ex_date)
),

equity_split as (
    select ticker, max(ex_date) as ex_date from split_then group by ticker
),

kept as (
    select * from equity_close_day where is_kept
),

first_known as (
    select kept.ticker, kept.price_date, min(other.known_at) as known_at
    from kept
    inner join equity_close_day as other
        on other.ticker = kept.ticker
        and other.price_date = kept.price_date
        and abs(other.close_usd / kept.close_usd - 1) <= 0.01
    group by kept.ticker, kept.price_date
),

with_previous as (
    select
        ticker,
        price_date,
        close_usd,
        lag(price_date) over series as previous_date,
        lag(close_usd) over series as previous_close_usd
    from kept
    where not is_no_trade
    window series as (partition by ticker order by price_date)
),

-- A split after the report's day is not in the basis, and is no fall of the price all the same.
traded as (
    select
        with_previous.ticker,
        with_previous.price_date,
        with_previous.price_date - with_previous.previous_date as days_since_previous,
        with_previous.close_usd
        / with_previous.previous_close_usd
        * coalesce(product(later_split.ratio), 1)
        - 1 as change_since_previous
    from with_previous
    left join later_split
        on later_split.ticker = with_previous.ticker
        and later_split.ex_date > with_previous.previous_date
        and later_split.ex_date <= with_previous.price_date
    group by
        with_previous.ticker,
        with_previous.price_date,
        with_previous.previous_date,
        with_previous.close_usd,
        with_previous.previous_close_usd
),

equity_day as (
    select
        kept.ticker,
        kept.price_date,
        kept.open_usd,
        kept.high_usd,
        kept.low_usd,
        kept.close_usd,
        kept.close_as_traded_usd,
        kept.adjusted_close_usd,
        kept.split_factor,
        kept.volume_shares,
        -- The longest pause of the exchanges since 1990 was that of September 2001.
        case when traded.days_since_previous <= 7 then traded.change_since_previous end
            as change_trading_day,
        traded.days_since_previous,
        kept.is_no_trade,
        case
            when equity_split.ex_date is null then kept.basis
            else 'split-adjusted through ' || equity_split.ex_date
        end as basis,
        kept.source,
        kept.dataset,
        kept.payload_sha256,
        kept.vendor,
        first_known.known_at as close_known_at,
        kept.known_at
    from kept
    inner join first_known using (ticker, price_date)
    left join traded using (ticker, price_date)
    left join equity_split using (ticker)
)

select * from equity_day
