-- description: What the publisher counts in its standard analysis of clusters exists, is not
-- excluded, and is no rumour (none is a fifth of all that was shipped); together it stays below
-- what was shipped. One row per cluster, or sum, that is not so.

with cluster as (
    select row_number, name, is_planned, is_excluded, certainty, h100e_8bit_epoch
    from marts.cluster
    where is_in_standard_analysis
),

fleet_total_quarter as (
    select designer, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_total_quarter
),

newest as (
    select designer, h100e_8bit_epoch_p50
    from fleet_total_quarter
    qualify row_number() over (partition by designer order by quarter_end desc) = 1
),

shipped as (
    select sum(h100e_8bit_epoch_p50) as h100e from newest
),

counted as (
    select sum(h100e_8bit_epoch) as h100e from cluster
)

select cast(row_number as varchar) || ' ' || name as what, h100e_8bit_epoch as h100e
from cluster
cross join shipped
where
    coalesce(is_planned, true)
    or is_excluded
    or coalesce(certainty = 'Unlikely', false)
    or h100e_8bit_epoch > 0.2 * shipped.h100e
union all
select 'all of the standard analysis', counted.h100e
from counted
cross join shipped
where counted.h100e > shipped.h100e
