-- description: A group's median at rank correlation 1 is the sum of its owners' medians, and its
-- interval is not narrower than with independent owners. One row per group and quarter end that
-- are off.

with owner_group_quarter as (
    select owner_group, quarter_end, rank_correlation, p05, p50, p95
    from estimates.owner_group_quarter
),

fleet_quarter as (
    select quarter_end, h100e_8bit_epoch_p50 from marts.fleet_quarter
),

all_owners as (
    select quarter_end, sum(h100e_8bit_epoch_p50) as sum_of_medians
    from fleet_quarter
    group by quarter_end
),

bounds as (
    select
        in_step.owner_group,
        in_step.quarter_end,
        in_step.p05 as in_step_p05,
        in_step.p50 as in_step_p50,
        in_step.p95 as in_step_p95,
        independent.p05 as independent_p05,
        independent.p95 as independent_p95,
        all_owners.sum_of_medians
    from owner_group_quarter as in_step
    inner join owner_group_quarter as independent using (owner_group, quarter_end)
    inner join all_owners using (quarter_end)
    where in_step.rank_correlation = 1 and independent.rank_correlation = 0
)

select *
from bounds
where
    in_step_p05 > independent_p05
    or in_step_p95 < independent_p95
    or (
        owner_group = 'all six owners'
        and abs(in_step_p50 / sum_of_medians - 1) > 1e-9
    )
