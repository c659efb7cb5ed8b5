-- description: What is missing, held or was refused, by what it concerns. One row per gap and first day.
-- grain: gap, first_date
with build as (select report_date from marts.build),

unknown_cap as (
    select
        token.name,
        min(token_day.price_date) as first_date,
        max(token_day.price_date) as last_date,
        count(*) as n
    from marts.token_day_from_files as token_day
    inner join marts.universe_day using (coin_id, price_date)
    inner join marts.token using (coin_id)
    where universe_day.universe_id = 'compute-daily' and token_day.market_cap_usd is null
        and token_day.price_date <= (select report_date from build)
    group by token.name
),

daily as (
    select
        price_date,
        lag(price_date) over (order by price_date) as date_before
    from marts.category_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from build)
),

late as (
    select max(price_date) as last_date from daily
),

held as (
    select category_id, min(seen_date) as first_date, max(seen_date) as last_date, count(*) as n
    from marts.membership_day
    where status = 'held' and seen_date <= (select report_date from build)
    group by category_id
),

told (flag, what, treatment) as (
    values
    ('cap_unknown', 'market cap unknown', 'left out of sums, not counted as zero'),
    (
        'stale',
        'not updated for longer than a universe allows',
        'left out of the universes that do not allow it'
    ),
    ('cap_mismatch', 'market cap over 2 % off price times supply', 'counted as the source gives it'),
    ('supply_above_max', 'circulating supply above its maximum', 'counted as the source gives it'),
    (
        'supply_restatement',
        'market cap and close moved apart by over 15 %',
        'counted as the source gives them'
    ),
    (
        'spike_held',
        'price over 1,000 times or under 1/1,000 of the one before',
        'held: counts nowhere until the next price confirms it'
    ),
    (
        'spike_confirmed',
        'price over 1,000 times or under 1/1,000 of the one before, confirmed by the next',
        'counted'
    ),
    ('repeated_value', 'close and market cap of the day before again', 'counted as the source gives them'),
    ('revised', 'close changed by the source later', 'the later close counts')
),

-- Of live and imported data: the edition was looked through before it was bundled.
flagged as (
    select
        flag,
        min(flag_date) as first_date,
        max(flag_date) as last_date,
        count(*) as n
    from marts.token_flag_day
    where source <> 'bundled' and flag_date <= (select report_date from build)
    group by flag
)

select
    'Market cap of ' || name || ' unknown' as gap,
    first_date,
    last_date,
    n,
    'left out of the sum, not counted as zero' as treatment
from unknown_cap
union all
select
    'Daily token series end before the report''s date',
    late.last_date + 1,
    build.report_date,
    build.report_date - late.last_date,
    'drawn to their end; nothing is carried forward'
from late
cross join build
where late.last_date < build.report_date
union all
select
    'Daily token series have no such days',
    date_before + 1,
    price_date - 1,
    price_date - date_before - 1,
    'drawn as a gap; nothing is carried over it'
from daily
where price_date > date_before + 1
union all
-- Data sets that miss the same days for one reason stand together.
select
    'Missing at ' || source || ': '
    || case
        when count(*) = 1 then min(dataset)
        else count(*) || ' data sets ('
            || string_agg(
                distinct split_part(dataset, '/', 1), ', ' order by split_part(dataset, '/', 1)
            )
            || ')'
    end,
    first_date,
    last_date,
    any_value(n_days),
    reason
from marts.gap
where first_date <= (select report_date from build)
group by source, first_date, last_date, reason
union all
-- Data sets of one source stand together, with what was said of the first.
select
    'Stale at ' || source || ': '
    || case
        when count(*) <= 3 then string_agg(dataset, ', ' order by dataset)
        else count(*) || ' data sets'
    end,
    cast(coalesce(max(last_good_at), min(began_at)) as date),
    null,
    null,
    'what was had before stays in use; ' || min_by(reason, dataset)
from marts.outage
where is_open and began_at::date <= (select report_date from build)
group by source
union all
select
    'Members of ' || category_id || ' held: too many changed at once',
    first_date,
    last_date,
    n,
    'the members accepted before go on counting'
from held
union all
select
    'Flagged: ' || coalesce(told.what, flagged.flag),
    flagged.first_date,
    flagged.last_date,
    flagged.n,
    coalesce(told.treatment, 'flagged only')
from flagged
left join told using (flag)
union all
select
    'Rows refused when loading: ' || entity || ', ' || reason,
    null,
    null,
    count(*),
    'kept apart with the reason'
from marts.quarantine
where source = 'bundled'
group by entity, reason
union all
-- Reasons of live rows name their values; there can be as many as rows.
select
    'Rows refused when loading: ' || source || ' ' || entity,
    null,
    null,
    count(*),
    'kept apart with the reason'
from marts.quarantine
where source <> 'bundled'
group by source, entity
order by 1, 2
