-- description: Evidence on the claim that Render's and Akash's GPUs do not close the gap. One row
-- per claim and piece of evidence; supports is null where it is for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select claim_id, value_high, claim_date from marts.claim
),

network_fact_h100e_day as (
    select
        network_id,
        fact_date,
        metric,
        kind,
        basis,
        workload,
        h100e_low,
        h100e_high,
        assumption,
        source,
        known_at
    from estimates.network_fact_h100e_day
),

claimed as (
    select claim_id, value_high, claim_date
    from claim
    where claim_id = 'networks-do-not-close-the-gap'
),

evidence as (
    select
        claimed.claim_id,
        network.network_id
        || '-'
        || network.fact_date
        || '-'
        || replace(network.metric, ' ', '-')
        || '-'
        || replace(network.basis, ' ', '-') as evidence_id,
        -- Figures before the claim first, Render before Akash, a model that the cards hold before
        -- one that they do not, and before the peak.
        case when network.fact_date > claimed.claim_date then 6 else 0 end
        + case network.network_id when 'render' then 0 else 3 end
        + case
            when network.workload is null then 3
            when network.h100e_low = 0 then 2
            else 1
        end as place,
        'assumption' as basis,
        case when network.h100e_low = network.h100e_high then network.h100e_low end as value,
        network.h100e_low as range_low,
        network.h100e_high as range_high,
        'H100e, ' || replace(network.basis, 'bf16_dense', 'dense BF16 peak') as unit,
        upper(network.network_id[1])
        || network.network_id[2:]
        || ', '
        || network.kind
        || ': '
        || network.assumption
        || case
            when network.h100e_low = 0 then '; an RTX 4090 does not hold the model' else ''
        end as description,
        network.fact_date as valid_date,
        network.known_at,
        network.h100e_high < claimed.value_high as supports,
        network.source as sources
    from claimed
    inner join network_fact_h100e_day as network on network.network_id in ('render', 'akash')
)

select * from evidence
