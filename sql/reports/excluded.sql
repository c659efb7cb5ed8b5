-- description: Tokens that the live universes leave out on their last day up to the report's date, by reason, the most traded named. One row per universe and reason.
-- grain: universe_id, reason
with last_day as (
    select universe_id, max(price_date) as last_date
    from marts.universe_candidate_day
    where price_date <= (select report_date from marts.build)
    group by universe_id
),

candidate as (
    select
        last_day.last_date,
        candidate.universe_id,
        candidate.coin_id,
        candidate.median_volume_30d_usd,
        -- What follows a reason says of which token or how much, and is the universe's own rule.
        case
            when starts_with(left_out_because, 'excluded: ') then 'excluded by name'
            when starts_with(left_out_because, 'twin of ') then 'twin of another token'
            when starts_with(left_out_because, 'migrated into ') then 'exchanged for another token'
            when starts_with(left_out_because, 'younger than ') then 'too young'
            when starts_with(left_out_because, 'volume below ') then 'too little traded'
            else left_out_because
        end as reason
    from marts.universe_candidate_day as candidate
    inner join last_day
        on last_day.universe_id = candidate.universe_id
        and last_day.last_date = candidate.price_date
),

counted as (
    select universe_id, count(*) as n_candidates, count(*) filter (reason is null) as n_counted
    from candidate
    group by universe_id
)

select
    candidate.universe_id,
    candidate.reason,
    candidate.last_date,
    count(*) as n_tokens,
    counted.n_counted,
    counted.n_candidates,
    array_to_string(
        list(
            candidate.coin_id order by candidate.median_volume_30d_usd desc nulls last, candidate.coin_id
        )[1:5],
        ', '
    ) as most_traded
from candidate
inner join counted using (universe_id)
where candidate.reason is not null
group by candidate.universe_id, candidate.reason, candidate.last_date, counted.n_counted, counted.n_candidates
order by candidate.universe_id, n_tokens desc, candidate.reason
