"""What is said of parameters that make no distribution."""

import math

import pytest

from pipeline.estimate.distribution import ParameterError, build


@pytest.mark.parametrize(
    ("name", "parameters", "problems"),
    [
        ("lognormal", {"p05": 0.8, "p95": 0.4}, [("p05", "needs 0 < p05 < p95, has 0.8 and 0.4")]),
        ("lognormal", {"p05": 0, "p95": 3e7}, [("p05", "needs 0 < p05 < p95, has 0 and 3e+07")]),
        ("lognormal", {"median": 1, "gsd": 1}, [("gsd", "needs gsd > 1, has 1")]),
        (
            "logitnormal",
            {"p05": 0.2, "p95": 1},
            [("p05", "needs 0 < p05 < p95 < 1, has 0.2 and 1")],
        ),
        ("uniform", {"low": 2, "high": 2}, [("low", "needs low < high, has 2 and 2")]),
        (
            "pert",
            {"low": 0, "mode": 3, "high": 2},
            [("low", "needs low <= mode <= high and low < high, has 0 and 3 and 2")],
        ),
        ("normal", {"mean": 0, "sd": -1}, [("sd", "needs sd > 0, has -1")]),
        (
            "lognormal",
            {"p05": 1, "p90": 2},
            [("dist", "lognormal takes p05, p95 or p10, p90 or median, gsd; given: p05, p90")],
        ),
        ("point", {}, [("dist", "point takes value; given: nothing")]),
        (
            "point",
            {"value": 1, "p05": 2},
            [("p05", "not a parameter of point; it takes value")],
        ),
        ("point", {"value": "1"}, [("value", "is not a finite number: '1'")]),
        ("point", {"value": True}, [("value", "is not a finite number: True")]),
        ("point", {"value": math.nan}, [("value", "is not a finite number: nan")]),
        (
            "discrete",
            {"values": [1, "x"], "weights": 3},
            [
                ("values", "is not a list of finite numbers: [1, 'x']"),
                ("weights", "is not a list of finite numbers: 3"),
            ],
        ),
        (
            "discrete",
            {"values": [1, 2], "weights": [1]},
            [("weights", "needs 2 weights, none below 0 and not all 0")],
        ),
        (
            "discrete",
            {"values": [1, 1], "weights": [1, 1]},
            [("values", "needs at least one number, none twice")],
        ),
    ],
)
def test_parameters_that_make_nothing(
    name: str, parameters: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(ParameterError) as error:
        build(name, parameters)
    assert list(error.value.problems) == problems


KINDS = (
    "point, lognormal, normal, logitnormal, uniform, loguniform, triangular, pert, beta, "
    "discrete, quantiles, empirical"
)


@pytest.mark.parametrize(
    ("name", "parameters", "problems"),
    [
        ("loguniform", {"low": 0, "high": 1}, [("low", "needs 0 < low < high, has 0 and 1")]),
        ("beta", {"alpha": 0, "beta": 1}, [("alpha", "needs alpha > 0, has 0")]),
        (
            "beta",
            {"alpha": 1, "beta": 1, "low": 2, "high": 2},
            [("low", "needs low < high, has 2 and 2")],
        ),
        (
            "beta",
            {"alpha": 1, "beta": 1, "low": 2},
            [
                (
                    "dist",
                    "beta takes alpha, beta, low, high or alpha, beta; given: alpha, beta, low",
                )
            ],
        ),
        (
            "quantiles",
            {"p05": 0, "p50": 1, "p95": 2},
            [
                (
                    "p05",
                    "needs 0 < p05 < p50 < p95 (quantiles are interpolated in logs), "
                    "has 0 and 1 and 2",
                )
            ],
        ),
        (
            "quantiles",
            {"p10": 1, "p50": 3, "p90": 2},
            [("p10", "needs 0 < p10 < p50 < p90, has 1 and 3 and 2")],
        ),
        ("empirical", {"values": [1]}, [("values", "needs at least 2 numbers, has 1")]),
        ("point", {"value": 10**400}, [("value", f"is not a finite number: 1{'0' * 400}")]),
        (
            "milestones",
            {"values": {}},
            [("values", "is not a table from years or months to numbers: {}")],
        ),
        (
            "milestones",
            {"values": {"2024-13": 1, "2025": 0, "2026": "x", "2027": 1, "2027-01": 2}},
            [
                ("values.2024-13", 'is not a year or a month, as "2027" or "2027-07"'),
                ("values.2025", "needs a number above 0, has 0"),
                ("values.2026", "is not a finite number: 'x'"),
                ("values.2027-01", "2027-01-01 has a number already"),
            ],
        ),
        (
            "mixture",
            {"of": [], "weights": [1]},
            [("of", "is not a list of distributions: []")],
        ),
        (
            "mixture",
            {"of": [{"dist": "point", "value": 1}], "weights": [1, 2]},
            [("weights", "needs 1 weights, none below 0 and not all 0")],
        ),
        (
            "mixture",
            {
                "of": [
                    {"dist": "lognormal", "p05": 1, "p95": 2},
                    {"dist": "lognormal", "p05": 2, "p95": 1},
                    {"dist": "milestones", "values": {"2024": 1}},
                    {"dist": "point", "valeu": 1},
                    {"value": 1},
                    3,
                ],
                "weights": "x",
            },
            [
                ("of[2].p05", "needs 0 < p05 < p95, has 2 and 1"),
                ("of[3].dist", f"is 'milestones'; a mixture takes {KINDS}"),
                ("of[4].valeu", "not a parameter of point; it takes value"),
                ("of[5].dist", f"is missing; a mixture takes {KINDS}"),
                ("of[6]", "is not a distribution: 3"),
                ("weights", "is not a list of finite numbers: 'x'"),
            ],
        ),
    ],
)
def test_parameters_that_make_none_of_the_newer_ones(
    name: str, parameters: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(ParameterError) as error:
        build(name, parameters)
    assert list(error.value.problems) == problems


def test_a_component_is_to_blame_itself() -> None:
    """Where the parameters of one component do not fit, no other parameter may be the cause."""
    parts = [{"dist": "uniform", "low": 2, "high": 1}]
    with pytest.raises(ParameterError) as error:
        build("mixture", {"of": parts, "weights": [1]})
    assert not error.value.is_joint
