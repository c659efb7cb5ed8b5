-- description: No crawl saw a token at a time after itself, but for clocks that differ by up to
-- five minutes. One row per token and day that it did.
-- incremental: seen_date

with token_snapshot_day as (
    select coin_id, seen_date, last_updated_at, known_at from marts.token_snapshot_day
)

select *
from token_snapshot_day
where
    known_at is null
    or cast(known_at as date) is distinct from seen_date
    or last_updated_at > known_at + interval 5 minutes
