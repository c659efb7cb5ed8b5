-- description: Concentration lies within what so many members allow, nothing is counted of more
-- members than there are, and each day of an index has a row. One row per universe and day that
-- breaks that.

with sector_breadth_day as (
    select * from marts.sector_breadth_day
),

sector_index_day as (
    select universe_id, price_date from marts.sector_index_day
),

joined as (
    select sector_breadth_day.*, sector_index_day.universe_id is not null as is_expected
    from sector_breadth_day
    full join sector_index_day using (universe_id, price_date)
)

select *
from joined
where
    universe_id is null
    or not is_expected
    or n_priced not between 1 and n_members
    -- Roundings are no fault.
    or hhi not between (1 - 1e-9) / n_priced and 1 + 1e-9
    or abs(hhi * effective_number - 1) > 1e-9
    or largest_share > five_largest_share + 1e-9
    or five_largest_share > 1 + 1e-9
    or largest_share * largest_share > hhi + 1e-9
    or n_rising + n_falling > n_members
    or n_above_30d > n_30d
    or n_30d > n_members
    or n_with_volume > n_priced
    or turnover < 0
    or share_of_crypto not between 0 and 1
