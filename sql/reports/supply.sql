-- description: Fleets of the large owners and production in 2023 against 720,000 H100. One row per report.
-- grain: quarter_end
with ends as (
    select max(quarter_end) as quarter_end
    from marts.fleet_quarter
    where designer = 'Nvidia'
        and quarter_end <= (select report_date from marts.build)
),

three as (
    select * from estimates.owner_group_quarter
    where owner_group = 'microsoft+meta+google' and rank_correlation = 1
),

six as (
    select * from estimates.owner_group_quarter
    where owner_group = 'all six owners' and rank_correlation = 1
),

made as (select * from estimates.shipment_year where year = 2023 and rank_correlation = 1)

select
    ends.quarter_end,
    before.quarter_end as quarter_before,
    later.p50 as three_p50,
    later.p05 as three_p05,
    later.p95 as three_p95,
    before.p50 as three_before_p50,
    before.p05 as three_before_p05,
    before.p95 as three_before_p95,
    six.p50 as six_p50,
    h100.p50 as made_h100_p50,
    h100.p05 as made_h100_p05,
    h100.p95 as made_h100_p95,
    h800.p50 as made_both_p50,
    total.h100e_8bit_epoch_p50 as all_8bit_p50,
    total.h100e_bf16_dense_p50 as all_bf16_p50,
    total.spec_coverage,
    claim.value_low as claimed,
    press.value_low as ft_made,
    claim.value_low / total.h100e_bf16_dense_p50 as claimed_to_fleet
from ends
left join three as later on later.quarter_end = ends.quarter_end
left join three as before
    on before.quarter_end = (select max(quarter_end) from three where quarter_end < ends.quarter_end)
left join six on six.quarter_end = ends.quarter_end
left join made as h100 on h100.chip_group = 'h100'
left join made as h800 on h800.chip_group = 'h100+h800'
left join marts.fleet_total_quarter as total
    on total.quarter_end = ends.quarter_end and total.designer = 'Nvidia'
left join marts.claim on claim.claim_id = 'gpus-at-peak'
left join marts.claim as press on press.claim_id = 'ft-h100-2023'
