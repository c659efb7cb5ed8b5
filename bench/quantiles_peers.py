"""The peers: the formulas of quantiles.toml in numpy, on draws of numpy and of squigglepy.

Runs in the environment of requirements-bench.lock:

    python quantiles_peers.py numpy DRAWS SEED...       a line of JSON for each seed
    python quantiles_peers.py squigglepy DRAWS SEED...
    python quantiles_peers.py truth BLOCKS SEED         P10, P50 and P90 of so many blocks
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np

LOGNORMAL = {
    "tiktok_uploads": (1.5e7, 4.2e7),
    "youtube_uploads": (3.3e7, 5.6e7),
    "adoption_speed": (0.7, 2.0),
    "candidates": (1.3, 4.5),
    "peak_to_mean": (1.5, 3.2),
    "clip_seconds": (4.0, 10.0),
    "steps": (20, 50),
    "overhead_seconds": (2, 15),
    "efficiency_gain": (1.3, 4.0),
    "mac_per_token_layer": (2.4e8, 3.6e8),
    "peak_flops": (800e12, 1100e12),
}
LOGITNORMAL = {
    "tiktok_ai_share": (0.04, 0.3),
    "youtube_ai_share": (0.02, 0.1),
    "utilisation": (0.45, 0.85),
    "mfu": (0.41, 0.75),
}
UNIFORM = {
    "upload_growth": (0.0, 0.2),
    "server_overhead": (1.5, 1.85),
    "passes": (1, 2),
    "height": (480, 1088),
}
TRIANGULAR = {"gpu_power_kw": (0.55, 0.7, 0.75), "pue": (1.08, 1.2, 1.5)}
PROBABILITIES = (0.1, 0.5, 0.9)
YEARS, BLOCK = 2.0, 65_536
Z95 = 1.6448536269514722
Draws = dict[str, np.ndarray]


def power(x: Draws) -> np.ndarray:
    """Megawatts at the peak, two years on: 1280 pixels wide at 16 frames a second, 40 layers."""
    latent = np.ceil((16 * x["clip_seconds"] - 1) / 4 + 1)
    tokens = latent * (x["height"] / 16) * (1280 / 16)
    linear = 2 * x["mac_per_token_layer"] * 40 * tokens
    flop = (linear + 4 * 5120 * 40 * tokens * tokens) * x["steps"] * x["passes"]
    compute = flop / (x["peak_flops"] * x["mfu"])
    seconds = compute / x["efficiency_gain"] ** YEARS + x["overhead_seconds"]
    uploads = x["tiktok_uploads"] * x["tiktok_ai_share"]
    uploads = uploads + x["youtube_uploads"] * x["youtube_ai_share"]
    adoption = 1 / (1 + np.exp(x["adoption_speed"] * (2.5 - YEARS)))
    minutes = uploads * (1 + x["upload_growth"]) ** YEARS * adoption
    gpus = minutes / 1440 * x["candidates"] * seconds / x["clip_seconds"]
    peak = gpus * x["peak_to_mean"] / x["utilisation"]
    return peak * x["gpu_power_kw"] * x["server_overhead"] * x["pue"] / 1000


def by_numpy(draws: int, seed: int) -> np.ndarray:
    """Blocks that fit the cache, with the fastest generator that numpy has."""
    generator = np.random.Generator(np.random.SFC64(seed))
    starts = range(0, draws, BLOCK)
    return np.concatenate([power(_drawn(generator, min(BLOCK, draws - at))) for at in starts])


def _drawn(generator: np.random.Generator, n: int) -> Draws:
    x = {}
    for name, (low, high) in LOGNORMAL.items():
        x[name] = np.exp(_normal(generator, np.log(low), np.log(high), n))
    for name, (low, high) in LOGITNORMAL.items():
        x[name] = 1 / (1 + np.exp(-_normal(generator, _logit(low), _logit(high), n)))
    for name, (low, high) in UNIFORM.items():
        x[name] = low + (high - low) * generator.random(n)
    for name, corners in TRIANGULAR.items():
        x[name] = generator.triangular(*corners, n)
    return x


def _normal(generator: np.random.Generator, p05: float, p95: float, n: int) -> np.ndarray:
    return (p05 + p95) / 2 + (p95 - p05) / 2 / Z95 * generator.standard_normal(n)


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def by_squigglepy(draws: int, seed: int) -> np.ndarray:
    """One array an input, as squigglepy draws them."""
    import squigglepy as sq

    sq.set_seed(seed)
    x = {name: sq.sample(sq.lognorm(*given), n=draws) for name, given in LOGNORMAL.items()}
    for name, (low, high) in LOGITNORMAL.items():
        logits = sq.sample(sq.norm(_logit(low), _logit(high)), n=draws)
        x[name] = 1 / (1 + np.exp(-logits))
    x |= {name: sq.sample(sq.uniform(*given), n=draws) for name, given in UNIFORM.items()}
    x |= {name: sq.sample(sq.triangular(*given), n=draws) for name, given in TRIANGULAR.items()}
    return power(x)


def measure(sampled: Callable[[int, int], np.ndarray], draws: int, seeds: list[int]) -> None:
    """Print CPU seconds and quantiles of each seed."""
    sampled(1000, 0)  # imports are not counted
    for seed in seeds:
        started = time.process_time()
        quantiles = np.quantile(sampled(draws, seed), PROBABILITIES).tolist()
        cpu = time.process_time() - started
        print(json.dumps({"cpu": cpu, "quantiles": quantiles}), flush=True)


def truth(blocks: int, seed: int) -> None:
    """Quantiles of many draws, kept as counts in steps of 1e-4 of the logarithm."""
    generator = np.random.Generator(np.random.SFC64(seed))
    first, step = -10.0, 1e-4
    counts = np.zeros(300_000, dtype=np.int64)
    for _ in range(blocks):
        places = (np.log(power(_drawn(generator, BLOCK))) - first) / step
        counts += np.bincount(places.astype(np.int64), minlength=len(counts))
    reached = np.cumsum(counts) / counts.sum()
    edges = first + step * np.arange(1, len(counts) + 1)
    print(np.exp(np.interp(PROBABILITIES, reached, edges)).tolist())


if __name__ == "__main__":
    method, size, *seeds = sys.argv[1:]
    if method == "truth":
        truth(int(size), int(seeds[0]))
    else:
        ways = {"numpy": by_numpy, "squigglepy": by_squigglepy}
        measure(ways[method], int(size), [int(seed) for seed in seeds])
