-- description: Revenue of companies by quarter of their own fiscal year (13 or 14 weeks), as filed
-- with the SEC: of several reports of a quarter the newest. A quarter that no report states alone
-- (the fourth) is the difference of two sums with the same start, and marked so. One row per ticker
-- and quarter.
-- grain: ticker, quarter_end
-- column n_days: Days of the quarter: 91 for 13 weeks, 98 for 14.

with fact as (
    select
        ticker,
        tag,
        period_start,
        period_end,
        revenue_usd,
        accession,
        form,
        filed_date,
        known_at
    from staging.sec__fact
),

newest as (
    select
        *,
        min(revenue_usd) over period <> max(revenue_usd) over period as is_restated
    from fact
    window period as (partition by ticker, tag, period_start, period_end)
    qualify row_number() over (
        partition by ticker, tag, period_start, period_end
        order by filed_date desc, accession desc
    ) = 1
),

stated as (
    select
        ticker,
        period_start as quarter_start,
        period_end as quarter_end,
        revenue_usd,
        false as is_derived,
        is_restated,
        tag,
        filed_date,
        form,
        accession,
        known_at
    from newest
),

-- A year less its nine months, and likewise nine months less the half and the half less a quarter.
derived as (
    select
        longer.ticker,
        shorter.period_end + 1 as quarter_start,
        longer.period_end as quarter_end,
        longer.revenue_usd - shorter.revenue_usd as revenue_usd,
        true as is_derived,
        longer.is_restated or shorter.is_restated as is_restated,
        longer.tag,
        greatest(longer.filed_date, shorter.filed_date) as filed_date,
        longer.form,
        longer.accession,
        greatest(longer.known_at, shorter.known_at) as known_at
    from newest as longer
    inner join newest as shorter
        on shorter.ticker = longer.ticker
        and shorter.tag = longer.tag
        and shorter.period_start = longer.period_start
        and shorter.period_end < longer.period_end
),

quarter as (
    select *, quarter_end - quarter_start + 1 as n_days from stated
    union all
    select *, quarter_end - quarter_start + 1 from derived
),

one_an_end as (
    select
        ticker,
        quarter_start,
        quarter_end,
        n_days,
        revenue_usd,
        is_derived,
        is_restated,
        tag,
        filed_date,
        form,
        accession,
        known_at
    from quarter
    -- Sums of different restatements can leave less than nothing.
    where n_days between 84 and 100 and (not is_derived or revenue_usd >= 0)
    qualify row_number() over (
        partition by ticker, quarter_end
        order by
            is_derived,
            filed_date desc,
            list_position(
                [
                    'Revenues',
                    'RevenueFromContractWithCustomerExcludingAssessedTax',
                    'SalesRevenueNet'
                ],
                tag
            ),
            quarter_start desc
    ) = 1
),

-- Filings date a quarter a day off now and then: of two that overlap the one stated by itself
-- counts, then the one filed later.
equity_revenue_quarter as (
    select *
    from one_an_end as one
    where not exists (
        select 1
        from one_an_end as other
        where
            other.ticker = one.ticker
            and other.quarter_end <> one.quarter_end
            and other.quarter_start <= one.quarter_end
            and other.quarter_end >= one.quarter_start
            and (
                (not other.is_derived)::integer, other.filed_date, other.quarter_end
            ) > ((not one.is_derived)::integer, one.filed_date, one.quarter_end)
    )
)

select * from equity_revenue_quarter
