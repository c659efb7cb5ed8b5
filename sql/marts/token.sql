-- description: Tokens that the warehouse has prices of. One row per token.
-- grain: coin_id

with token_daily as (
    select coin_id, symbol, price_date from staging.bundled__token_daily
),

token_monthly as (
    select coin_id, symbol, name, price_date from staging.bundled__token_monthly
),

named as (
    select coin_id, symbol, null as name, price_date from token_daily
    union all
    select coin_id, symbol, name, price_date from token_monthly
),

token as (
    select
        coin_id,
        arg_max(symbol, price_date) as symbol,
        -- Only the snapshots carry names; a token without one goes by its symbol.
        coalesce(arg_max(name, price_date), arg_max(symbol, price_date)) as name,
        -- The yardsticks that AI tokens are compared with.
        coin_id in ('bitcoin', 'ethereum') as is_benchmark,
        min(price_date) as first_price_date,
        max(price_date) as last_price_date
    from named
    group by coin_id
)

select * from token
