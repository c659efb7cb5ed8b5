-- description: Every scenario gives the figures that it promises. One row per figure that a
-- scenario misses.

with chain_check as (
    select scenario_id, check_id, output, expected, computed, rel_tol, passed
    from estimates.chain_check
)

select * from chain_check where passed is distinct from true
