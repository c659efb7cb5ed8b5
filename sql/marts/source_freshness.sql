-- description: How far the dated facts of each kind reach, and their age on the report's day. One
-- row per kind of fact.
-- grain: entity
-- column entity: Kind of fact, by the mart that it stands in; closes of CoinGecko apart from those
-- of files, live figures of networks by network.
-- column age_days: Days from the newest fact that is not after the report's day to that day; null:
-- there is none.
-- column n_rows: Facts.

with build as (
    select report_date from marts.build
),

-- Apart: between the edition and live closes lie days without any, and others have both.
token_day as (
    select 'token_day' as entity, price_date, known_at
    from marts.token_day_from_files
    where market_cap_usd is not null
    union all
    select 'token_day (CoinGecko)', price_date, known_at
    from marts.token_day
    where source = 'coingecko' and market_cap_usd is not null
),

token_month as (
    select price_date, known_at from marts.token_month
),

equity_day as (
    select price_date, known_at from marts.equity_day
),

-- Live figures of a network would hide how old the cited ones are.
network_fact as (
    select fact_date, known_at from marts.network_fact
),

equity_revenue_quarter as (
    select quarter_end, known_at from marts.equity_revenue_quarter
),

network_capacity_day as (
    select network_id, fact_date, known_at from marts.network_capacity_day where source <> 'bundled'
),

network_price_day as (
    select network_id, fact_date, known_at from marts.network_price_day
),

network_revenue_day as (
    select network_id, source, revenue_date, known_at from marts.network_revenue_day
),

fleet_total_quarter as (
    select quarter_end, known_at from marts.fleet_total_quarter
),

fleet_quarter as (
    select quarter_end, known_at from marts.fleet_quarter
),

shipment_quarter as (
    select quarter_end, known_at from marts.shipment_quarter
),

token_snapshot_day as (
    select seen_date, known_at from marts.token_snapshot_day
),

-- Sums of our own reach as far as what they are made of.
category_day as (
    select price_date, known_at from marts.category_day where vendor_total_usd is not null
),

global_day as (
    select seen_date, known_at from marts.global_day
),

fact as (
    select entity, 'price_date' as fact_column, price_date as fact_date, known_at
    from token_day
    union all
    select 'token_month', 'price_date', price_date, known_at from token_month
    union all
    select 'equity_day', 'price_date', price_date, known_at from equity_day
    union all
    select 'equity_revenue_quarter', 'quarter_end', quarter_end, known_at
    from equity_revenue_quarter
    union all
    select 'network_fact', 'fact_date', fact_date, known_at from network_fact
    union all
    select 'network_capacity_day (' || network_id || ')', 'fact_date', fact_date, known_at
    from network_capacity_day
    union all
    select 'network_price_day (' || network_id || ')', 'fact_date', fact_date, known_at
    from network_price_day
    union all
    select
        'network_revenue_day (' || network_id || ', ' || source || ')',
        'revenue_date',
        revenue_date,
        known_at
    from network_revenue_day
    union all
    select 'fleet_total_quarter', 'quarter_end', quarter_end, known_at from fleet_total_quarter
    union all
    select 'fleet_quarter', 'quarter_end', quarter_end, known_at from fleet_quarter
    union all
    select 'shipment_quarter', 'quarter_end', quarter_end, known_at from shipment_quarter
    union all
    select 'token_snapshot_day', 'seen_date', seen_date, known_at from token_snapshot_day
    union all
    select 'category_day', 'price_date', price_date, known_at from category_day
    union all
    select 'global_day', 'seen_date', seen_date, known_at from global_day
),

source_freshness as (
    select
        fact.entity,
        fact.fact_column,
        min(fact.fact_date) as first_date,
        max(fact.fact_date) as last_date,
        count(*) as n_rows,
        -- Age of the newest fact that a report of that day may use.
        build.report_date
        - max(fact.fact_date) filter (fact.fact_date <= build.report_date) as age_days,
        max(fact.known_at) as last_known_at
    from fact
    cross join build
    group by fact.entity, fact.fact_column, build.report_date
)

select * from source_freshness
