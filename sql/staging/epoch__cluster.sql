-- description: GPU clusters that became known, as Epoch AI lists them in its newest edition:
-- existing, planned and rumoured ones, 10 to 20 % of all capacity, so their sum is no total. Names
-- recur. One row per place in the list.
-- grain: row_number
-- column row_number: Place in the list, from 1; another edition counts anew.
-- column name: Name of the cluster; 257 are called Anonymized Chinese System.

with source_rows as (
    select * from raw.epoch__cluster
),

newest as (
    select *
    from source_rows
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
),

renamed as (
    select
        row_number,
        name,
        status,
        certainty,
        single_cluster,
        h100e as h100e_8bit_epoch,
        chip,
        chips,
        second_chip,
        second_chips,
        chips_in_all,
        country,
        owner,
        users,
        sector,
        first_operational_date,
        first_operational_note,
        decommissioned,
        power_mw,
        hardware_cost_usd,
        op16_per_s,
        op8_per_s,
        is_in_standard_analysis,
        coalesce(is_excluded, false) as is_excluded,
        coalesce(is_possible_duplicate, false) as is_possible_duplicate,
        superseded_by,
        note,
        source_link,
        payload_sha256,
        known_at
    from newest
),

latest as (
    select *
    from renamed
    qualify row_number() over (partition by row_number order by known_at desc, payload_sha256) = 1
)

select * from latest
