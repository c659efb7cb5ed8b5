-- description: Chip families of the supply tables: the accelerator whose specification stands
-- for each (null where none is known), and the H100-equivalents of one unit on three bases.
-- One row per chip.
-- grain: chip
-- column h100e_bf16_dense: H100-equivalents of one unit by dense BF16 peak; null: the specification
-- is unknown.
-- column h100e_8bit_epoch: H100-equivalents of one unit at 8 bits: the publisher's count over its
-- units, at the medians.

with shipped as (
    select chip, units_p50, h100e_8bit_epoch_p50 from staging.bundled__shipped_chip_quarter
),

owned as (
    select chip, units_p50, h100e_8bit_epoch_p50 from staging.bundled__owned_chip_cumulative
),

gpu_equivalence as (
    select gpu_key, basis, h100e from marts.gpu_equivalence
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

-- The publisher counts H100 and H200 as one family; both have the same compute. For A800, H800,
-- H20 and B300 there is no vendor-checked specification here, so they stay without one.
representative as (
    select *
    from (
        values
            ('A100', 'nvidia_a100_sxm4_80gb'),
            ('H100', 'nvidia_h100_sxm5_80gb'),
            ('H100/H200', 'nvidia_h100_sxm5_80gb'),
            ('B200', 'nvidia_b200_sxm_180gb')
    ) as known (chip, gpu_key)
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
        per_unit.h100e_8bit_epoch,
        -- Our FP8 specification and the publisher's count differ by over 5 %.
        abs(fp8.h100e / per_unit.h100e_8bit_epoch - 1) > 0.05 as is_8bit_disputed
    from per_unit
    left join representative using (chip)
    left join gpu_equivalence as bf16
        on bf16.gpu_key = representative.gpu_key and bf16.basis = 'bf16_dense'
    left join gpu_equivalence as fp8
        on fp8.gpu_key = representative.gpu_key and fp8.basis = 'fp8_dense'
)

select * from chip
