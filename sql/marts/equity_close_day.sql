-- description: Daily prices of shares from every file and source side by side, brought from their
-- own split basis to that of the report, and the one that counts (is_kept): of imported files the
-- one known last, then Stooq, then the edition. Where a file's basis is unknown its close stands in
-- stated_close_usd alone, and is joined with nothing. One row per ticker, day, source and file.
-- grain: ticker, price_date, source, payload_sha256
-- column source: stooq, import or bundled.
-- column basis: In shares of which day the file states its prices.
-- column is_kept: Whether the close counts on its day: one of all sources, none where no basis is
-- known.

with imported as (
    select
        ticker,
        price_date,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        adjusted_close_usd,
        volume_shares,
        vendor,
        basis,
        basis_date,
        basis_note,
        payload_sha256,
        known_at
    from staging.import__equity_daily
),

stooq as (
    select
        ticker,
        price_date,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        adjusted_close_usd,
        volume_shares,
        vendor,
        basis,
        basis_date,
        basis_note,
        payload_sha256,
        known_at
    from staging.stooq__equity_daily
),

bundled as (
    select ticker, price_date, close_usd, basis, basis_date, payload_sha256, known_at
    from staging.bundled__equity_close
),

-- All that are listed: a file of today is adjusted for splits that a report of then has not.
split as (
    select ticker, ex_date, ratio, complete_from from staging.bundled__equity_split
),

split_then as (
    select ticker, ex_date from marts.equity_split
),

payload as (
    select
        source,
        payload_sha256,
        max(dataset) as dataset,
        max(producer) as producer,
        max(retrieved_at) as retrieved_at
    from staging.capbrief__payload
    group by source, payload_sha256
),

stated as (
    select *, 'import' as source, 1 as place from imported
    union all by name
    select *, 'stooq' as source, 2 as place from stooq
    union all by name
    select
        *,
        'bundled' as source,
        3 as place,
        'closes of single days that two copies agree on' as basis_note
    from bundled
),

stated_day as (
    select distinct ticker, price_date, basis_date from stated
),

-- Shares on a basis for one of the day.
factor as (
    select
        stated_day.ticker,
        stated_day.price_date,
        stated_day.basis_date,
        coalesce(
            product(split.ratio) filter (
                split.ex_date > stated_day.price_date and split.ex_date <= stated_day.basis_date
            ),
            1
        ) as file_factor,
        coalesce(
            product(split.ratio) filter (
                split.ex_date > stated_day.price_date and split_then.ex_date is not null
            ),
            1
        ) as split_factor,
        count(*) filter (split.ex_date > stated_day.price_date) as n_splits_later,
        min(split.complete_from) as complete_from
    from stated_day
    left join split using (ticker)
    left join split_then
        on split_then.ticker = split.ticker and split_then.ex_date = split.ex_date
    group by stated_day.ticker, stated_day.price_date, stated_day.basis_date
),

judged as (
    select
        stated.*,
        factor.file_factor,
        factor.split_factor,
        factor.n_splits_later,
        coalesce(stated.price_date >= factor.complete_from, false) as is_complete,
        -- Prices as traded can be brought to another basis where all splits since are listed.
        stated.basis <> 'unknown'
        and (
            stated.basis_date is not null
            or coalesce(stated.price_date >= factor.complete_from, false)
        ) as has_basis,
        coalesce(
            stated.volume_shares = 0
            and stated.open_usd = stated.close_usd
            and stated.high_usd = stated.close_usd
            and stated.low_usd = stated.close_usd,
            false
        ) as is_no_trade,
        payload.dataset,
        coalesce(stated.vendor, payload.producer) as publisher,
        payload.retrieved_at
    from stated
    inner join factor
        on factor.ticker = stated.ticker
        and factor.price_date = stated.price_date
        and factor.basis_date is not distinct from stated.basis_date
    left join payload
        on payload.source = stated.source and payload.payload_sha256 = stated.payload_sha256
),

equity_close_day as (
    select
        ticker,
        price_date,
        source,
        dataset,
        payload_sha256,
        basis,
        basis_date,
        basis_note,
        close_usd as stated_close_usd,
        case when has_basis then open_usd * (file_factor / split_factor) end as open_usd,
        case when has_basis then high_usd * (file_factor / split_factor) end as high_usd,
        case when has_basis then low_usd * (file_factor / split_factor) end as low_usd,
        case when has_basis then close_usd * (file_factor / split_factor) end as close_usd,
        case when has_basis and is_complete then close_usd * file_factor end
            as close_as_traded_usd,
        -- What is adjusted for dividends is adjusted for splits too: beside closes as traded it is
        -- on another basis, unless there was no split since.
        case
            when has_basis and (basis_date is not null or n_splits_later = 0)
                then adjusted_close_usd * (file_factor / split_factor)
        end as adjusted_close_usd,
        case when is_complete then split_factor end as split_factor,
        case when has_basis then volume_shares * (split_factor / file_factor) end
            as volume_shares,
        is_no_trade,
        has_basis and row_number() over (
            partition by ticker, price_date
            order by
                has_basis desc,
                is_no_trade,
                place,
                known_at desc,
                retrieved_at desc nulls last,
                payload_sha256
        ) = 1 as is_kept,
        publisher as vendor,
        known_at
    from judged
)

select * from equity_close_day
