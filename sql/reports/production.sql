-- description: Accelerators made in 2023, by those who estimated it, and in how many such years the claimed number would be made. One row per estimate.
-- grain: estimate
with epoch as (
    select
        case chip_group
            when 'h100' then 'H100'
            when 'h100+h800' then 'H100 and H800'
            else 'All Nvidia data-centre chips since A100'
        end as what,
        case chip_group when 'h100' then 1 when 'h100+h800' then 2 else 3 end as place,
        p05, p50, p95
    from estimates.shipment_year
    where year = 2023 and rank_correlation = 1 and basis = 'units'
),

press as (
    select
        case claim_id
            when 'ft-h100-2023' then 'H100, plan for the year as reported in August 2023'
            when 'omdia-h100-q2-2023' then 'H100, second quarter of 2023 times four'
            else 'All data-centre GPUs of any type'
        end as what,
        case claim_id when 'ft-h100-2023' then 4 when 'omdia-h100-q2-2023' then 5 else 6 end as place,
        case claim_id when 'omdia-h100-q2-2023' then 4 else 1 end * value_low as low,
        origin
    from marts.claim
    where claim_id in ('ft-h100-2023', 'omdia-h100-q2-2023', 'techinsights-gpus-2023')
)

select what as estimate, 'Epoch AI' as producer, p05, p50, p95, claim.value_low / p50 as years, place
from epoch
left join marts.claim on claim.claim_id = 'gpus-at-peak'
union all
select what, press.origin, null, low, null, claim.value_low / low, place
from press
left join marts.claim on claim.claim_id = 'gpus-at-peak'
order by place
