-- description: A file built for an earlier state of knowledge holds nothing that became known after
-- it, or at an unknown time. One row per table that does.

with build as (
    select as_of from marts.build where as_of is not null
),

fact as (
    select 'marts.token_day' as model, known_at from marts.token_day
    union all
    select 'marts.token_month', known_at from marts.token_month
    union all
    select 'marts.event', known_at from marts.event
    union all
    select 'marts.event_close_day', known_at from marts.event_close_day
    union all
    select 'marts.gpu', known_at from marts.gpu
    union all
    select 'marts.gpu_equivalence', known_at from marts.gpu_equivalence
    union all
    select 'marts.gpu_spec_cell', known_at from marts.gpu_spec_cell
    union all
    select 'marts.gpu_disagreement', known_at from marts.gpu_disagreement
    union all
    select 'marts.gpu_revision', known_at from marts.gpu_revision
    union all
    select 'marts.fleet_quarter', known_at from marts.fleet_quarter
    union all
    select 'marts.fleet_chip_quarter', known_at from marts.fleet_chip_quarter
    union all
    select 'marts.fleet_total_quarter', known_at from marts.fleet_total_quarter
    union all
    select 'marts.shipment_quarter', known_at from marts.shipment_quarter
    union all
    select 'marts.owner_chip_quarter', known_at from marts.owner_chip_quarter
    union all
    select 'marts.owner_quarter', known_at from marts.owner_quarter
    union all
    select 'marts.vendor_revenue_quarter', known_at from marts.vendor_revenue_quarter
    union all
    select 'marts.cluster', known_at from marts.cluster
    union all
    select 'marts.data_center', known_at from marts.data_center
    union all
    select 'marts.data_center_timeline', known_at from marts.data_center_timeline
    union all
    select 'marts.data_center_chip', known_at from marts.data_center_chip
    union all
    select 'estimates.owner_estimate_year', known_at from estimates.owner_estimate_year
    union all
    select 'marts.shipment_customer_year', known_at from marts.shipment_customer_year
    union all
    select 'marts.network_capacity_day', known_at from marts.network_capacity_day
    union all
    select 'marts.network_fact', known_at from marts.network_fact
    union all
    select 'marts.network_gpu_day', known_at from marts.network_gpu_day
    union all
    select 'marts.network_price_day', known_at from marts.network_price_day
    union all
    select 'marts.network_revenue_day', known_at from marts.network_revenue_day
    union all
    select 'marts.network_activity_day', known_at from marts.network_activity_day
    union all
    select 'marts.network_cap_day', known_at from marts.network_cap_day
    union all
    select 'marts.network_revenue_multiple_day', known_at from marts.network_revenue_multiple_day
    union all
    select 'marts.network_epoch', known_at from marts.network_epoch
    union all
    select 'marts.network_total_day', known_at from marts.network_total_day
    union all
    select 'marts.equity_day', known_at from marts.equity_day
    union all
    select 'marts.gpu_offer_day', known_at from marts.gpu_offer_day
    union all
    select 'marts.gpu_provider_price_day', known_at from marts.gpu_provider_price_day
    union all
    select 'marts.gpu_price_day', known_at from marts.gpu_price_day
    union all
    select 'marts.gpu_price_latest', known_at from marts.gpu_price_latest
    union all
    select 'marts.gpu_price_warning_day', known_at from marts.gpu_price_warning_day
    union all
    select 'marts.gpu_catalogue_day', known_at from marts.gpu_catalogue_day
    union all
    select 'marts.equity_close_day', known_at from marts.equity_close_day
    union all
    select 'marts.equity_split', known_at from marts.equity_split
    union all
    select 'marts.equity_revenue_quarter', known_at from marts.equity_revenue_quarter
    union all
    select 'marts.video_timing', known_at from marts.video_timing
    union all
    select 'marts.claim', known_at from marts.claim
    union all
    select 'marts.token_day_first_known', known_at from marts.token_day_first_known
    union all
    select 'marts.token_day_from_files', known_at from marts.token_day_from_files
    union all
    select 'marts.token_snapshot_day', known_at from marts.token_snapshot_day
    union all
    select 'marts.sector_step_day', known_at from marts.sector_step_day
    union all
    select 'marts.sector_index_day', known_at from marts.sector_index_day
    union all
    select 'marts.sector_change_day', known_at from marts.sector_change_day
    union all
    select 'marts.token_risk', known_at from marts.token_risk
    union all
    select 'marts.benchmark_step_day', known_at from marts.benchmark_step_day
    union all
    select 'marts.token_comovement', known_at from marts.token_comovement
    union all
    select 'marts.sector_risk_day', known_at from marts.sector_risk_day
    union all
    select 'marts.sector_comovement_day', known_at from marts.sector_comovement_day
    union all
    select 'marts.membership_day', known_at from marts.membership_day
    union all
    select 'marts.global_day', known_at from marts.global_day
    union all
    select 'marts.gap', known_at from marts.gap
    union all
    select 'marts.outage', known_at from marts.outage
    union all
    select 'estimates.basket_change_7d', known_at from estimates.basket_change_7d
    union all
    select 'estimates.network_h100e_day', known_at from estimates.network_h100e_day
    union all
    select 'estimates.network_fact_h100e_day', known_at from estimates.network_fact_h100e_day
    union all
    select 'estimates.network_valuation_day', known_at from estimates.network_valuation_day
    union all
    select 'estimates.network_cards_needed', known_at from estimates.network_cards_needed
    union all
    -- Months without a fleet figure rest on the scenario alone.
    select 'estimates.supply_gap_month', known_at
    from estimates.supply_gap_month
    where fleet_quarter_end is not null
    union all
    select 'estimates.first_sufficient_month', known_at from estimates.first_sufficient_month
    union all
    select 'estimates.claim_evidence', known_at from estimates.claim_evidence
)

select fact.model, max(fact.known_at) as known_at, any_value(build.as_of) as as_of
from fact
cross join build
where fact.known_at is null or fact.known_at > build.as_of
group by fact.model
