"""What a run does not mention: unresolved, or out of every rate; which of the two, and why, is always said."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mergecheck.records import Attempt, Grade

Choice = Literal["unresolved", "exclude"]

_LEADERBOARD = {
    "verified": 500, "bash-only": 500, "lite": 300, "multilingual": 300, "multimodal": 517, "test": 2294,
}  # fmt: skip
"""Folders below `evaluation/` in the leaderboard's repository, and how many instances each is about."""

_BENCHMARK = re.compile(r"swe-bench[_-]([a-z]+)", re.IGNORECASE)
_SAME_SPLIT = {"bash-only": "verified"}


@dataclass(frozen=True, slots=True)
class Missing:
    """What becomes of the instances that a run does not mention.

    Under "unresolved" each is one of `attempts`, without file, row and patch, whose grade source names the rule;
    under "exclude" it stays among `excluded`. `note` says so, and is "" where every instance is mentioned.
    """

    attempts: tuple[Attempt, ...]
    excluded: tuple[str, ...]
    note: str


def settle_missing(submission: str, not_mentioned: Sequence[str], choice: Choice | None, whole: str) -> Missing:
    """Apply a submission's `missing`, or the default: "unresolved" for a run that claims the whole split.

    Args:
        submission: its name in the study.
        not_mentioned: instances in scope that the run nowhere mentions.
        choice: what study.toml says; None where it says nothing.
        whole: why the run claims the whole split; "" where nothing says so.
    """
    if not not_mentioned:
        return Missing((), (), "")
    rule: Choice = choice or ("unresolved" if whole else "exclude")
    why = "study.toml says so" if choice else f"the default: {whole or 'nothing says that it ran on all of them'}"
    number = f"{len(not_mentioned)} instance{'s' if len(not_mentioned) > 1 else ''} not mentioned"
    if rule == "exclude":
        note = f'{number} and out of every rate: missing = "exclude" ({why})'
        return Missing((), tuple(not_mentioned), note)
    attempts = tuple(
        Attempt(submission, instance, "", Grade.UNRESOLVED, f'missing = "unresolved" ({why})')
        for instance in not_mentioned
    )
    return Missing(attempts, (), f'{number} and counted as unresolved: missing = "unresolved" ({why})')


def leaderboard_split(path: Path, benchmark: str, instances: int) -> str:
    """Why a submission's place in the leaderboard's repository claims the whole benchmark; "" where it does not.

    Args:
        path: the submission's folder, `…/evaluation/<split>/<submission>`, or a file in it.
        benchmark: the benchmark's name or path, which may name its split, as in SWE-bench_Verified.
        instances: how many instances it has, which tells the split where the name does not.
    """
    parts = path.parts[:-1]
    for parent, split in itertools.pairwise(parts):
        if parent == "evaluation" and split in _LEADERBOARD:
            named = _BENCHMARK.findall(benchmark)
            same = named[-1].lower() == _SAME_SPLIT.get(split, split) if named else False
            if same or _LEADERBOARD[split] == instances:
                return f"it lies in the leaderboard's evaluation/{split}"
    return ""
