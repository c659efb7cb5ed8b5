-- description: Chip families of the supply tables: the accelerator whose specification stands
-- for each (null where none is known), and the H100-equivalents of one unit on three bases.
-- One row per chip.
-- grain: chip
-- column h100e_bf16_dense: H100-equivalents of one unit by dense BF16 peak; null: the specification
-- is unknown.
-- column known_at: When the equivalents by dense BF16 were known; null: they are not.
-- column h100e_8bit_epoch: H100-equivalents of one unit at 8 bits: the publisher's count over its
-- units, at the medians.

with shipped as (
    select chip, units_p50, h100e_8bit_epoch_p50 from staging.bundled__shipped_chip_quarter
),

owned as (
    select chip, units_p50, h100e_8bit_epoch_p50 from staging.bundled__owned_chip_cumulative
),

gpu_equivalence as (
    select gpu_key, basis, h100e, known_at from marts.gpu_equivalence
),

-- Of the newest edition.
sold as (
    select chip, units_p50, h100e_8bit_epoch_p50 from staging.epoch__chip_sale where chip <> 'all'
),

held as (
    select chip, units_p50, h100e_8bit_epoch_p50
    from staging.epoch__chip_holding
    where chip <> 'all'
),

representative as (
    select name as chip, min(gpu_key) as gpu_key
    from marts.gpu_name
    where source in ('bundled', 'epoch') and memory_gb is null and interface is null
    group by name
),

supply as (
    select * from shipped
    union all
    select * from owned
    union all
    select * from sold
    union all
    select * from held
),

per_unit as (
    select
        chip,
        sum(h100e_8bit_epoch_p50) / nullif(sum(units_p50), 0) as h100e_8bit_epoch
    from supply
    group by chip
),

chip as (
    select
        per_unit.chip,
        representative.gpu_key,
        bf16.h100e as h100e_bf16_dense,
        fp8.h100e as h100e_fp8_dense,
        -- The publisher counts the faster of FP8 and INT8; the H100 has both at one rate.
        greatest(fp8.h100e, int8.h100e) as h100e_8bit_dense,
        per_unit.h100e_8bit_epoch,
        -- Our 8-bit specification and the publisher's count differ by over 5 %.
        abs(greatest(fp8.h100e, int8.h100e) / per_unit.h100e_8bit_epoch - 1) > 0.05
        as is_8bit_disputed,
        bf16.known_at
    from per_unit
    left join representative using (chip)
    left join gpu_equivalence as bf16
        on bf16.gpu_key = representative.gpu_key and bf16.basis = 'bf16_dense'
    left join gpu_equivalence as fp8
        on fp8.gpu_key = representative.gpu_key and fp8.basis = 'fp8_dense'
    left join gpu_equivalence as int8
        on int8.gpu_key = representative.gpu_key and int8.basis = 'int8_dense'
)

select * from chip
