-- description: What tokens and universes are compared with: bitcoin, ether, the coins that the
-- universes' rules name, and Nvidia's share. Figures of returns are given from two thirds of the
-- days of their window up, of a share of its trading days. A benchmark stands here whether or not
-- its prices are known. One row per benchmark.
-- grain: benchmark_id
-- column benchmark_id: Id of the coin, or ticker of the share.
-- column kind: coin: it has a close every day; share: on trading days.
-- column least_returns_30d: Fewest common returns within 30 days that figures are made of.
-- column least_returns_90d: Fewest common returns within 90 days that figures are made of.

with rule as (
    select coin_id from staging.universe__benchmark
),

named as (
    select 'bitcoin' as benchmark_id, 'coin' as kind
    union
    select 'ethereum', 'coin'
    union
    select coin_id, 'coin' from rule
    union
    select 'NVDA', 'share'
),

benchmark as (
    select
        benchmark_id,
        kind,
        -- 90 days have 62 trading days, 30 have 21.
        case kind when 'coin' then 20 when 'share' then 14 end as least_returns_30d,
        case kind when 'coin' then 60 when 'share' then 42 end as least_returns_90d
    from named
)

select * from benchmark
