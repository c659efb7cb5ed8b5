"""Checks of claims, their evidence and verdicts: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "claim__graded": (
        {
            "marts.claim": """
                kind     | grade   | value_low | value_high | claim_date | tested_until | source
                claim    | primary |           |            | 2024-04-03 | 2024-04-03   | s
                estimate | guess   | 1         | 2          | 2024-04-03 |              | s
            """
        },
        {
            "marts.claim": """
                kind     | grade    | value_low | value_high | claim_date | tested_until | source
                claim    | recalled | 1         | 2          | 2024-04-03 | 2024-04-03   | s
                claim    | primary  | 2         | 1          | 2024-04-03 | 2024-04-03   | s
                claim    | primary  | 1         | 2          | 2024-04-03 | 2024-04-02   | s
                claim    | primary  | 1         | 2          | 2024-04-03 |              | s
                opinion  | primary  | 1         | 2          | 2024-04-03 | 2024-04-03   | s
                claim    |          | 1         | 2          | 2024-04-03 | 2024-04-03   | s
                claim    | primary  | 1         | 2          | 2024-04-03 | 2024-04-03   |
                claim    | primary  | 1         |            | 2024-04-03 | 2024-04-03   | s
                estimate | primary  |           |            | 2024-04-03 |              | s
            """
        },
        9,
    ),
    "claim__verdict": (
        {
            "estimates.claim": """
                claim_id | verdict           | verdict_known_then       | n_used
                a        | holds             | holds under these inputs | 1
                b        | does not follow   | fails                    | 1
                c        | cannot be checked | cannot be checked        | 0
            """
        },
        {
            "estimates.claim": """
                claim_id | verdict           | verdict_known_then | n_used
                d        | true              | holds              | 1
                e        | holds             |                    | 1
                f        | holds             | holds              | 0
                g        | cannot be checked | cannot be checked  | 2
            """
        },
        4,
    ),
    "claim__verdict_follows": (
        {
            "estimates.claim": """
                claim_id | verdict                  | verdict_known_then
                a        | does not follow          | cannot be checked
                b        | holds                    | holds under these inputs
                c        | fails                    | fails
                d        | holds under these inputs | fails
                e        | cannot be checked        | cannot be checked
            """,
            "estimates.claim_evidence": """
                claim_id | basis       | supports | is_used | is_known_then
                a        | derivation  | false    | true    | false
                b        | observation | true     | true    | false
                b        | assumption  | true     | true    | true
                c        | observation | false    | true    | true
                c        | assumption  | true     | true    | true
                d        | observation | true     | true    | false
                d        | observation | false    | true    | true
                e        | observation | false    | false   | true
            """,
        },
        {
            "estimates.claim": """
                claim_id | verdict                  | verdict_known_then
                f        | does not follow          | holds
                g        | holds                    | fails
                h        | holds under these inputs | cannot be checked
            """,
            "estimates.claim_evidence": """
                claim_id | basis       | supports | is_used | is_known_then
                f        | observation | true     | true    | true
                g        | derivation  | false    | true    | true
                g        | observation | true     | true    | true
                h        | observation | false    | true    | true
            """,
        },
        5,
    ),
    "claim_evidence__known_then": (
        {
            "marts.claim": "claim_id | claim_date | tested_until\nc | 2024-04-03 | 2024-05-01",
            "estimates.claim_evidence": """
                claim_id | valid_date | known_at   | supports | is_used | is_known_then | is_later
                c        | 2024-01-01 | 2024-04-03 | true     | true    | true          | false
                c        | 2024-01-01 | 2024-04-04 |          | false   | false         | false
                c        | 2024-05-02 | 2024-05-03 | true     | false   | false         | true
            """,
        },
        {
            "estimates.claim_evidence": """
                claim_id | valid_date | known_at   | supports | is_used | is_known_then | is_later
                c        | 2024-01-01 | 2024-04-04 | true     | true    | true          | false
                c        | 2024-05-02 | 2024-04-01 | true     | true    | true          | true
                c        | 2024-05-02 | 2024-04-01 | true     | false   | true          | false
                none     | 2024-01-01 | 2024-04-01 | true     | true    | true          | false
            """
        },
        4,
    ),
    "claim_evidence__complete": (
        {
            "estimates.claim_evidence": """
                basis       | description | value | range_low | range_high | unit   | valid_date | known_at   | sources | is_used | is_known_then | is_later
                observation | d           | 1     |           |           | H100   | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
                assumption  | d           |       |           |           | months | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
            """  # noqa: E501
        },
        {
            "estimates.claim_evidence": """
                basis       | description | value | range_low | range_high | unit | valid_date | known_at   | sources | is_used | is_known_then | is_later
                hearsay     | d           | 1     |           |           | H100 | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
                            | d           | 1     |           |           | H100 | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
                observation | d           |       |           |           | H100 | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
                observation | d           |       | 2         | 1         | H100 | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
                observation | d           | 1     | 1         |           | H100 | 2024-01-01 | 2024-01-01 | s       | true    | true          | false
                observation | d           | 1     |           |           | H100 |            | 2024-01-01 | s       | true    | true          | false
                observation | d           | 1     |           |           | H100 | 2024-01-01 | 2024-01-01 |         | true    | true          | false
                observation | d           | 1     |           |           | H100 | 2024-01-01 | 2024-01-01 | s       | true    |               | false
            """  # noqa: E501
        },
        8,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
