-- description: What chips add up to agrees with what the publisher states: on the 8-bit basis with
-- its own figure, on the dense BF16 basis with its total at the ratio of the mix, as far as chips
-- have a figure, within 5 % at the medians; and parts that move together give the wider interval.
-- One row per holder, quarter end and basis that is off.

with fleet_basis_quarter as (
    select holder, quarter_end, basis, rank_correlation, p05, p50, p95, spec_coverage
    from estimates.fleet_basis_quarter
),

fleet_total_quarter as (
    select quarter_end, h100e_8bit_epoch_p50, h100e_bf16_dense_p50
    from marts.fleet_total_quarter
    where designer = 'Nvidia'
),

fleet_quarter as (
    select owner, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_quarter where designer = 'Nvidia'
),

stated as (
    select 'all' as holder, quarter_end, 'h100e_8bit_epoch' as basis, h100e_8bit_epoch_p50 as p50
    from fleet_total_quarter
    union all
    select 'all', quarter_end, 'h100e_bf16_dense', h100e_bf16_dense_p50 from fleet_total_quarter
    union all
    select owner, quarter_end, 'h100e_8bit_epoch', h100e_8bit_epoch_p50 from fleet_quarter
),

bounds as (
    select
        together.holder,
        together.quarter_end,
        together.basis,
        together.p05 as together_p05,
        together.p50 as together_p50,
        together.p95 as together_p95,
        together.spec_coverage,
        apart.p05 as apart_p05,
        apart.p95 as apart_p95
    from fleet_basis_quarter as together
    left join fleet_basis_quarter as apart
        on apart.holder = together.holder
        and apart.quarter_end = together.quarter_end
        and apart.basis = together.basis
        and apart.rank_correlation = 0
    where together.rank_correlation = 1
)

select bounds.*, stated.p50 as stated_p50
from bounds
left join stated using (holder, quarter_end, basis)
where
    -- Draws and rounding move an interval by some thousandths.
    coalesce(bounds.together_p05 > bounds.apart_p05 * 1.005, true)
    or coalesce(bounds.together_p95 < bounds.apart_p95 * 0.995, true)
    or abs(bounds.together_p50 / (stated.p50 * bounds.spec_coverage) - 1) > 0.05
