-- description: Every chip of the bundled fleets and every GPU that was timed is a known
-- accelerator, and each chip has a rate: a fleet that leaves one out looks smaller than it is. A
-- name that is new in a live table is counted instead. One row per name that is not.

with gpu_name as (
    select source, name, gpu_key from marts.gpu_name where source = 'bundled'
),

chip as (
    select chip, gpu_key, h100e_bf16_dense from marts.chip
)

select name, 'no accelerator of this name is known' as finding
from gpu_name
where gpu_key is null
union all
select chip, 'its specification has no BF16 rate'
from chip
where h100e_bf16_dense is null and chip in (select name from gpu_name)
