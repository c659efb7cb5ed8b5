-- description: What every report needs is there: daily closes, an index, equivalences with the
-- H100 among them, and scenarios that check themselves. A file of earlier knowledge may lack what
-- was not known yet. One row per need that is not met.

with build as (
    select count(*) as n_whole from marts.build where as_of is null
),

token_day as (
    select count(*) as n_rows from marts.token_day where close_usd is not null
),

sector_index_day as (
    select count(*) as n_rows from marts.sector_index_day
),

gpu_equivalence as (
    select count(*) as n_rows, count(*) filter (gpu_key = 'nvidia_h100_sxm5_80gb') as n_h100
    from marts.gpu_equivalence
),

gpu as (
    select count(*) as n_rows from marts.gpu where gpu_key = 'nvidia_h100_sxm5_80gb'
),

chain_check as (
    select count(*) as n_rows from estimates.chain_check
),

need as (
    select 'marts.token_day: a close' as need, n_rows, true as may_come_later from token_day
    union all
    select 'marts.sector_index_day: a level', n_rows, true from sector_index_day
    union all
    select 'marts.gpu_equivalence: an accelerator', n_rows, true from gpu_equivalence
    union all
    select 'marts.gpu_equivalence: the H100', n_h100, true from gpu_equivalence
    union all
    select 'marts.gpu: the H100', n_rows, true from gpu
    union all
    -- Scenarios ship with the program.
    select 'estimates.chain_check: a check', n_rows, false from chain_check
)

select need.need
from need
cross join build
where need.n_rows = 0 and (not need.may_come_later or build.n_whole > 0)
