-- description: No comparable timing reaches more than the peak of its GPUs, or nothing of it: that
-- would be wrong sizes, passes or rates. A GPU whose rate is unknown has no share. One row per
-- timing that does.

with backtest as (
    select model, gpu, gpus, case_text, source, gpu_key, is_comparable, flop, seconds, mfu
    from estimates.backtest
)

select *
from backtest
where is_comparable and gpu_key is not null and coalesce(mfu <= 0 or mfu > 1, true)
