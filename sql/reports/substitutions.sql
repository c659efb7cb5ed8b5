-- description: Figures that stand in for others within the 30 days up to the report's date: carried prices and weights, weights by supply, and sources in place of the one that comes first. One row per kind and what it concerns.
-- grain: what, subject
with token as (
    select universe_id, price_date, coin_id, price_usd, market_cap_usd, weight_usd,
        is_carried, is_price_carried
    from marts.universe_token_day
    where is_member
        and price_date <= (select report_date from marts.build)
        and price_date > (select report_date from marts.build) - 30
)

select
    'A price of up to seven days before' as what,
    universe_id as subject,
    min(price_date) as first_date,
    max(price_date) as last_date,
    count(*) as n,
    'weighs in the index, counts in no sum' as effect
from token
where is_price_carried
group by universe_id
union all
select
    'A market cap of up to seven days before',
    universe_id,
    min(price_date),
    max(price_date),
    count(*),
    'weighs in the index, counts in no sum'
from token
where is_carried and not is_price_carried
group by universe_id
union all
select
    'A weight of price times supply',
    universe_id,
    min(price_date),
    max(price_date),
    count(*),
    'weighs in the index; the sum has the market cap as given'
from token
where not is_carried and market_cap_usd is not null and weight_usd <> market_cap_usd
group by universe_id
union all
select
    'Rental prices of a catalogue that comes second',
    gpu_key,
    min(offer_date),
    max(offer_date),
    sum(n_fallbacks)::bigint,
    'count as any other'
from marts.gpu_price_day
where n_fallbacks > 0
    and offer_date <= (select report_date from marts.build)
    and offer_date > (select report_date from marts.build) - 30
group by gpu_key
union all
select
    'Figures of accelerators that no vendor-checked table has',
    source,
    null,
    null,
    count(*),
    'count where nothing better is known'
from marts.gpu_spec_cell
where is_winner and source <> 'bundled'
group by source
order by what, subject
