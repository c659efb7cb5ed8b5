-- A small published warehouse for the tests of the report. Every name and figure is invented,
-- but for the ids that the queries of the report ask for.
create schema marts;
create schema estimates;

create table marts.build as
select date '2024-04-03' as report_date, null::timestamp as as_of, 'small' as edition_id,
    'A small invented edition' as edition_title, date '2024-04-03' as edition_date,
    'Every figure is invented.' as edition_description;

create table marts.run as
select 'run-1' as run_id, timestamp '2024-04-03 06:00' as started_at, '9.9.9' as version,
    null::varchar as settings;

create table marts.event as
select * from (
    values
    ('sora-demo', date '2024-02-15', timestamp '2024-02-15 18:14', 'The demo', 'invented'),
    ('results', date '2024-02-21', null, 'Results of a <b>maker</b>', 'invented'),
    ('long-ago', date '2022-11-30', null, 'A launch', 'invented')
) as event (event_id, event_date, announced_at, title, source);

create table marts.token (coin_id varchar, symbol varchar, name varchar);
insert into marts.token values
    ('alpha', 'ALP', 'Alpha'),
    ('beta', 'BET', 'Beta & <b>Sons</b>'),
    ('gamma', 'GAM', 'Gamma'),
    ('bitcoin', 'BTC', 'Bitcoin'),
    ('ethereum', 'ETH', 'Ethereum');

-- Closes rise by a fixed share a day after the demo, so that changes are known in closed form:
-- alpha 2 %, beta 1 %, gamma 0 %, bitcoin 0.5 %, ethereum -0.5 % a day.
create table marts.token_day_from_files as
with day as (
    select unnest(generate_series(date '2023-12-01', date '2024-03-26', interval 1 day))::date
        as price_date
),

rate (coin_id, close_at_base, units, daily) as (
    values
    ('alpha', 10.0, 4e8, 1.02), ('beta', 1.0, 3e9, 1.01), ('gamma', 100.0, 2e7, 1.0),
    ('bitcoin', 50000.0, null, 1.005), ('ethereum', 3000.0, null, 0.995)
),

close as (
    select rate.*, day.price_date,
        close_at_base * power(daily, greatest(price_date - date '2024-02-14', 0)) as close_usd
    from day cross join rate
)

select
    close.coin_id, token.symbol, token.name, close.price_date, close.close_usd,
    case when close.coin_id = 'gamma' and close.price_date < date '2023-12-08' then null
        else close.close_usd * close.units end as market_cap_usd,
    close.close_usd * close.units / 10 as volume_usd,
    close.close_usd / week.close_usd - 1 as change_7d,
    close.close_usd / month.close_usd - 1 as change_30d
from close
inner join marts.token using (coin_id)
left join close as week
    on week.coin_id = close.coin_id and week.price_date = close.price_date - 7
left join close as month
    on month.coin_id = close.coin_id and month.price_date = close.price_date - 30;

create table marts.universe_day as
select 'compute-daily' as universe_id, price_date, coin_id
from marts.token_day_from_files
where coin_id in ('alpha', 'beta', 'gamma')
union all
select 'ai-17', day, coin_id
from (values (date '2024-03-01'), (date '2024-04-01')) as month (day)
cross join (values ('alpha'), ('beta')) as member (coin_id);

create table marts.category_day as
select 'compute-daily' as universe_id, price_date,
    sum(market_cap_usd)::decimal(38, 2) as member_sum_usd,
    count(*) as n_members, count(market_cap_usd) as n_priced, timestamp '2024-03-27' as known_at
from marts.token_day_from_files
where coin_id in ('alpha', 'beta', 'gamma')
group by price_date;

-- Nine tenths of what the sum gains is by price, the rest by supply.
create table marts.sector_change_day as
with step as (
    select *, member_sum_usd - lag(member_sum_usd) over (order by price_date) as change_usd
    from marts.category_day
)

select universe_id, price_date, change_usd, change_usd * 0.9 as price_effect_usd,
    change_usd * 0.1 as supply_effect_usd, 0 as entries_usd, 0 as exits_usd, 0 as unsplit_usd
from step
where change_usd is not null;

-- 1 % a day from the demo on, weighted equally 2 %, and with the limit 1.5 %.
create table marts.sector_index_day as
with day as (
    select *, greatest(price_date - date '2024-02-14', 0) as n from marts.category_day
)

select universe_id, price_date, 100 * power(1.01, n) as index_cap_weighted,
    100 * power(1.015, n) as index_limited_cap_weighted,
    100 * power(1.02, n) as index_equal_weighted, date '2023-12-01' as base_date
from day;

create table marts.sector_breadth_day as
with member as (
    select price_date, coin_id, market_cap_usd / sum(market_cap_usd) over (partition by price_date)
        as share
    from marts.token_day_from_files
    where coin_id in ('alpha', 'beta', 'gamma')
)

select 'compute-daily' as universe_id, price_date, 3 as n_members, sum(share * share) as hhi,
    1 / sum(share * share) as effective_number, max_by(coin_id, share) as largest_coin_id,
    max(share) as largest_share, sum(share) as five_largest_share, 2 as n_rising, 0 as n_falling,
    3 as n_30d, 2 as n_above_30d, 0.25 as equal_over_cap_30d, 0.1 as turnover
from member
group by price_date;

create table marts.token_month (
    coin_id varchar, symbol varchar, name varchar, price_date date, price_usd double,
    market_cap_usd double, circulating_supply double, volume_usd double, cmc_rank integer,
    change_1m double
);
insert into marts.token_month values
    ('alpha', 'ALP', 'Alpha', date '2024-03-01', 12, 5e9, 4e8, 5e8, 20, null),
    ('beta', 'BET', 'Beta & <b>Sons</b>', date '2024-03-01', 1.1, 3.3e9, 3e9, 3e8, 30, null),
    ('alpha', 'ALP', 'Alpha', date '2024-04-01', 24, 1e10, 4e8, 1e9, 15, 1.0),
    ('beta', 'BET', 'Beta & <b>Sons</b>', date '2024-04-01', 1.1, 3.3e9, 3e9, 3e8, 30, 0.0);

-- Alpha and beta move, gamma is too young; Nvidia's share is not known.
create table marts.token_risk (
    coin_id varchar, price_date date, volatility_30d double, volatility_90d double,
    max_drawdown_365d double, days_under_water bigint
);
insert into marts.token_risk values
    ('alpha', date '2024-03-26', 1.2, 1.1, -0.35, 12),
    ('beta', date '2024-03-26', 0.8, 0.9, 0.0, 0),
    ('gamma', date '2024-03-26', 0.5, null, null, null),
    ('bitcoin', date '2024-03-26', 0.6, 0.5, -0.2, 30);

-- Ninety returns of bitcoin, up and down by as much: half a year's volatility, 50%.
create table marts.benchmark_step_day as
select
    'bitcoin' as benchmark_id,
    date '2024-03-26' - number::integer as price_date,
    (case when number % 2 = 0 then 1 else -1 end) * 0.5 / sqrt(365) * sqrt(89.0 / 90) as log_return
from range(90) as day (number);

create table marts.token_comovement as
select coin_id, benchmark_id, 90 as window_days, correlation, beta, n_common
from (
    values
    ('alpha', 'bitcoin', 0.5, 1.5, 90), ('alpha', 'ethereum', 0.6, 1.4, 90),
    ('alpha', 'NVDA', null, null, 3), ('beta', 'bitcoin', -0.25, -0.5, 88),
    ('beta', 'ethereum', 0.1, 0.2, 88), ('gamma', 'bitcoin', null, null, 40)
) as tied (coin_id, benchmark_id, correlation, beta, n_common);

-- A day without figures leaves a gap.
create table marts.sector_risk_day as
select 'compute-daily' as universe_id, day::date as price_date,
    case when day <> date '2024-03-10' then 0.6::double + 0.01::double * (day::date - date '2024-03-01') end
        as volatility_30d,
    case when day >= date '2024-03-06' then 0.75::double end as volatility_90d,
    90 as n_returns_90d, -0.1::double as drawdown_365d, 5 as days_under_water
from generate_series(date '2024-03-01', date '2024-03-26', interval 1 day) as days (day);

create table marts.sector_comovement_day as
select universe_id, benchmark_id, price_date,
    case benchmark_id when 'bitcoin' then 0.55::double + 0.001::double * day_number
        when 'ethereum' then 0.65::double - 0.002::double * day_number end as correlation_90d,
    case benchmark_id when 'bitcoin' then 1.25::double when 'ethereum' then 1.1 end as beta_90d,
    case benchmark_id when 'NVDA' then 2 else 90 end as n_common_90d,
    case benchmark_id when 'NVDA' then 42 else 60 end as least_returns_90d
from (
    select universe_id, price_date, price_date - date '2024-03-01' as day_number
    from marts.sector_risk_day
) as day
cross join (values ('bitcoin'), ('ethereum'), ('NVDA')) as benchmark (benchmark_id);

create table marts.gpu (
    gpu_key varchar, title varchar, is_gaming boolean, bf16_dense_tflops double,
    fp8_dense_tflops double, memory_gb double, memory_bandwidth_gb_s double, tdp_w double,
    published_date date, is_vendor_checked boolean, is_workstation boolean
);
insert into marts.gpu values
    ('nvidia_h100_sxm5_80gb', 'NVIDIA H100 SXM5 80 GB', false, 1000, 2000, 80, 3350, 700, date '2022-09-20', true, false),
    ('old_chip', 'NVIDIA Old 40 GB', false, 300, null, 40, 2000, 400, date '2020-05-14', true, false),
    ('game_card', 'NVIDIA Game 20 GB', true, 200, 400, 20, 1000, 400, date '2022-10-12', true, false),
    ('later_chip', 'NVIDIA Later 200 GB', false, 2500, 5000, 200, 8000, 1000, date '2024-12-01', true, false),
    ('office_card', 'NVIDIA Office 48 GB', false, 360, null, 48, 900, 300, date '2022-12-03', true, true),
    ('others_chip', 'Others 64 GB', false, 900, null, 64, 1600, 400, date '2023-12-03', false, false);

create table marts.gpu_equivalence as
select gpu_key, 'bf16_dense' as basis, bf16_dense_tflops / 1000 as h100e from marts.gpu
union all
select gpu_key, 'fp8_dense', fp8_dense_tflops / 2000 from marts.gpu where fp8_dense_tflops is not null;

create table marts.fleet_quarter (
    designer varchar default 'Nvidia', owner varchar, quarter_end date, h100e_8bit_epoch_p05 double, h100e_8bit_epoch_p50 double,
    h100e_8bit_epoch_p95 double
);
insert into marts.fleet_quarter (
    owner, quarter_end, h100e_8bit_epoch_p05, h100e_8bit_epoch_p50, h100e_8bit_epoch_p95
) values
    ('Microsoft', date '2023-12-31', 200e3, 300e3, 400e3),
    ('Oracle', date '2023-12-31', 40e3, 50e3, 60e3),
    ('Microsoft', date '2024-03-31', 300e3, 450e3, 600e3),
    ('Oracle', date '2024-03-31', 60e3, 80e3, 100e3),
    ('Microsoft', date '2024-06-30', 500e3, 700e3, 900e3);

create table marts.fleet_total_quarter as
select 'Nvidia' as designer, quarter_end, 1.0 as spec_coverage,
    0.9 * total as h100e_8bit_epoch_p05, total as h100e_8bit_epoch_p50,
    1.1 * total as h100e_8bit_epoch_p95, 0.8 * total as h100e_bf16_dense_p05,
    0.9 * total as h100e_bf16_dense_p50, total as h100e_bf16_dense_p95
from (
    values (date '2023-12-31', 1e6), (date '2024-03-31', 2e6), (date '2024-06-30', 3e6)
) as quarter (quarter_end, total);

create table marts.network_fact (
    network_id varchar, fact_date date, metric varchar, value_low double, value_high double,
    unit varchar, kind varchar, kind_note varchar, gpu_name varchar, source varchar
);
insert into marts.network_fact values
    ('render', date '2023-11-02', 'nodes', 1500, 1500, 'nodes', 'claimed', 'example', null, 'R-1'),
    ('akash', date '2023-06-29', 'GPUs', 25, 25, 'GPUs', 'verified', null, null, 'A-1'),
    ('akash', date '2024-01-24', 'utilisation', 0.5, 0.7, '1', 'investor note', null, null, 'A-2'),
    ('akash', date '2024-05-01', 'GPUs', 900, 900, 'GPUs', 'claimed', null, null, 'A-3');

create table marts.network_capacity_day (
    network_id varchar, fact_date date, source varchar, claimed_gpus bigint, verified_gpus bigint,
    leased_gpus bigint, available_gpus bigint, n_nodes bigint
);
insert into marts.network_capacity_day values
    ('render', date '2023-11-02', 'bundled', null, null, null, null, 1500),
    ('akash', date '2023-06-29', 'bundled', null, 25, null, null, null),
    ('akash', date '2024-01-10', 'bundled', null, null, null, null, null),
    ('akash', date '2024-01-24', 'bundled', 150, null, null, null, null),
    ('akash', date '2024-05-01', 'bundled', 900, null, null, null, null);

create table marts.claim (
    claim_id varchar, value_low double, value_high double, unit varchar, origin varchar,
    claim_date date default date '2024-04-03'
);
insert into marts.claim (claim_id, value_low, value_high, unit, origin) values
    ('gpus-at-peak', 720000, 720000, 'H100', 'news item'),
    ('ft-h100-2023', 550000, 550000, 'H100', 'Financial Times'),
    ('omdia-h100-q2-2023', 300000, 300000, 'H100', 'Omdia'),
    ('techinsights-gpus-2023', 3.76e6, 3.76e6, 'GPUs', 'TechInsights'),
    ('ai-tokens-25bn', 2.5e10, 2.5e10, 'USD', 'news item'),
    ('h100-price', 30000, 30000, 'USD', 'news item'),
    ('rtx-4090-to-h100', 0.25, 0.35, '1', 'capbrief');

create table marts.video_timing (
    model varchar, gpu varchar, gpus integer, resolution varchar, is_comparable boolean,
    is_distilled boolean, minutes_per_gpu_hour double
);
insert into marts.video_timing values
    ('Wan2.1-14B', 'H100', 1, '720p', true, false, 0.2),
    ('Wan2.1-14B', 'H200', 1, '720p', true, true, 10),
    ('Wan2.1-1.3B', 'H200', 1, '480p', true, false, 3),
    ('Wan2.1-14B', 'H100', 8, '720p', true, false, 0.1);

create table marts.quarantine (source varchar, entity varchar, reason varchar);

create table marts.gap (
    source varchar, dataset varchar, first_date date, last_date date, n_days bigint, reason varchar
);

create table marts.outage (
    source varchar, dataset varchar, began_at timestamp, last_good_at timestamp, reason varchar,
    ended_at timestamp, is_open boolean
);

-- No live universe was crawled, no price of compute is known and nothing is carried.
create table marts.universe_candidate_day (
    universe_id varchar, price_date date, coin_id varchar, median_volume_30d_usd double,
    left_out_because varchar
);

create table marts.universe_change_day (
    universe_id varchar, price_date date, coin_id varchar, change varchar, because varchar
);

create table marts.universe_token_day (
    universe_id varchar, price_date date, coin_id varchar, is_member boolean, price_usd double,
    market_cap_usd double, weight_usd double, is_carried boolean, is_price_carried boolean
);

create table marts.token_snapshot_day (coin_id varchar, seen_date date, price_usd double);

create table marts.token_day as select * from marts.token_day_from_files;

-- Ranked by hand: alpha, beta and gamma, the last one too thinly traded to count as a mover.
create table marts.universe_ranking as
select 'compute-daily' as universe_id, price_date, coin_id, close_usd as price_usd, market_cap_usd,
    row_number() over (order by market_cap_usd desc) as place, volume_usd / market_cap_usd as turnover,
    volume_usd as median_volume_30d_usd, 0.01::double as change_1d, change_7d, change_30d,
    coin_id <> 'gamma' as is_liquid,
    case coin_id when 'alpha' then 1 when 'beta' then 2 end as mover_place_7d
from marts.token_day_from_files
where coin_id in ('alpha', 'beta', 'gamma') and price_date = date '2024-03-26';

create table marts.gpu_price_day (
    offer_date date, gpu_key varchar, pricing varchar, n_providers bigint, n_fallbacks bigint,
    min_usd_per_gpu_hour double, usd_per_gpu_hour_p25 double, usd_per_gpu_hour_p50 double,
    usd_per_gpu_hour_p75 double, max_usd_per_gpu_hour double, usd_per_bf16_dense_pflop_hour double
);

create table marts.gpu_provider_price_day (
    offer_date date, gpu_key varchar, pricing varchar, provider varchar, usd_per_gpu_hour double,
    is_outlier boolean
);

create table marts.network_price_day (
    network_id varchar, fact_date date, gpu_key varchar, min_usd_per_gpu_hour double,
    median_usd_per_gpu_hour double, avg_usd_per_gpu_hour double
);

create table marts.gpu_spec_cell (gpu_key varchar, field varchar, source varchar, is_winner boolean);

create table marts.membership_day (category_id varchar, seen_date date, status varchar);

create table marts.token_flag_day (coin_id varchar, flag_date date, flag varchar, source varchar);

create table marts.source_freshness (
    entity varchar, first_date date, last_date date, n_rows bigint, age_days bigint,
    last_known_at timestamp
);
insert into marts.source_freshness values
    ('token_day', date '2023-12-01', date '2024-03-26', 351, 8, timestamp '2024-03-27');

create table marts.source (
    source varchar, entity varchar, title varchar, producer varchar, citation varchar,
    licence varchar, url varchar, published_at timestamp, n_rows bigint, payload_sha256 varchar
);
insert into marts.source values
    ('bundled', 'edition', 'A small edition', 'capbrief', 'own', 'MIT', null, timestamp '2024-04-03', 1, 'ee00'),
    ('event', 'event', 'Events shipped', 'capbrief', 'own', 'MIT', null, timestamp '2024-02-21', 2, 'aa00'),
    ('bundled', 'token_daily', 'Daily closes', 'Price House', 'Price House, daily history', 'facts, cited', 'https://prices.invalid/', timestamp '2024-03-27', 585, 'ab12cd34ef56789000'),
    ('bundled', 'token_monthly', 'Monthly snapshots', 'Price House', 'Price House, snapshots', 'facts, cited', 'https://prices.invalid/months', timestamp '2024-04-01', 4, 'bb00'),
    ('bundled', 'gpu_spec', 'Specifications', 'NVIDIA', 'vendor figures', 'facts, cited', 'javascript:alert(1)', timestamp '2023-06-30', 4, 'cc00'),
    ('bundled', 'owned_cumulative', 'Accelerators by owner', 'Epoch AI', 'Epoch AI, owners', 'CC BY 4.0', 'https://epoch.invalid/', timestamp '2026-04-22', 5, 'dd00'),
    ('bundled', 'network_fact', 'Network capacity', 'named per row', 'see each row', 'facts, cited', null, timestamp '2024-01-24', 4, 'ff00'),
    ('bundled', 'claim', 'Published claims', 'named per row', 'see each row', 'facts, cited', null, timestamp '2024-04-03', 5, 'ab00'),
    ('bundled', 'video_timing', 'Seconds per clip', 'named per row', 'see each row', 'facts, cited', null, timestamp '2026-03-17', 5, 'ac00');

create table estimates.scenario as
select *, '[scenario]' || chr(10) || 'id = "' || scenario_id || '"' as text from (
    values
    ('base', 'A model in full steps', 1000),
    ('consumer', 'On gaming cards', 1000),
    ('distilled', 'In few steps', 1000),
    ('factorial-2024', 'As published', 1),
    ('high', 'More', 1000),
    ('low', 'Less', 1000),
    ('sora', 'Larger than any', 1000)
) as scenario (scenario_id, title, draws);

create table estimates.demand_month as
with month as (
    select i as month_index, (date '2024-04-01' + to_months(i::int))::date as month_date
    from range(0, 3) as t (i)
),

value (scenario_id, quantity, p05, p25, p50, p75, p95) as (
    values
    ('base', 'h100e_peak_bf16_dense', 2e3, 2e4, 1e5, 3e5, 2e6),
    ('base', 'minutes_per_gpu_hour', 0.2, 0.5, 1.0, 2.0, 7.0),
    ('base', 'ai_minutes_per_day', 1e4, 1e5, 3e5, 8e5, 2e6),
    ('base', 'power_mw', 2, 20, 100, 300, 2000),
    ('base', 'cost_usd_per_minute', 1, 4, 10, 20, 70),
    ('base', 'gpus_peak', 2e3, 2e4, 1e5, 3e5, 2e6),
    ('low', 'h100e_peak_bf16_dense', 1e3, 1e4, 5e4, 1e5, 1e6),
    ('high', 'h100e_peak_bf16_dense', 2e5, 8e5, 2e6, 6e6, 2e7)
)

select
    value.*, sqrt(p05 * p25) as p10, sqrt(p75 * p95) as p90, month.month_index, month.month_date,
    value.p50 / 100 as se_p50
from value cross join month
union all
select 'factorial-2024', quantity, p, p, p, p, p, p, p, 0, date '2024-03-01', 0.0
from (
    values
    ('h100e_peak_bf16_dense', 713333.3333), ('gpus_peak', 713333.3333),
    ('gpus_peak_stated_shares', 996666.6667), ('gpus_peak_mac_counted', 1417918.8),
    ('gpus_base', 89166.6667), ('gpus_base_stated_shares', 124583.3333),
    ('ai_minutes_per_day', 10.7e6), ('ai_minutes_per_day_stated_shares', 14.95e6),
    ('youtube_ai_share_implied', 0.0511628), ('minutes_per_gpu_hour', 5.0),
    ('minutes_per_gpu_hour_unrounded', 5.0308), ('minutes_per_gpu_hour_mac_counted', 2.5154),
    ('capex_usd_published_peak', 21.6e9), ('capex_to_token_market_cap', 0.864),
    ('power_mw_published_peak', 504.0)
) as point (quantity, p);

-- Twice and a half as many by one input, ten times more or fewer by the other; a group has no ends.
create table estimates.sensitivity as
select 'base' as scenario_id, 2 as month_index, 'gpus_peak' as quantity, *
from (
    values
    ('utilisation', 2e5, 5e4, 0.1, 'guess'), ('minutes_per_gpu_hour', 1e6, 1e4, 0.9, 'derived'),
    ('utilisation + minutes_per_gpu_hour', null, null, null, null)
) as swing (factor, swing_low, swing_high, variance_share, grade);

create table estimates.training as
select 'factorial-2024' as scenario_id, * from (
    values
    ('low', 'h100_months', 4211.3), ('high', 'h100_months', 10528.3),
    ('low', 'h100_months_mac_counted', 8422.6), ('high', 'h100_months_mac_counted', 21056.5)
) as point (case_id, quantity, p50);

create table estimates.breakeven as
select 'factorial-2024' as scenario_id, * from (
    values ('low', 'minutes', 15.2542e6), ('high', 'minutes', 38.1356e6)
) as point (case_id, quantity, p50);

create table estimates.chain_check as
select 'factorial-2024' as scenario_id, * from (
    values
    ('gpus_peak.tweaktown', 'gpus_peak', 720000.0, 713333.3333, 'tweaktown'),
    ('gpus_base.hackernews', 'gpus_base', 89000.0, 89166.6667, 'hackernews'),
    ('gpus_peak.arithmetic', 'gpus_peak', 713333.0, 713333.3333, 'arithmetic')
) as checked (check_id, output, expected, computed, source_id);

create table estimates.assumption (
    scenario_id varchar, input varchar, p05 double, p50 double, p95 double, unit varchar,
    source_title varchar, grade varchar, note varchar, source_date date default '2024-03-15'
);
insert into estimates.assumption (
    scenario_id, input, p05, p50, p95, unit, source_title, grade, note
) values
    ('base', 'utilisation', 0.45, 0.68, 0.85, '1', 'Judgement', 'guess', 'busy fraction at the peak hour'),
    ('base', 'minutes_per_gpu_hour', 0.2, 1, 7, 'video_minute/gpu/hour', 'Timings', 'derived', null),
    ('base', 'gpu_hour_price', 2, 3, 4, 'usd/gpu/hour', 'Price list', 'derived', null),
    ('distilled', 'utilisation', 0.45, 0.68, 0.85, '1', 'Judgement', 'guess', null),
    ('distilled', 'minutes_per_gpu_hour', 2, 4, 8, 'video_minute/gpu/hour', 'Timings', 'derived', 'few steps'),
    ('consumer', 'utilisation', 0.25, 0.5, 0.7, '1', 'Judgement', 'guess', 'churn'),
    ('consumer', 'minutes_per_gpu_hour', 2, 4, 8, 'video_minute/gpu/hour', 'Timings', 'derived', null),
    ('high', 'utilisation', 0.45, 0.68, 0.85, '1', 'Judgement', 'guess', null),
    ('high', 'minutes_per_gpu_hour', 0.04, 0.25, 1.6, 'video_minute/gpu/hour', 'Scaling', 'derived', 'at 1080p'),
    ('factorial-2024', 'tiktok_ai_share', 0.5, 0.5, 0.5, '1', 'A paper', 'secondary', null),
    ('factorial-2024', 'youtube_ai_share', 0.15, 0.15, 0.15, '1', 'A paper', 'secondary', null),
    ('factorial-2024', 'minutes_per_gpu_hour', 5, 5, 5, 'video_minute/gpu/hour', 'A blog', 'primary', 'about 5'),
    ('factorial-2024', 'steps', 250, 250, 250, '1', 'Reconstruction', 'reconstructed', null),
    ('factorial-2024', 'peak_flops', 9.894e14, 9.894e14, 9.894e14, 'flop/second/gpu', 'Notes', 'secondary', null);

create table estimates.scenario_known as
select scenario_id, timestamp '2024-03-31' as known_at, true as is_known_as_of
from (values ('base'), ('high'), ('factorial-2024')) as scenario (scenario_id);

create table estimates.owner_group_quarter as
select owner_group, quarter_end, 1 as rank_correlation, 0.8 * p50 as p05, p50, 1.25 * p50 as p95
from (
    values
    ('microsoft+meta+google', date '2023-12-31', 600e3),
    ('microsoft+meta+google', date '2024-03-31', 800e3),
    ('all six owners', date '2023-12-31', 900e3),
    ('all six owners', date '2024-03-31', 1200e3)
) as held (owner_group, quarter_end, p50);

create table estimates.shipment_year as
select chip_group, 2023 as year, 'units' as basis, 1 as rank_correlation,
    0.8 * p50 as p05, p50, 1.25 * p50 as p95
from (values ('h100', 900e3), ('h100+h800', 1e6), ('all', 1.3e6)) as made (chip_group, p50);

create table estimates.supply_gap_month as
select scenario_id, 0 as month_index, date '2024-04-01' as month_date,
    date '2024-03-31' as fleet_quarter_end,
    demand / 50 as demand_h100e_p05, demand as demand_h100e_p50, demand * 20 as demand_h100e_p95,
    1e6 as produced_h100e_year,
    greatest(demand - 144e3, 0) / (1e6 * 0.08) as years_of_production_for_video_p50,
    1.6e6 as fleet_h100e_bf16_dense_p05, 1.8e6 as fleet_h100e_bf16_dense_p50,
    2e6 as fleet_h100e_bf16_dense_p95, 0.08 as fleet_share_for_video_p50,
    144e3 as available_h100e_p50, demand / 1.8e6 as demand_to_fleet_p50,
    20 * demand / 1.8e6 as demand_to_fleet_p95, demand / 144e3 as demand_to_available_p50
from (values ('base', 1e5), ('low', 5e4), ('high', 2e6)) as gap (scenario_id, demand);

create table estimates.first_sufficient_month as
select * from (
    values
    ('base', 'whole fleet', date '2024-04-01', date '2026-07-01'),
    ('base', 'share for video', date '2024-04-01', date '2026-07-01'),
    ('high', 'whole fleet', date '2025-10-01', date '2026-07-01'),
    ('high', 'share for video', null, date '2026-07-01')
) as enough (scenario_id, scope, first_month_date, last_tested_date);

create table estimates.network_fact_h100e_day as
select * from (
    values
    ('render', date '2023-11-02', 'nodes', 'bf16_dense', 250.0, 250.0, 'one card a node'),
    ('render', date '2023-11-02', 'nodes', 'Wan2.2-5B 720p', 390.0, 540.0, 'one card a node'),
    ('akash', date '2023-06-29', 'GPUs', 'bf16_dense', 4.2, 25.0, 'models not counted'),
    ('akash', date '2023-06-29', 'GPUs', 'Wan2.2-5B 720p', 6.5, 25.0, 'models not counted')
) as equivalent (network_id, fact_date, metric, basis, h100e_low, h100e_high, assumption);

-- Render claims, and nothing of it is verified; Akash is verified, and its cap not known.
create table estimates.network_valuation_day as
select * from (
    values
    ('render', date '2023-11-02', 'bundled', 'bf16_dense', 'claimed', 5e8, date '2023-11-01',
        250.0, 500.0, 1e6, 2e6, null, null, null, null),
    ('render', date '2023-11-02', 'bundled', 'Wan2.2-5B 720p', 'claimed', 5e8, date '2023-11-01',
        390.0, 540.0, 9e9, 9e9, null, null, null, null),
    ('akash', date '2023-06-29', 'bundled', 'bf16_dense', 'verified', null, null,
        null, null, null, null, 4.2, 25.0, null, null),
    ('akash', date '2026-07-17', 'bundled', 'bf16_dense', 'verified', 5e8, date '2026-07-17',
        null, null, null, null, 118.0, 118.0, 4e6, 4e6)
) as valued (
    network_id, fact_date, source, basis, kind, market_cap_usd, cap_date,
    claimed_h100e_low, claimed_h100e_high, claimed_usd_per_h100e_low, claimed_usd_per_h100e_high,
    verified_h100e_low, verified_h100e_high, verified_usd_per_h100e_low, verified_usd_per_h100e_high
);

create table estimates.claim (
    claim_id varchar, text varchar, origin varchar, source varchar, grade varchar,
    claim_date date, published_low double, published_high double, unit varchar,
    recomputed double, recomputed_low double, recomputed_high double, recomputed_unit varchar,
    verdict varchar, verdict_known_then varchar, n_used bigint, n_later bigint
);
insert into estimates.claim values
    ('gpus-at-peak', '720,000 H100 would be needed at peak.', 'news item', 'a paper', 'secondary',
        date '2024-04-03', 720000, 720000, 'H100', 713333, null, null, 'H100',
        'holds under these inputs', 'holds under these inputs', 2, 0),
    ('amd-from-2-to-175', 'The share rose from 2 to 175 dollars.', 'news item', 'a paper', 'secondary',
        date '2024-04-03', 2, 175, 'USD', 178.7, null, null, 'USD', 'holds', 'holds', 2, 0),
    ('akash-mostly-gaming-cards', 'Most cards are <i>gaming</i> cards.', 'news item', 'a paper', 'secondary',
        date '2024-04-03', null, null, '1', null, null, null, null,
        'cannot be checked', 'cannot be checked', 0, 0),
    ('invented-here', 'A claim that no topic lists.', 'news item', 'a paper', 'secondary',
        date '2024-04-03', 5, 5, 'min', null, 2, 3, 'min', 'fails', 'does not follow', 1, 1);

create table estimates.claim_evidence (
    claim_id varchar, evidence_id varchar, evidence_order integer, description varchar,
    value double, range_low double, range_high double, unit varchar, valid_date date,
    supports boolean, is_used boolean, is_known_then boolean, sources varchar
);
insert into estimates.claim_evidence values
    ('gpus-at-peak', 'chain', 1, 'the published chain', 713333, null, null, 'H100',
        date '2024-03-20', true, true, true, 'own'),
    ('gpus-at-peak', 'base', 2, 'scenario base', 100000, 2000, 2000000, 'H100e',
        date '2024-04-03', false, true, false, 'own'),
    ('gpus-at-peak', 'later', 3, 'a later count', 1, null, null, 'H100',
        date '2025-04-03', true, false, false, 'own'),
    ('akash-mostly-gaming-cards', 'count', 1, 'GPUs listed', null, 150, 200, 'GPUs',
        date '2024-01-24', null, false, true, 'own');

create table estimates.backtest as
select
    *, predicted_seconds / seconds as ratio, 0.4 * seconds as naive_seconds,
    case when gpus = 1 then 0.05 * seconds end as published_seconds
from (
    values
    ('Wan2.1-14B', 'H100', 1, '720p FA2', 'A table', true, true, 1800.0, 'Hopper stock', 1980.0,
        1400.0, 2500.0, null),
    ('Wan2.2-5B', 'H200', 1, '720p, FA3', 'A table', true, true, 2.5, 'Hopper fused', 2.25,
        1.8, 2.8, null),
    ('Wan2.2-5B', 'RTX 4090', 8, '720p, 8 GPUs', 'A <i>table</i>', true, true, 150.0,
        'all GPUs, by rate', 240.0, 170.0, 400.0, null),
    ('Wan2.1-14B', 'H200', 1, '3-step, sparse attention', 'A blog', false, false, 13.0,
        'Hopper stock', 52.0, 41.0, 70.0, null),
    ('Wan2.1-14B', 'Odd 1', 1, '720p', 'A blog', true, false, 500.0, null, null, null, null,
        'no rate is known of a GPU ''Odd 1''')
) as timing (
    model, gpu, gpus, case_text, source, is_comparable, is_scored, seconds, fitted_from,
    predicted_seconds, p10, p90, reason
);

create table estimates.backtest_score as
select * from (
    values
    ('two operations a weight and token, MFU 0.4', 3, 0.58, 0.79, 0.42, null),
    ('capbrief', 3, 0.1, 0.5, 1.1, 0.67),
    ('5 minutes of video an hour', 2, 0.96, 1.04, 0.05, null)
) as score (
    method, n_timings, median_error_share, p90_error_share, median_ratio, coverage_share
);

create table estimates.mfu_class as
select * from (
    values
    ('Hopper stock', 'H100, H200', 8, 4, 0.36, 0.13, 0.3, 0.46, 0.364),
    ('Hopper fused', 'H200', 6, 3, 0.56, 0.18, 0.41, 0.67, 0.56),
    ('Ada, 147 TFLOP/s', 'RTX 4090D', 1, 1, 0.74, null, 0.74, 0.74, 0.74)
) as class (
    mfu_class, gpus_named, n_timings, n_models, geometric_mean, sd_ln, least, most, computing_mfu
);

create table estimates.workload as
select * from (
    values
    ('Wan2.1-14B', '720p', 'Wan 2.1 14B, 720p', 'video', 81, 50, 2),
    ('Wan2.2-5B', '720p', 'Wan 2.2 5B, 720p', 'video', 121, 50, 2),
    ('Sora-20B', '1080p', 'Sora, hypothetical, 1080p', 'video', 241, 50, 2),
    ('FLUX.1-dev', '1024px', 'FLUX.1 dev, 1024px', 'image', 1, 28, 1)
) as workload (model, workload, title, medium, frames, steps, passes);

create table estimates.workload_throughput as
select
    gpu_key, model, workload, 'stock' as software, group_gpus, weight_bits,
    case when model <> 'FLUX.1-dev' then 0.8 * made end as minutes_per_gpu_hour_p05,
    case when model <> 'FLUX.1-dev' then made end as minutes_per_gpu_hour_p50,
    case when model <> 'FLUX.1-dev' then 1.25 * made end as minutes_per_gpu_hour_p95,
    8 * made as clips_per_gpu_hour_p05,
    10 * made as clips_per_gpu_hour_p50,
    12.5 * made as clips_per_gpu_hour_p95
from (
    values
    ('nvidia_h100_sxm5_80gb', 'Wan2.1-14B', '720p', 1, 16, 0.17),
    ('nvidia_rtx4090_24gb', 'Wan2.1-14B', '720p', 2, 8, 0.04),
    ('nvidia_h100_sxm5_80gb', 'Wan2.2-5B', '720p', 1, 16, 1.8),
    ('nvidia_rtx4090_24gb', 'Wan2.2-5B', '720p', 1, 16, 0.5),
    ('nvidia_h100_sxm5_80gb', 'Sora-20B', '1080p', 2, 8, 0.025),
    ('nvidia_rtx4090_24gb', 'Sora-20B', '1080p', null, null, null),
    ('nvidia_h100_sxm5_80gb', 'FLUX.1-dev', '1024px', 1, 16, 60.0),
    ('nvidia_rtx4090_24gb', 'FLUX.1-dev', '1024px', 1, 16, 17.0)
) as made (gpu_key, model, workload, group_gpus, weight_bits, made);

create table estimates.training_run as
select * from (
    values
    ('factorial-sora-low', 'Sora as estimated, low', '1080p', 3e6, null, 1.0, null, 5e4, 7e4,
        1e5, '2024-03-15', 'A blog, https://blog.invalid/sora'),
    ('factorial-sora-high', 'Sora as estimated, high', '1080p', 7.5e6, null, 1.0, null, 1.25e5,
        1.75e5, 2.5e5, '2024-03-15', 'A blog, https://blog.invalid/sora'),
    ('language', 'A <b>language</b> model', null, 3e7, 0.4, 0.35, null, null, null, null,
        '2024-07', 'A card, https://card.invalid/; A data set, https://data.invalid/'),
    ('hours-alone', 'Of hours alone', null, 5e3, null, null, null, null, null, null,
        '2024-04', 'A page, https://page.invalid/')
) as run (
    run, title, workload, gpu_hours, mfu_stated, mfu, counted_mfu, breakeven_minutes_p05,
    breakeven_minutes_p50, breakeven_minutes_p95, published, sources
);

create table estimates.chat_serving as
select * from (
    values
    ('Chat-70B', 'Chat model 70B', 'nvidia_h100_sxm5_80gb', 4, 128.4, 9700.0, 'Leaderboard of serving'),
    ('Chat-70B', 'Chat model 70B', 'nvidia_h100_sxm5_80gb', 4, 900.0, 17500.0, 'Leaderboard of serving')
) as served (model, title, gpu_key, gpus, batch, turns_per_gpu_hour, source_title);

create table estimates.chat_per_video_minute as
select
    chat.model as chat_model, chat.gpu_key, chat.batch, video.model, video.workload,
    chat.turns_per_gpu_hour / video.minutes_per_gpu_hour_p95 as turns_per_video_minute_p05,
    chat.turns_per_gpu_hour / video.minutes_per_gpu_hour_p50 as turns_per_video_minute_p50,
    chat.turns_per_gpu_hour / video.minutes_per_gpu_hour_p05 as turns_per_video_minute_p95
from estimates.chat_serving as chat
inner join estimates.workload_throughput as video using (gpu_key)
where video.minutes_per_gpu_hour_p50 is not null;

create table estimates.network_cards_needed as
select * from (
    values ('nvidia_rtx4090_24gb', 'Wan2.2-5B', '720p', 1600000.0, 3400000.0)
) as needed (gpu_key, model, workload, needed_gpus_p05, needed_gpus_p95);

-- Means of the demo in round numbers; the results are covered in part, the launch not at all.
create table estimates.event_study as
select
    event_id, 'compute-daily' as universe_id, first_day as window_first_day,
    last_day as window_last_day, event.event_date, status, 110 as n_estimation, 3 as n_tokens, 2 as n_positive,
    caar, caar - 0.05 as caar_p05, caar + 0.05 as caar_p95, caar / 2 as caar_cap_weighted,
    caar * 1.5 as bhar, caar * 20 as cross_sectional_t, 0.01 as cross_sectional_p,
    caar * 10 as adjusted_t, adjusted_p, caar * 12 as rank_z, 0.06 as rank_p,
    0.25 as residual_correlation, -0.1 as no_event_p05, 0.1 as no_event_p95, 80 as n_placebo,
    0.07 as placebo_p, false as has_pre_trend, overlapping as overlapping_events
from (
    values
    ('sora-demo', -10, -1, 'computed', -2e-2, 7e-1, null),
    ('sora-demo', 0, 0, 'computed', 3e-2, 4e-1, null),
    ('sora-demo', 0, 4, 'computed', 12e-2, 15e-2, null),
    ('sora-demo', 0, 30, 'computed', 2e-1, 3e-1, 'results'),
    ('results', 0, 0, 'computed', 1e-2, 8e-1, null),
    ('results', 0, 30, 'window not covered', null, null, null),
    ('long-ago', 0, 0, 'window not covered', null, null, null),
    ('long-ago', 0, 30, 'window not covered', null, null, null)
) as study (event_id, first_day, last_day, status, caar, adjusted_p, overlapping)
inner join marts.event using (event_id);

create table estimates.event_study_day as
select
    'sora-demo' as event_id, 'compute-daily' as universe_id, relative_day,
    2e-3 * relative_day as caar,
    -2e-2 * sqrt(abs(relative_day)) as no_event_p05,
    -8e-3 * sqrt(abs(relative_day)) as no_event_p25,
    0.008 * sqrt(abs(relative_day)) as no_event_p75,
    0.02 * sqrt(abs(relative_day)) as no_event_p95
from (select unnest(range(-10, 31)) as relative_day);

create table estimates.event_study_token as
select
    'sora-demo' as event_id, 'compute-daily' as universe_id, first_day as window_first_day,
    last_day as window_last_day, coin_id, 110 as n_returns, beta, 0.3 as r2, 0.04 as sigma,
    case when coin_id <> 'gamma' then size * scale end as car,
    case when coin_id <> 'gamma' then 1.5 * size * scale end as bhar
from (values ('alpha', 1.2, 1.0), ('beta', 0.9, -0.5), ('gamma', 1.0, 0.0))
    as token (coin_id, beta, scale)
cross join (values (-10, -1, -0.02), (0, 0, 0.03), (0, 4, 0.12), (0, 30, 0.2))
    as span (first_day, last_day, size);

create table marts.revision as
select * from (values
    ('close_usd', 'Beta & <b>Sons</b>', 'beta', date '2024-03-01', 2.0, 2.1, 1.05,
        timestamp '2024-03-03 00:10:00'),
    ('tdp_w', 'NVIDIA H100 SXM', 'NVIDIA H100 SXM', null, 700.0, 650.0, 650.0 / 700,
        timestamp '2024-03-20 00:00:00'),
    ('close_usd', 'Alpha', 'alpha', date '2024-04-04', 1.0, 2.0, 2.0,
        timestamp '2024-04-05 00:00:00')
) as revision (quantity, subject, subject_id, value_date, first_value, value, ratio, known_at);
