-- description: Days of a data set that could not be had and cannot be had any more (last_date and
-- n_days null: from then on); days of a chart that came later after all are taken out. One row per
-- source, data set and first day.
-- grain: source, dataset, first_date

with noted as (
    select source, dataset, first_date, last_date, reason, known_at from staging.capbrief__gap
),

chart as (
    select 'market_chart/' || coin_id as dataset, price_date, known_at
    from staging.coingecko__chart
),

-- A coin that is gone for good comes back with its next closes.
back as (
    select noted.dataset, noted.first_date, min(chart.price_date) as back_date
    from noted
    inner join chart
        on chart.dataset = noted.dataset
        and chart.price_date >= noted.first_date
        and chart.known_at > noted.known_at
    where noted.source = 'coingecko' and noted.last_date is null
    group by noted.dataset, noted.first_date
),

ended as (
    select
        noted.source,
        noted.dataset,
        noted.first_date,
        coalesce(noted.last_date, back.back_date - 1) as last_date,
        noted.reason,
        noted.known_at
    from noted
    left join back
        on back.dataset = noted.dataset
        and back.first_date = noted.first_date
        and noted.source = 'coingecko'
),

open_gap as (
    select *
    from ended
    where last_date is null
    qualify row_number() over (partition by source, dataset order by first_date) = 1
),

gap_day as (
    select
        source,
        dataset,
        cast(unnest(generate_series(first_date, last_date, interval 1 day)) as date) as gap_date,
        reason,
        known_at
    from ended
    where last_date is not null
),

-- Gaps that overlap are one: of a day the reason that was noted first.
missing_day as (
    select gap_day.*
    from gap_day
    left join open_gap using (source, dataset)
    anti join chart
        on gap_day.source = 'coingecko'
        and chart.dataset = gap_day.dataset
        and chart.price_date = gap_day.gap_date
    where open_gap.first_date is null or gap_day.gap_date < open_gap.first_date
    qualify row_number() over (
        partition by gap_day.source, gap_day.dataset, gap_day.gap_date
        order by gap_day.known_at, gap_day.reason
    ) = 1
),

-- Days in a row have the same distance from their number.
in_row as (
    select
        *,
        gap_date - cast(
            row_number() over (partition by source, dataset, reason order by gap_date) as integer
        ) as run_id
    from missing_day
),

gap as (
    select
        source,
        dataset,
        min(gap_date) as first_date,
        max(gap_date) as last_date,
        count(*) as n_days,
        reason,
        min(known_at) as known_at
    from in_row
    group by source, dataset, reason, run_id
    union all
    select source, dataset, first_date, null, null, reason, known_at from open_gap
)

select * from gap
