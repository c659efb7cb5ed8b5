-- description: Figures on which sources of specifications differ, with the one that counts, the one that lost and what it seems to be; those furthest apart first. One row per accelerator, figure and losing source.
-- grain: gpu_key, field, loser_source
select
    gpu_key,
    field,
    winner_value,
    winner_source,
    loser_value,
    loser_source,
    round(ratio, 3) as ratio,
    suspicion
from marts.gpu_disagreement
order by abs(ln(ratio)) desc, gpu_key, field, loser_source
