-- description: How near the recomputed figures of claims come to the published ones. One row per report.
-- grain: n_claims
-- sources: bundled, import
with figure as (
    select
        verdict,
        coalesce(
            recomputed / published_high,
            sqrt(recomputed_low / published_low * recomputed_high / published_high)
        ) as ratio
    from estimates.claim
    where claim_date <= (select report_date from marts.build)
        and published_low > 0
        and published_high > 0
        and coalesce(recomputed, least(recomputed_low, recomputed_high)) > 0
)

select
    count(*) as n_claims,
    count(*) filter (abs(ratio - 1) <= 0.05) as n_close,
    0.05 as close_share,
    count(*) filter (verdict in ('does not follow', 'fails')) as n_not_held,
    min(ratio) as least_ratio,
    max(ratio) as most_ratio
from figure
having count(*) > 0
