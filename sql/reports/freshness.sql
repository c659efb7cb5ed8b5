-- description: How far the facts of each kind reach and how old they are at the report's date. One row per kind of fact, and for live figures of networks per network and who counts them.
-- grain: entity
with told (kind, what) as (
    values
    ('token_day', 'Daily closes of tokens'),
    ('token_month', 'Monthly snapshots of tokens'),
    ('token_snapshot_day', 'Live snapshots of tokens'),
    ('category_day', 'Vendor’s sums of categories'),
    ('global_day', 'Totals of the crypto market'),
    ('equity_day', 'Daily closes of shares'),
    ('equity_revenue_quarter', 'Quarterly revenue of companies'),
    ('fleet_quarter', 'Accelerators by owner'),
    ('fleet_total_quarter', 'Accelerators in all'),
    ('shipment_quarter', 'Accelerators shipped'),
    ('network_fact', 'Cited capacity of networks'),
    ('network_capacity_day', 'Live capacity of networks'),
    ('network_price_day', 'Prices on networks'),
    ('network_revenue_day', 'Revenue of networks')
),

-- An entity is a kind, and in brackets of whom.
fact as (
    select
        *,
        split_part(entity, ' (', 1) as kind,
        rtrim(split_part(entity, ' (', 2), ')') as subject
    from marts.source_freshness
    -- Live tables begin long after the edition: a report of its time does not know them.
    where age_days is not null
        or (
            entity not in ('token_day (CoinGecko)', 'token_snapshot_day', 'category_day', 'global_day')
            and entity not like 'network\_%(%' escape '\'
        )
)

select
    fact.entity,
    coalesce(told.what, fact.kind) as what,
    fact.subject,
    fact.first_date,
    fact.last_date,
    fact.age_days,
    fact.n_rows,
    fact.last_known_at::date as last_known_date
from fact
left join told using (kind)
order by what, subject
