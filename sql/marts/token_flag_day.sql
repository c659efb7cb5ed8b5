-- description: What to mind about a token on a day; nothing is dropped for a flag but prices that
-- are held. cap_unknown, stale, cap_mismatch (market cap not price times supply), supply_above_max:
-- of the crawl. supply_restatement (cap and close moved apart by over 15 %), repeated_value (close
-- and cap of the day before again), revised (a close changed later): of the closes. spike_held,
-- spike_confirmed: of both. One row per token, day and flag.
-- grain: coin_id, flag_date, flag
-- incremental: flag_date
-- reach: 1 day back
-- column value: What the flag rests on, as detail says: a ratio, but hours for stale and USD for
-- repeated_value; null: it is cap_unknown, or never updated.

with token_snapshot_day as (
    select
        coin_id,
        seen_date,
        price_usd,
        market_cap_usd,
        circulating_supply,
        max_supply,
        last_updated_at,
        age_hours,
        is_stale,
        cap_mismatch,
        base_usd,
        is_spike,
        is_held_spike
    from marts.token_snapshot_day
),

token_close_day as (
    select
        coin_id,
        price_date,
        source,
        close_usd,
        market_cap_usd,
        base_usd,
        is_spike,
        is_held
    from marts.token_close_day
),

chart_revision as (
    select coin_id, price_date, known_at, close_before_usd, close_usd
    from staging.coingecko__chart_revision
),

of_crawl as (
    select coin_id, seen_date as flag_date, 'cap_unknown' as flag, null as detail, null as value
    from token_snapshot_day
    where market_cap_usd is null
    union all
    select
        coin_id,
        seen_date,
        'stale',
        coalesce('updated ' || strftime(last_updated_at, '%Y-%m-%d %H:%M'), 'never updated'),
        age_hours
    from token_snapshot_day
    where is_stale
    union all
    select
        coin_id,
        seen_date,
        'cap_mismatch',
        'market cap over price times circulating supply',
        market_cap_usd / (price_usd * circulating_supply)
    from token_snapshot_day
    where cap_mismatch
    union all
    select
        coin_id,
        seen_date,
        'supply_above_max',
        'circulating over maximum supply',
        circulating_supply / max_supply
    from token_snapshot_day
    where circulating_supply > max_supply
    union all
    select
        coin_id,
        seen_date,
        case when is_held_spike then 'spike_held' else 'spike_confirmed' end,
        format('{:.6g} USD after {:.6g}, crawl', price_usd, base_usd),
        price_usd / base_usd
    from token_snapshot_day
    where is_spike
),

consecutive as (
    select
        today.*,
        today.close_usd = day_before.close_usd
        and today.market_cap_usd is not distinct from day_before.market_cap_usd as is_repeated,
        (today.market_cap_usd / day_before.market_cap_usd)
        / (today.close_usd / day_before.close_usd) as supply_ratio
    from token_close_day as today
    left join token_close_day as day_before
        on day_before.coin_id = today.coin_id
        and day_before.source = today.source
        and day_before.price_date = today.price_date - 1
        and not day_before.is_held
),

of_closes as (
    select
        coin_id,
        price_date as flag_date,
        source,
        'supply_restatement' as flag,
        'change of market cap over change of close, ' || source as detail,
        supply_ratio as value
    from consecutive
    where abs(supply_ratio - 1) > 0.15 and not is_held
    union all
    select
        coin_id,
        price_date,
        source,
        case when is_held then 'spike_held' else 'spike_confirmed' end,
        format('{:.6g} USD after {:.6g}, {}', close_usd, base_usd, source),
        close_usd / base_usd
    from token_close_day
    where is_spike
    union all
    select
        coin_id,
        price_date,
        source,
        'repeated_value',
        'close and market cap of the day before, ' || source,
        close_usd
    from consecutive
    where is_repeated
),

of_revisions as (
    select
        coin_id,
        price_date as flag_date,
        'revised' as flag,
        format(
            '{:.10g} USD until {}, then {:.10g}',
            close_before_usd,
            strftime(known_at, '%Y-%m-%d'),
            close_usd
        ) as detail,
        close_usd / close_before_usd as value
    from chart_revision
    qualify row_number() over (partition by coin_id, price_date order by known_at desc) = 1
),

of_all as (
    select *, 'coingecko' as source, true as is_of_crawl from of_crawl
    union all by name
    select *, false as is_of_crawl from of_closes
    union all by name
    select *, 'coingecko' as source, false as is_of_crawl from of_revisions
),

-- Of several sources the one that comes first, as for closes: coingecko, import, bundled.
token_flag_day as (
    select
        coin_id,
        flag_date,
        flag,
        source,
        detail,
        cast(value as double) as value
    from of_all
    qualify row_number() over (
        partition by coin_id, flag_date, flag
        order by source = 'bundled', source = 'import', is_of_crawl
    ) = 1
)

select * from token_flag_day
