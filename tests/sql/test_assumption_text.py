"""Given inputs, expected words for them and their units."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def test_inputs_and_units_are_spelled(
    fill: Callable[[Mapping[str, str]], None], expect: Callable[[str, str], None]
) -> None:
    fill(
        {
            "estimates.assumption": """
                scenario_id | input                | unit
                base        | minutes_per_gpu_hour | video_minute/gpu/hour
                base        | some_new_input       | furlong
            """
        }
    )
    expect(
        "estimates.assumption_text",
        """
        scenario_id | input                | input_text           | unit_text
        base        | minutes_per_gpu_hour | Minutes per GPU-hour | minutes per GPU-hour
        base        | some_new_input       | Some new input       | furlong
        """,
    )
