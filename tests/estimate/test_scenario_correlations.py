"""[[correlations]]: what a scenario may say, and whether it holds together."""

import math
import re
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import linalg, stats

from pipeline.estimate import correlation, scenario

Load = Callable[..., scenario.Scenario]
Problems = Callable[..., list[str]]
Reload = Callable[[scenario.Scenario], bool]


def listed(*entries: tuple[str, str, float]) -> str:
    return "".join(
        f'[[correlations]]\nbetween = ["{a}", "{b}"]\nspearman = {r}\nsource = "judgement"\n'
        for a, b, r in entries
    )


SHARES = ("tiktok_ai_share", "youtube_ai_share", 0.6)


def test_a_correlation_is_read(load: Load, reload: Reload) -> None:
    loaded = load(listed(SHARES))
    (found,) = loaded.correlations
    assert found.between == SHARES[:2]
    assert found.spearman == 0.6
    assert found.source == loaded.sources["judgement"]
    assert reload(loaded)
    assert load().scenario_hash != loaded.scenario_hash


def test_a_list_of_correlations_replaces_the_inherited_one(load: Load) -> None:
    text = listed(SHARES, ("pue", "candidates", -0.2))
    dropped = load(text, "correlations=[]")
    assert dropped.correlations == ()
    assert dropped.scenario_hash == load("", "correlations=[]").scenario_hash
    one = '{ between = ["pue", "utilisation"], spearman = 0.1, source = "judgement" }'
    assert [c.between for c in load(text, f"correlations=[{one}]").correlations] == [
        ("pue", "utilisation")
    ]


def test_every_mistake_of_an_entry(problems: Problems) -> None:
    text = (
        '[[correlations]]\nbetween = ["pue", "candidate"]\nspearman = 1\nsource = "none"\n'
        '[[correlations]]\nbetween = ["pue", "pue"]\nspearmann = 0.2\nsource = "judgement"\n'
    )
    assert [line.partition("; there are")[0] for line in problems(text)] == [
        "mine.toml:6: correlations[1].between: the engine video has no input 'candidate'; "
        "nearest: candidates",
        "mine.toml:7: correlations[1].spearman: needs -1 < spearman < 1, has 1",
        "mine.toml:8: correlations[1].source: source 'none' is not in [sources]",
        "mine.toml:9: correlations[2]: missing spearman",
        "mine.toml:10: correlations[2].between: needs the names of two different inputs, "
        "has ['pue', 'pue']",
        "mine.toml:11: correlations[2].spearmann: no such key; nearest: spearman",
    ]


def test_no_list_of_tables(problems: Problems) -> None:
    assert problems("[correlations]\na = 1\n") == [
        "mine.toml:5: correlations: needs [[correlations]], a list of tables"
    ]


def test_a_pair_is_there_once(problems: Problems) -> None:
    assert problems(listed(SHARES, (SHARES[1], SHARES[0], 0.1))) == [
        "mine.toml:10: correlations[2].between: youtube_ai_share and tiktok_ai_share "
        "are there twice"
    ]


def test_a_certain_input_is_not_correlated(problems: Problems) -> None:
    point = '[inputs.pue]\ndist = "point"\nvalue = 1.1\n'
    text = listed(("candidates", "pue", 0.3))
    assert problems(point + text) == [
        "mine.toml:9: correlations[1].between: pue is certain (point), "
        "so that nothing correlates with it"
    ]
    assert problems(text, "inputs.pue=1.1") == [
        "--set inputs.pue: inputs.pue.dist: is 'point', but correlations[1] correlates it; "
        "give a list of correlations without it ('correlations=[]' drops all)"
    ]


def test_correlations_that_contradict_one_another(problems: Problems) -> None:
    """By hand: scores of 0.908 and -0.908 leave -0.8244 +- 0.1756, or ranks of -1 to -0.631."""
    text = listed(("pue", "candidates", 0.9), ("candidates", "utilisation", -0.9))
    assert problems(text + listed(("pue", "utilisation", 0.5))) == [
        "mine.toml:15: correlations[3].spearman: the correlations contradict one another; "
        "with the others as they are it needs to be above -1.00 and below -0.64"
    ]


def test_two_contradictions_in_one_group(problems: Problems) -> None:
    names = ["pue", "candidates", "utilisation", "peak_to_mean", "efficiency_gain"]
    rounds = [(names[0], names[1]), (names[1], names[2]), (names[0], names[2])]
    rounds += [(names[2], names[3]), (names[3], names[4]), (names[2], names[4])]
    text = listed(*((a, b, -0.9) for a, b in rounds))
    assert problems(text) == [
        "mine.toml:27: correlations[6].spearman: the correlations contradict one another "
        "whatever this one is; change more than one"
    ]


# -------------------------------------------------------------------------------------- numbers


@given(st.floats(-0.99, 0.99))
def test_rank_and_normal_score_correlations_are_inverse(spearman: float) -> None:
    assert correlation.rank(correlation.normal_score(spearman)) == pytest.approx(spearman)


def test_the_rank_correlation_of_normal_scores_is_the_one_asked_for() -> None:
    pairs = [("a", "b")]
    scores = correlation.matrix(["a", "b"], pairs, [0.6])
    drawn = np.random.default_rng(1).multivariate_normal([0, 0], scores, 200_000)
    assert stats.spearmanr(drawn).statistic == pytest.approx(0.6, abs=0.01)


def is_definite(pairs: Sequence[tuple[str, str]], spearmans: Sequence[float]) -> bool:
    names = sorted({name for pair in pairs for name in pair})
    try:
        linalg.cholesky(correlation.matrix(names, pairs, spearmans))
    except linalg.LinAlgError:
        return False
    return True


@given(st.lists(st.floats(-0.95, 0.95), min_size=6, max_size=6))
def test_what_is_refused_has_no_cholesky_factor_and_the_bounds_mend_it(ranks: list[float]) -> None:
    pairs = list(combinations("abcd", 2))
    names = list("abcd")
    least = float(np.linalg.eigvalsh(correlation.matrix(names, pairs, ranks))[0])
    assume(abs(least) > 1e-6)
    found = list(correlation.contradictions(pairs, ranks))
    assert (found == []) == is_definite(pairs, ranks)
    for contradiction in found:
        if contradiction.bounds is None:
            continue
        low, high = contradiction.bounds
        assume(high - low > 0.01)
        for share, fits in ((0.01, True), (0.5, True), (0.99, True), (-0.2, False), (1.2, False)):
            value = low + share * (high - low)
            if abs(value) < 1:
                mended = [*ranks]
                mended[contradiction.index] = value
                assert is_definite(pairs, mended) == fits


def test_groups_are_looked_at_apart() -> None:
    bad = [0.9, 0.9, -0.9]
    pairs = [("a", "b"), ("b", "c"), ("a", "c"), ("x", "y"), ("u", "v"), ("v", "w"), ("u", "w")]
    found = list(correlation.contradictions(pairs, [*bad, 0.9, *bad]))
    assert [each.index for each in found] == [2, 6]
    assert correlation.groups([("a", "b"), ("c", "d"), ("b", "c")]) == [["a", "b", "c", "d"]]


def test_the_bounds_of_a_message_are_inside(problems: Problems, load: Load) -> None:
    entries = [("pue", "candidates", 0.8), ("candidates", "utilisation", 0.7)]
    last = ("pue", "utilisation")
    (line,) = problems(listed(*entries, (*last, -0.5)))
    match = re.search(r"above (\S+) and below (\S+)$", line)
    assert match is not None
    low, high = map(float, match.groups())
    for inside in (math.nextafter(low, 1), math.nextafter(high, -1)):
        assert load(listed(*entries, (*last, inside))).correlations
    for outside in (low - 0.01, high + 0.01):
        assert problems(listed(*entries, (*last, outside))) == [line]
