-- description: What the publisher counts in its standard analysis of clusters exists and is no
-- rumour, as the list was refused otherwise when it came. One row per cluster that is not so.

with cluster as (
    select row_number, name, is_planned, certainty, h100e_8bit_epoch
    from marts.cluster
    where is_in_standard_analysis
)

select row_number, name, h100e_8bit_epoch
from cluster
where coalesce(is_planned, true) or coalesce(certainty = 'Unlikely', false)
