-- description: Every source has a producer, a citation and a licence, which the report prints.
-- One row per source that lacks one.

with source as (
    select source, dataset, producer, citation, licence from marts.source
)

select *
from source
where
    coalesce(trim(producer), '') = ''
    or coalesce(trim(citation), '') = ''
    or coalesce(trim(licence), '') = ''
