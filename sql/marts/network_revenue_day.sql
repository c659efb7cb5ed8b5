-- description: What users paid on decentralised networks in a day, by whoever counts it; the counts
-- leave out different things and are not to be added up. One row per network, day and source.
-- grain: network_id, revenue_date, source
-- column revenue_date: Day in which it was paid, a complete UTC day.
-- column source: Who counts, by the name of capbrief's source: the network itself, or defillama.
-- column revenue_usd: What users paid.
-- column is_spike: Whether it is over 50 times the median of the 30 figures before, and more likely
-- a fault of the count; null: there are none, or they are mostly 0.
-- column misses: What the count leaves out or rests on; null: nothing that is known.

with graph_day as (
    select graph_date, value, known_at from staging.akash__graph_day where series = 'dailyUUsdSpent'
),

fee_day as (
    select slug, fee_date, fees_usd, known_at from staging.defillama__fee_day
),

followed as (
    select *
    from (
        values
            (
                'akash-network',
                'akash',
                'adds what is paid in AKT and USDC, and misses what is paid in ACT'
            ),
            (
                'render-network',
                'render',
                'made from burns on Solana divided by 0.95, not from what was paid'
            ),
            ('aethir', 'aethir', 'service fees on chain only')
    ) as known (slug, network_id, misses)
),

told as (
    select
        'akash' as network_id,
        graph_date as revenue_date,
        'akash' as source,
        -- The console counts in millionths of a dollar.
        value / 1e6 as revenue_usd,
        cast(null as varchar) as misses,
        known_at
    from graph_day
    union all
    select
        followed.network_id,
        fee_day.fee_date,
        'defillama',
        fee_day.fees_usd,
        followed.misses,
        fee_day.known_at
    from fee_day
    inner join followed using (slug)
),

network_revenue_day as (
    select
        network_id,
        revenue_date,
        source,
        revenue_usd,
        -- A running total that was unknown for a day comes back as the spending of that day.
        revenue_usd > 50 * nullif(
            median(revenue_usd) over (
                partition by network_id, source
                order by revenue_date
                rows between 30 preceding and 1 preceding
            ),
            0
        ) as is_spike,
        misses,
        known_at
    from told
)

select * from network_revenue_day
