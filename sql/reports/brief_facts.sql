-- description: The sector on its last day for the daily brief: size, index against bitcoin, volatility, breadth, movers and who came and went; columns of rules are null where the rule does not hold. One row per report.
-- grain: universe_id
with
-- From where on something is worth a sentence.
rule as (select 0.2::double as least_move, 2 as least_sd, 0.5::double as least_share),

cap as (
    select chosen.last_date - day.price_date as days_before, day.*
    from marts.brief_universe as chosen
    inner join marts.category_day as day
        on day.universe_id = chosen.universe_id
        and day.price_date in (
            chosen.last_date, chosen.last_date - 1, chosen.last_date - 7, chosen.last_date - 30
        )
),

-- A live universe rests on crawls, and so does the price of bitcoin that it is compared with.
bitcoin as (
    select chosen.last_date - seen.seen_date as days_before, seen.price_usd
    from marts.brief_universe as chosen
    inner join marts.token_snapshot_day as seen
        on chosen.universe_id = 'ai-sector' and seen.coin_id = 'bitcoin'
    union all
    select chosen.last_date - close.price_date, close.close_usd
    from marts.brief_universe as chosen
    inner join marts.token_day as close
        on chosen.universe_id <> 'ai-sector' and close.coin_id = 'bitcoin'
),

level as (
    select
        chosen.last_date - index_day.price_date as days_before,
        index_day.index_cap_weighted as index_value,
        index_day.base_date,
        bitcoin.price_usd
    from marts.brief_universe as chosen
    inner join marts.sector_index_day as index_day
        on index_day.universe_id = chosen.universe_id and index_day.price_date <= chosen.last_date
    left join bitcoin on bitcoin.days_before = chosen.last_date - index_day.price_date
),

change as (
    select
        max(now.index_value / earlier.index_value - 1) filter (earlier.days_before = 1) as index_change_1d,
        max(now.index_value / earlier.index_value - 1) filter (earlier.days_before = 7) as index_change_7d,
        max(now.index_value / earlier.index_value - 1) filter (earlier.days_before = 30) as index_change_30d,
        max(now.price_usd / earlier.price_usd - 1) filter (earlier.days_before = 1) as bitcoin_change_1d,
        max(now.price_usd / earlier.price_usd - 1) filter (earlier.days_before = 7) as bitcoin_change_7d,
        max(now.price_usd / earlier.price_usd - 1) filter (earlier.days_before = 30) as bitcoin_change_30d
    from level as now
    inner join level as earlier on earlier.base_date = now.base_date
    where now.days_before = 0
),

risk as (
    select chosen.last_date - risk.price_date as days_before, risk.*
    from marts.brief_universe as chosen
    inner join marts.sector_risk_day as risk
        on risk.universe_id = chosen.universe_id
        and risk.price_date in (chosen.last_date, chosen.last_date - 7)
),

breadth as (
    select chosen.last_date - breadth.price_date as days_before, breadth.*
    from marts.brief_universe as chosen
    inner join marts.sector_breadth_day as breadth
        on breadth.universe_id = chosen.universe_id
        and breadth.price_date in (chosen.last_date, chosen.last_date - 30)
),

mover as (
    select coalesce(token.name, ranking.coin_id) as name, ranking.change_7d
    from marts.brief_universe as chosen
    inner join marts.universe_ranking as ranking
        on ranking.universe_id = chosen.universe_id and ranking.price_date = chosen.last_date
    left join marts.token as token using (coin_id)
    where ranking.is_liquid and ranking.change_7d is not null
),

moved as (
    select
        count(*) as n_liquid,
        max_by(name, change_7d) filter (change_7d > 0) as best_name,
        max(change_7d) filter (change_7d > 0) as best_change_7d,
        min_by(name, change_7d) filter (change_7d < 0) as worst_name,
        min(change_7d) filter (change_7d < 0) as worst_change_7d,
        nullif(count(*) filter (abs(change_7d) >= rule.least_move), 0) as n_moved_far
    from mover
    cross join rule
),

changed as (
    select
        nullif(count(*) filter (changed.change = 'entered'), 0) as n_entered_7d,
        nullif(count(*) filter (changed.change = 'left'), 0) as n_left_7d
    from marts.brief_universe as chosen
    inner join marts.universe_change_day as changed
        on changed.universe_id = chosen.universe_id
        and changed.price_date between chosen.last_date - 6 and chosen.last_date
)

select
    chosen.universe_id,
    chosen.last_date,
    rule.*,
    now.n_members,
    now.n_priced,
    now.member_sum_usd as cap_usd,
    now.member_sum_usd::double / day.member_sum_usd - 1 as cap_change_1d,
    now.member_sum_usd::double / week.member_sum_usd - 1 as cap_change_7d,
    now.member_sum_usd::double / month.member_sum_usd - 1 as cap_change_30d,
    change.*,
    change.index_change_1d - change.bitcoin_change_1d as index_over_bitcoin_1d,
    change.index_change_7d - change.bitcoin_change_7d as index_over_bitcoin_7d,
    change.index_change_30d - change.bitcoin_change_30d as index_over_bitcoin_30d,
    risk.volatility_30d,
    risk_before.volatility_30d as volatility_30d_week_before,
    risk.drawdown_365d,
    -- Of a move in a day, in days of the last 30: what two thirds of the days stay within is one.
    abs(change.index_change_1d) / (risk.volatility_30d / sqrt(365)) as move_in_daily_sd,
    case when abs(change.index_change_1d) > rule.least_sd * risk.volatility_30d / sqrt(365)
        then change.index_change_1d end as index_change_far,
    breadth.hhi,
    breadth_before.hhi as hhi_30d_before,
    breadth.hhi - breadth_before.hhi as hhi_change_30d,
    breadth.effective_number,
    breadth.n_rising,
    breadth.n_falling,
    nullif(breadth.n_30d, 0) as n_30d,
    case when breadth.n_30d > 0 then breadth.n_above_30d end as n_above_30d,
    breadth.turnover,
    largest.name as first_name,
    breadth.largest_share as first_share,
    case when breadth.largest_share > rule.least_share then breadth.largest_share end
        as first_share_high,
    moved.*,
    changed.*,
    (
        select max(known_at) from marts.category_day as day
        where day.universe_id = chosen.universe_id and day.price_date = chosen.last_date
    ) as known_at
from marts.brief_universe as chosen
cross join rule
inner join cap as now on now.days_before = 0
left join cap as day on day.days_before = 1
left join cap as week on week.days_before = 7
left join cap as month on month.days_before = 30
left join risk on risk.days_before = 0
left join risk as risk_before on risk_before.days_before = 7
left join breadth on breadth.days_before = 0
left join breadth as breadth_before on breadth_before.days_before = 30
left join marts.token as largest on largest.coin_id = breadth.largest_coin_id
cross join change
cross join moved
cross join changed
