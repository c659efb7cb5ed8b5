-- description: Share of the dense BF16 peak that video models reach on single GPUs, largest first. One row per class of GPU and software.
-- grain: mfu_class
select mfu_class, gpus_named, n_timings, n_models, geometric_mean, sd_ln, least, most, computing_mfu
from estimates.mfu_class
order by geometric_mean desc, mfu_class
