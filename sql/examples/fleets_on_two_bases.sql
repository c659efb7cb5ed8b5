-- description: Nvidia fleets at the newest quarter end made of their chips, on the publisher's
-- 8-bit basis and on the dense BF16 basis: at rank correlation 0 the parts vary independently, at 1
-- all together, and the truth lies between. One row per holder, basis and correlation.
-- grain: holder, basis, rank_correlation
select
    holder,
    quarter_end,
    basis,
    rank_correlation,
    round(p05) as p05,
    round(p50) as p50,
    round(p95) as p95,
    round(spec_coverage, 3) as spec_coverage
from estimates.fleet_basis_quarter
where quarter_end = (select max(quarter_end) from estimates.fleet_basis_quarter)
order by holder, basis, rank_correlation
