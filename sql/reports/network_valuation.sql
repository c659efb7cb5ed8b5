-- description: Market caps of networks' tokens over their capacity, claimed and verified apart, up to the report's date. One row per network, day and source.
-- grain: network, fact_date, source
select
    upper(network_id[1]) || network_id[2:] as network,
    fact_date,
    source,
    kind,
    market_cap_usd,
    cap_date,
    claimed_h100e_low,
    claimed_h100e_high,
    claimed_usd_per_h100e_low,
    claimed_usd_per_h100e_high,
    verified_h100e_low,
    verified_h100e_high,
    verified_usd_per_h100e_low,
    verified_usd_per_h100e_high
from estimates.network_valuation_day
where basis = 'bf16_dense' and fact_date <= (select report_date from marts.build)
-- Of a source that counts every day the newest day.
qualify source = 'bundled' or row_number() over (
    partition by network_id, source
    order by fact_date desc
) = 1
order by network_id desc, fact_date, source
