-- description: Figures of accelerators that lost against another source and differ from it: memory
-- by over 1 GB (GB and GiB taken for the same), rates and bandwidth by over 3.5 %, power by over
-- 5 %, with what the loser seems to be. One row per accelerator, figure and losing source.
-- grain: gpu_key, field, loser_source
-- column field: Figure, by its column in marts.gpu.
-- column unit: Unit of the figure.

with gpu_spec_cell as (
    select gpu_key, field, source, value, unit, source_name, is_winner, known_at
    from marts.gpu_spec_cell
),

gpu as (
    select gpu_key, vendor, architecture, is_gaming from marts.gpu
),

known_slip as (
    select *
    from (
        values
            ('amd_mi325x_256gb', 'memory_gb', 288, 'as announced; 256 GB were shipped'),
            ('amd_mi325x_256gb', 'memory_bandwidth_gb_s', 10300, 'bandwidth of the cache'),
            ('amd_mi300x_192gb', 'memory_bandwidth_gb_s', 10300, 'bandwidth of the cache'),
            ('amd_mi300a_128gb', 'memory_bandwidth_gb_s', 10300, 'bandwidth of the cache'),
            ('amd_mi308x_192gb', 'memory_bandwidth_gb_s', 10300, 'bandwidth of the cache'),
            ('nvidia_h100_nvl_94gb', 'memory_gb', 188, 'a pair of cards'),
            ('nvidia_v100_sxm2_16gb', 'tdp_w', 250, 'of the PCIe card'),
            ('nvidia_v100_sxm2_32gb', 'tdp_w', 250, 'of the PCIe card'),
            ('nvidia_v100_sxm3_32gb', 'tdp_w', 250, 'of the PCIe card'),
            ('nvidia_v100_pcie_16gb', 'tdp_w', 300, 'of the SXM2 board'),
            ('nvidia_b200_sxm_180gb', 'memory_bandwidth_gb_s', 7700, 'of the HGX sheet'),
            ('nvidia_b300_sxm_270gb', 'memory_bandwidth_gb_s', 7700, 'of the HGX sheet'),
            ('amazon_trainium1_32gb', 'int8_dense_tops', 420, 'of the first documentation'),
            ('nvidia_b200_sxm_180gb', 'memory_gb', 90, 'one die of two'),
            ('nvidia_b300_sxm_270gb', 'memory_gb', 144, 'one die of two'),
            ('nvidia_b200_sxm_180gb', 'memory_bandwidth_gb_s', 4100, 'one die of two'),
            ('nvidia_b300_sxm_270gb', 'memory_bandwidth_gb_s', 4100, 'one die of two'),
            (
                'nvidia_gh200_96gb',
                'memory_bandwidth_gb_s',
                4900,
                'of the version with 144 GB of HBM3e'
            ),
            ('amd_mi308x_192gb', 'bf16_dense_tflops', 653.7, 'its count at 8 bits')
    ) as known (gpu_key, field, value, suspicion)
),

winner as (
    select * from gpu_spec_cell where is_winner
),

loser as (
    select * from gpu_spec_cell where not is_winner
),

differing as (
    select
        winner.gpu_key,
        winner.field,
        winner.unit,
        winner.value as winner_value,
        winner.source as winner_source,
        loser.value as loser_value,
        loser.source as loser_source,
        loser.source_name as loser_name,
        loser.value / winner.value as ratio,
        greatest(winner.known_at, loser.known_at) as known_at
    from winner
    inner join loser on loser.gpu_key = winner.gpu_key and loser.field = winner.field
    where
        case winner.field
            when 'memory_gb'
            then
                abs(loser.value - winner.value) > 1
                and abs(loser.value / 1.073741824 - winner.value) > 1
                and abs(loser.value * 1.073741824 - winner.value) > 1
            when 'tdp_w' then abs(loser.value / winner.value - 1) > 0.05
            else abs(loser.value / winner.value - 1) > 0.035
        end
),

-- Another accelerator of the design whose figure it is, the one with the likest name.
sibling as (
    select differing.gpu_key, differing.field, differing.loser_source, other.gpu_key as sibling_key
    from differing
    inner join gpu using (gpu_key)
    inner join gpu as other_gpu
        on
            other_gpu.vendor = gpu.vendor
            and other_gpu.architecture = gpu.architecture
            and other_gpu.gpu_key != gpu.gpu_key
    inner join winner as other
        on
            other.gpu_key = other_gpu.gpu_key
            and other.field = differing.field
            and abs(other.value / differing.loser_value - 1) < 0.005
    qualify row_number() over (
        partition by differing.gpu_key, differing.field, differing.loser_source
        order by levenshtein(other.gpu_key, differing.gpu_key), other.gpu_key
    ) = 1
),

gpu_disagreement as (
    select
        differing.gpu_key,
        differing.field,
        differing.unit,
        differing.winner_value,
        differing.winner_source,
        differing.loser_value,
        differing.loser_source,
        differing.loser_name,
        differing.ratio,
        case
            when known_slip.suspicion is not null then known_slip.suspicion
            when differing.unit in ('TFLOP/s', 'TOP/s')
            then
                case
                    when gpu.is_gaming and differing.ratio between 1.9 and 2.1
                    then 'FP16 accumulate, or sparse'
                    when gpu.is_gaming and differing.ratio between 3.8 and 4.2
                    then 'FP16 accumulate and sparse'
                    when differing.ratio between 1.9 and 2.1 then 'sparse, or two dies or cards'
                    when differing.ratio between 0.48 and 0.52 then 'one die or card of two'
                    when differing.ratio between 0.23 and 0.28 then 'shader rate, not tensor rate'
                end
            when differing.field = 'memory_bandwidth_gb_s'
            then
                case
                    when differing.ratio between 1.9 and 2.1
                    then 'data rate counted twice, or bandwidth of the cache'
                    when differing.ratio between 0.48 and 0.52 then 'one die or card of two'
                end
            when differing.ratio between 1.98 and 2.02 then 'a pair of cards'
            when differing.ratio between 0.48 and 0.52 then 'one die or card of two'
        end as pattern,
        sibling.sibling_key,
        differing.known_at
    from differing
    inner join gpu using (gpu_key)
    left join known_slip
        on
            known_slip.gpu_key = differing.gpu_key
            and known_slip.field = differing.field
            and abs(known_slip.value / differing.loser_value - 1) < 0.01
    left join sibling
        on
            sibling.gpu_key = differing.gpu_key
            and sibling.field = differing.field
            and sibling.loser_source = differing.loser_source
),

named as (
    select
        * exclude (pattern, sibling_key, known_at),
        coalesce(pattern, 'as of ' || sibling_key) as suspicion,
        known_at
    from gpu_disagreement
)

select * from named
