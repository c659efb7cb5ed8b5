-- description: GPU clusters that became known, existing, planned and rumoured, as Epoch AI lists
-- them; they cover 10 to 20 % of all capacity and some are counted twice, so their sum is no
-- total. Sum, if at all, what is in the publisher's standard analysis. One row per place in the
-- newest list.
-- grain: row_number
-- column row_number: Place in the list, from 1; another edition counts anew.
-- column name: Name of the cluster; 257 are called Anonymized Chinese System, so it is no key.
-- column owner: Owner of the cluster, as the publisher names it; several are parted by commas.
-- column chip: Chip that most of it is made of, as the publisher names it; null: unknown.
-- column h100e_8bit_epoch: H100-equivalents at 8 bits, as the publisher counts them; null: unknown.
-- column gpu_key: Accelerator of the main chip, by capbrief's key; null: no such specification.

with cluster as (
    select
        row_number,
        name,
        status,
        certainty,
        owner,
        users,
        country,
        sector,
        chip,
        chips,
        second_chip,
        second_chips,
        chips_in_all,
        h100e_8bit_epoch,
        power_mw,
        hardware_cost_usd,
        first_operational_date,
        is_in_standard_analysis,
        is_excluded,
        is_possible_duplicate,
        source_link,
        known_at
    from staging.epoch__cluster
),

gpu_name as (
    select source, name, memory_gb, interface, gpu_key from marts.gpu_name where source = 'epoch'
),

named as (
    select
        cluster.row_number,
        cluster.name,
        cluster.status,
        cluster.certainty,
        cluster.is_in_standard_analysis,
        cluster.status = 'Planned' as is_planned,
        cluster.owner,
        cluster.users,
        cluster.country,
        cluster.sector,
        cluster.chip,
        gpu_name.gpu_key,
        cluster.chips,
        cluster.second_chip,
        cluster.second_chips,
        cluster.chips_in_all,
        cluster.h100e_8bit_epoch,
        cluster.power_mw,
        cluster.hardware_cost_usd,
        cluster.first_operational_date,
        cluster.is_excluded,
        cluster.is_possible_duplicate,
        cluster.source_link,
        cluster.known_at
    from cluster
    left join gpu_name
        on gpu_name.name = cluster.chip
        and gpu_name.memory_gb is null
        and gpu_name.interface is null
)

select * from named
