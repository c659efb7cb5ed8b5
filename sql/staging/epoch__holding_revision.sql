-- description: Holdings that Epoch AI's newest edition counts otherwise than the first one that
-- was had with them: medians of H100-equivalents on its 8-bit basis. One row per owner, designer,
-- chip and period.
-- grain: owner, designer, chip, period_start, period_end, is_running_total
-- column first_h100e_8bit_epoch: Median in the first edition that has the row.
-- column known_at: When the newest edition became known.

with source_rows as (
    select * from raw.epoch__chip_holding
),

renamed as (
    select
        owner,
        coalesce(designer, 'all') as designer,
        coalesce(chip, 'all') as chip,
        period_start,
        period_end,
        is_running_total,
        h100e_p50 as h100e_8bit_epoch,
        dense_rank() over (order by known_at desc, payload_sha256) = 1 as is_newest,
        member,
        payload_sha256,
        known_at
    from source_rows
    where h100e_p50 is not null
),

ends as (
    select
        owner,
        designer,
        chip,
        period_start,
        period_end,
        is_running_total,
        first(h100e_8bit_epoch order by known_at, payload_sha256, member) as first_h100e_8bit_epoch,
        first(h100e_8bit_epoch order by member) filter (is_newest) as h100e_8bit_epoch,
        max(known_at) filter (is_newest) as known_at
    from renamed
    group by owner, designer, chip, period_start, period_end, is_running_total
)

select *
from ends
where abs(h100e_8bit_epoch / nullif(first_h100e_8bit_epoch, 0) - 1) > 1e-6
