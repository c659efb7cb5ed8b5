-- description: How the members of a vendor category changed against those accepted last; status
-- held: the change waits for a person, and the members accepted before it go on counting. One row
-- per category and day.
-- grain: category_id, seen_date
-- incremental: seen_date
-- column status: accepted, or held until a person has looked.

with membership as (
    select
        source,
        dataset,
        seen_date,
        status,
        n_before,
        n_members,
        entered_ids,
        left_ids,
        known_at
    from staging.capbrief__membership
),

membership_day as (
    select
        substr(dataset, length('markets/') + 1) as category_id,
        seen_date,
        status,
        n_before,
        n_members,
        entered_ids,
        left_ids,
        known_at
    from membership
    where source = 'coingecko' and starts_with(dataset, 'markets/')
)

select * from membership_day
