-- description: Market cap of a universe as the sum over the members whose cap is known (a sum of
-- the whole only where n_priced equals n_members), and of each vendor category that a universe
-- follows (universe_id category/…), where the vendor's own total stands beside our sum: two
-- measures, never mixed. n_unseen members were in no crawl of the day; is_held: the day's members
-- are those accepted before; ratio_moved: our sum over the vendor's total moved by over 5 points
-- against the last time. One row per universe or category and day.
-- grain: universe_id, price_date

with category_sum_day as (
    select
        universe_id,
        price_date,
        member_sum_usd,
        n_members,
        n_priced,
        vendor_total_usd,
        vendor_ratio,
        is_held,
        n_unseen,
        known_at
    from marts.category_sum_day
),

category_day as (
    select
        universe_id,
        price_date,
        member_sum_usd,
        n_members,
        n_priced,
        vendor_total_usd,
        vendor_ratio,
        is_held,
        abs(
            vendor_ratio - lag(vendor_ratio ignore nulls) over (
                partition by universe_id
                order by price_date
            )
        ) > 0.05 as ratio_moved,
        n_unseen,
        known_at
    from category_sum_day
)

select * from category_day
