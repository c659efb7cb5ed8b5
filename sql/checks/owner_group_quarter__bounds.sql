-- description: At rank correlation 1 a group's percentiles are the sums of its owners', and its
-- interval is not narrower than with independent owners. One row per group and quarter end that
-- are off.

with owner_group_quarter as (
    select owner_group, quarter_end, rank_correlation, p05, p50, p95
    from estimates.owner_group_quarter
),

fleet_quarter as (
    select
        owner,
        quarter_end,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95
    from marts.fleet_quarter
    where designer = 'Nvidia'
),

member as (
    select *
    from (
        values
            ('microsoft+meta+google', ['Microsoft', 'Meta', 'Google']),
            (
                'all six owners',
                ['Microsoft', 'Meta', 'Amazon', 'Google', 'Oracle', 'China']
            )
    ) as known (owner_group, owners)
),

summed as (
    select
        member.owner_group,
        fleet.quarter_end,
        sum(fleet.h100e_8bit_epoch_p05) as sum_p05,
        sum(fleet.h100e_8bit_epoch_p50) as sum_p50,
        sum(fleet.h100e_8bit_epoch_p95) as sum_p95
    from member
    inner join fleet_quarter as fleet on list_contains(member.owners, fleet.owner)
    group by member.owner_group, fleet.quarter_end
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
        summed.sum_p05,
        summed.sum_p50,
        summed.sum_p95
    from owner_group_quarter as in_step
    left join owner_group_quarter as independent
        on independent.owner_group = in_step.owner_group
        and independent.quarter_end = in_step.quarter_end
        and independent.rank_correlation = 0
    left join summed
        on summed.owner_group = in_step.owner_group
        and summed.quarter_end = in_step.quarter_end
    where in_step.rank_correlation = 1
)

-- Equal but for the last bits of a float: the order of addition.
select *
from bounds
where
    coalesce(in_step_p05 > independent_p05, true)
    or coalesce(in_step_p95 < independent_p95, true)
    or coalesce(abs(in_step_p05 / sum_p05 - 1) > 1e-12, true)
    or coalesce(abs(in_step_p50 / sum_p50 - 1) > 1e-12, true)
    or coalesce(abs(in_step_p95 / sum_p95 - 1) > 1e-12, true)
