-- description: Names of accelerators as the sources write them, and the accelerator that each one
-- means. One row per source, name, memory and interface.
-- grain: name_id
-- column name_id: Source, name, memory and form, parted by bars; - for what is not given.
-- column source: Source that writes the name.
-- column name: Name as the source writes it.
-- column memory_gb: Memory that the source gives with the name; null: it gives none.
-- column interface: Form that the source gives with the name, as it writes it; null: it gives none.
-- column n_rows: Rows of the source with this name, memory and interface.

with offer as (
    select source, name, memory_gb, interface, n_rows from marts.gpu_offer_name_day
),

named as (
    select source, name, memory_gb, interface, cast(sum(n_rows) as bigint) as n_rows
    from offer
    group by source, name, memory_gb, interface
),

alias as (
    select *
    from (
        values
        ('a100', 'sxm', 40.0, 'nvidia_a100_sxm4_40gb'),
        ('a100', 'sxm', 80.0, 'nvidia_a100_sxm4_80gb'),
        ('a10080gb', 'sxm', 80.0, 'nvidia_a100_sxm4_80gb'),
        ('h100', 'sxm', 80.0, 'nvidia_h100_sxm5_80gb'),
        ('h100', 'pcie', 80.0, 'nvidia_h100_pcie_80gb'),
        ('h100nvl', '', 94.0, 'nvidia_h100_nvl_94gb'),
        ('h200', '', 141.0, 'nvidia_h200_sxm_141gb'),
        ('b200', '', 180.0, 'nvidia_b200_sxm_180gb'),
        ('l40s', '', 48.0, 'nvidia_l40s_48gb'),
        ('rtx4090', '', 24.0, 'nvidia_rtx4090_24gb'),
        ('rtx5090', '', 32.0, 'nvidia_rtx5090_32gb'),
        ('mi300x', '', 192.0, 'amd_mi300x_192gb'),
        ('v5litepod', '', null, 'google_tpu_v5e_16gb')
    ) as known (model, form, gb, gpu_key)
),

gpu_name as (
    select
        concat_ws(
            '|',
            named.source,
            named.name,
            coalesce(cast(named.memory_gb as varchar), '-'),
            coalesce(named.interface, '-')
        ) as name_id,
        named.source,
        named.name,
        named.memory_gb,
        named.interface,
        alias.gpu_key,
        named.n_rows
    from named
    left join alias
        on
            alias.model = regexp_replace(lower(named.name), '[^a-z0-9]|_?(sxm|pcie)[0-9]?$', '', 'g')
            and starts_with(coalesce(lower(named.interface), ''), alias.form)
            and coalesce(named.memory_gb, alias.gb, 0)
            between 0.93 * coalesce(alias.gb, 0) and 1.08 * coalesce(alias.gb, 0)
)

select * from gpu_name
