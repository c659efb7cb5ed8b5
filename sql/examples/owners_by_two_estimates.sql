-- description: What large buyers bought in a year by Omdia, as the press repeats it, and by Epoch
-- AI; the two disagree, so read them as a range. One row per owner, kind of chip and year.
-- grain: owner, omdia_chip, year
select
    owner,
    year,
    omdia_chip,
    omdia_units,
    round(epoch_units_p05) as epoch_units_p05,
    round(epoch_units_p50) as epoch_units_p50,
    round(epoch_units_p95) as epoch_units_p95,
    round(epoch_to_omdia_ratio, 2) as epoch_to_omdia_ratio
from estimates.owner_estimate_year
where epoch_chip is not null
order by year, omdia_units desc, owner
