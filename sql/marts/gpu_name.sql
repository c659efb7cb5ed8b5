-- description: Names of accelerators as the sources write them, and the accelerator that each one
-- means: the one place where names become keys. A name that is not listed means none, whatever it
-- resembles. One row per source, name, memory and interface.
-- grain: name_id
-- rests on: staging.bundled__gpu_alias
-- column name_id: Source, name, memory and form, parted by bars; - for what is not given.
-- column source: Source that writes the name.
-- column name: Name as the source writes it.
-- column memory_gb: Memory that the source gives with the name; null: it gives none.
-- column interface: Form that the source gives with the name, as it writes it; null: it gives none.

with alias as (
    select alias, memory_gb, interface, source, gpu_key from staging.bundled__gpu_alias
),

-- How often each occurs is not asked here: it changes with every fetch, what a name means does not.
named as (
    select name_id, source, name, memory_gb, interface from marts.gpu_name_use
),

-- What a name says ---------------------------------------------------------------------------
-- Its words in lower case; a size among them is the memory, a socket the form, makers and their
-- lines say nothing. What is left is the model, compared as a whole: no word of it may be left
-- over, so that H20 is never found in H200, L40 in L40S, or an RTX 4090 in an RTX 4090 Mobile.

spelled as (
    select name as text from named
    union
    select alias from alias
),

worded as (
    select text, trim(regexp_replace(lower(text), '[^a-z0-9]+', ' ', 'g')) as words from spelled
),

modelled as (
    select
        text,
        words,
        replace(
            regexp_replace(
                words,
                '\b(?:[0-9]{1,3} ?(?:gb|gib|gi|g)|sxm[0-9]?|pcie|nvl|oam|nvidia|amd|ati|intel|habana'
                || '|google|amazon|aws|geforce|tesla|radeon|instinct|gpu|corporation|tm)\b',
                '',
                'g'
            ),
            ' ',
            ''
        ) as model
    from worded
),

said as (
    select
        named.*,
        modelled.model,
        coalesce(
            try_cast(
                nullif(
                    regexp_extract(modelled.words, '\b([0-9]{1,3}) ?(?:gb|gib|gi|g)\b', 1), ''
                ) as double
            ),
            named.memory_gb
        ) as said_memory_gb,
        coalesce(
            nullif(regexp_extract(modelled.words, '\b(sxm[0-9]?|pcie|nvl|oam)\b', 1), ''),
            regexp_replace(lower(named.interface), '[^a-z0-9]+', '', 'g')
        ) as said_interface
    from named
    inner join modelled on modelled.text = named.name
),

listed as (
    select
        alias.gpu_key,
        alias.source,
        alias.memory_gb,
        lower(alias.interface) as interface,
        -- The key's own memory bounds a name that is listed without any: a card of another size
        -- is another card.
        coalesce(
            alias.memory_gb,
            try_cast(nullif(regexp_extract(alias.gpu_key, '_([0-9]+)gb$', 1), '') as double)
        ) as bound_gb,
        modelled.model
    from alias
    inner join modelled on modelled.text = alias.alias
),

-- Sizes are given in GB or in GiB (7 % less in number), or without the sixteenth that error
-- correction takes.
candidate as (
    select
        said.source,
        said.name,
        said.memory_gb,
        said.interface,
        listed.gpu_key
    from said
    inner join listed
        on
            listed.model = said.model
            and (listed.source is null or listed.source = said.source)
            and (listed.interface is null or starts_with(said.said_interface, listed.interface))
            and (listed.memory_gb is null or said.said_memory_gb is not null)
            and (
                listed.bound_gb is null
                or said.said_memory_gb is null
                or said.said_memory_gb between 0.93 * listed.bound_gb and 1.08 * listed.bound_gb
            )
    -- What says more counts first, then what is listed for this source.
    qualify rank() over (
        partition by said.source, said.name, said.memory_gb, said.interface
        order by
            coalesce(length(listed.interface), 0) desc,
            listed.memory_gb is null,
            abs(said.said_memory_gb - listed.memory_gb),
            listed.source is null
    ) = 1
),

-- Two keys for one name are none.
decided as (
    select
        source,
        name,
        memory_gb,
        interface,
        case when count(distinct coalesce(gpu_key, '')) = 1 then any_value(gpu_key) end as gpu_key
    from candidate
    group by source, name, memory_gb, interface
),

gpu_name as (
    select
        named.name_id,
        named.source,
        named.name,
        named.memory_gb,
        named.interface,
        decided.gpu_key
    from named
    left join decided
        on
            decided.source = named.source
            and decided.name = named.name
            and decided.memory_gb is not distinct from named.memory_gb
            and decided.interface is not distinct from named.interface
)

select * from gpu_name
