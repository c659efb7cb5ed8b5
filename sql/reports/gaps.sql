-- description: What is missing, held or was refused, and what was done about it. One row per gap, what it concerns and first day.
-- grain: gap, subject, first_date, reason
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
    ('cap_unknown', 'Market cap unknown', 'left out of sums, not counted as zero'),
    (
        'stale',
        'Not updated for longer than a universe allows',
        'left out of the universes that do not allow it'
    ),
    ('cap_mismatch', 'Market cap over 2 % off price times supply', 'counted as the source gives it'),
    ('supply_above_max', 'Circulating supply above its maximum', 'counted as the source gives it'),
    (
        'supply_restatement',
        'Market cap and close moved apart by over 15 %',
        'counted as the source gives them'
    ),
    (
        'spike_held',
        'Price over 1,000 times or under 1/1,000 of the one before',
        'held: counts nowhere until the next price confirms it'
    ),
    (
        'spike_confirmed',
        'Price over 1,000 times or under 1/1,000 of the one before, confirmed by the next',
        'counted'
    ),
    ('repeated_value', 'Close and market cap of the day before again', 'counted as the source gives them'),
    ('revised', 'Close changed by the source later', 'the later close counts')
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
    'Market cap unknown' as gap,
    name as subject,
    first_date,
    last_date,
    n,
    'left out of the sum, not counted as zero' as treatment,
    '' as reason
from unknown_cap
union all
select
    'Daily token series end before the report’s date',
    '',
    late.last_date + 1,
    build.report_date,
    build.report_date - late.last_date,
    'drawn to their end; nothing is carried forward',
    ''
from late
cross join build
where late.last_date < build.report_date
union all
select
    'Daily token series have no such days',
    '',
    date_before + 1,
    price_date - 1,
    price_date - date_before - 1,
    'drawn as a gap; nothing is carried over it',
    ''
from daily
where price_date > date_before + 1
union all
-- Data sets that miss the same days for one reason stand together, by the kinds they are of.
select
    'Days that the source no longer gives',
    source || ': ' || case
        when count(*) = 1 then min(dataset)
        else string_agg(
            distinct split_part(dataset, '/', 1), ', ' order by split_part(dataset, '/', 1)
        )
    end,
    first_date,
    last_date,
    any_value(n_days),
    'left out; nothing is carried over it',
    reason
from marts.gap
where first_date <= (select report_date from build)
group by source, first_date, last_date, reason
union all
-- Members of a category that changed by too much.
select
    'Members held: too many changed at once',
    category_id,
    first_date,
    last_date,
    n,
    'the members accepted before go on counting',
    ''
from held
union all
select
    coalesce(told.what, 'Flagged by a rule of your own'),
    case when told.flag is null then flagged.flag else '' end,
    flagged.first_date,
    flagged.last_date,
    flagged.n,
    coalesce(told.treatment, 'flagged only'),
    ''
from flagged
left join told using (flag)
order by gap, subject, first_date, reason
