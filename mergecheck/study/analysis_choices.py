"""What a study means to compute, said before it sees an answer; its canonical form, digest and differences."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from mergecheck.errors import StudyFileError

VERSION = 1
"""Version of the canonical form; it grows when a choice that was locked comes to mean something else."""

Result = Literal["level_gap", "slope_difference"]
Baseline = Literal["sample", "all_golden", "matched"]
Interval = Literal["jackknife", "percentile", "metr"]
Several = Literal["mean", "majority", "any"]
Outcome = Literal["decision", "progress"]
Exclusion = Literal["recognised", "same_as_golden", "grader_errors"]

NOTHING = "none"
_THRESHOLD = re.compile(r"(>=|>) ?(\d{1,3}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of `[analysis]`, each with the default of the reference.

    `primary` is the result that the study is about, `secondary` the key secondary one or "none"; all else is
    exploratory. `baseline`: G over the golden sample, over every golden patch with a verdict, or matched to what
    each submission passes. `interval`: instance jackknife, paired percentile bootstrap by instance, or METR's.
    `exclude`: what is left out of both sides, sorted. `several`: what counts where several judged a change.
    `outcome`: the decision, or progress beyond `progress`, as "> 80" (per cent).

    Raises:
        StudyFileError: a choice that there is not, or two that do not go together.
    """

    primary: str = "level_gap"
    secondary: str = "slope_difference"
    baseline: str = "sample"
    interval: str = "jackknife"
    exclude: tuple[str, ...] = ()
    several: str = "mean"
    outcome: str = "decision"
    progress: str = "> 80"

    def __post_init__(self) -> None:
        for name, known in KNOWN.items():
            value = getattr(self, name)
            for one in value if isinstance(value, tuple) else (value,):
                if one not in known:
                    raise StudyFileError(f"{one!r} is no choice", where=name, fix=f"there are {', '.join(known)}")
        threshold_of(self.progress)
        for name, what, fix in clashes(self.primary, self.secondary, self.baseline, self.interval):
            raise StudyFileError(what, where=name, fix=fix)
        object.__setattr__(self, "exclude", tuple(sorted(set(self.exclude))))
        object.__setattr__(self, "progress", normal_threshold(self.progress))

    def plain(self) -> dict[str, Any]:
        """All choices as JSON has them."""
        found = {part.name: getattr(self, part.name) for part in fields(self)}
        return {**found, "exclude": list(self.exclude)}


KNOWN: dict[str, tuple[str, ...]] = {
    "primary": get_args(Result),
    "secondary": (*get_args(Result), NOTHING),
    "baseline": get_args(Baseline),
    "interval": get_args(Interval),
    "exclude": get_args(Exclusion),
    "several": get_args(Several),
    "outcome": get_args(Outcome),
}
"""Choice → what it can be; of `exclude`, what stands in it."""


def clashes(primary: str, secondary: str, baseline: str, interval: str) -> Iterator[tuple[str, str, str]]:
    """Choices that do not go together: which, why, and what to do."""
    if primary == secondary:
        other = next(one for one in get_args(Result) if one != primary)
        yield "secondary", "is the primary result already", f'write secondary = "{other}" or "{NOTHING}"'
    if baseline == "matched" and interval != "jackknife":
        fix = 'write interval = "jackknife", or choose another baseline'
        yield "interval", f'"{interval}" knows no matched baseline', fix


def threshold_of(text: str) -> tuple[float, bool]:
    """Progress in per cent, and whether the threshold itself is enough, from "> 80" or ">= 80".

    Raises:
        StudyFileError: it is written otherwise, or not from 0 to 100.
    """
    found = _THRESHOLD.fullmatch(text)
    if not found or float(found[2]) > 100:
        raise StudyFileError(f'"{text}" is no threshold', where="progress", fix='write it as in "> 80" or ">= 80"')
    return float(found[2]), found[1] == ">="


def normal_threshold(text: str) -> str:
    """The same threshold in its one form: ">=80.0" is ">= 80"."""
    threshold, at_least = threshold_of(text)
    return f"{'>=' if at_least else '>'} {threshold:.15g}"


DEFAULTS = Choices()


def canonical(choices: Choices) -> str:
    """The choices as one text: JSON with its keys sorted, without blanks, the version in it."""
    return json.dumps({"version": VERSION, **choices.plain()}, sort_keys=True, separators=(",", ":"))


def digest(choices: Choices) -> str:
    """SHA-256 (hex) of the canonical form: layout, order and comments of study.toml do not change it."""
    return hashlib.sha256(canonical(choices).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """A choice that is another one now. Values as `study.toml` writes them."""

    choice: str
    locked: str
    now: str


def differences(locked: Mapping[str, Any], now: Choices) -> tuple[Difference, ...]:
    """What is not as it was locked.

    Args:
        locked: a canonical form, read. A choice that its program did not know was made by default.
        now: the present choices.
    """
    defaults, present = DEFAULTS.plain(), now.plain()
    before = {name: value for name, value in locked.items() if name != "version"}
    return tuple(
        Difference(name, in_toml(before.get(name, defaults.get(name))), in_toml(present.get(name)))
        for name in dict.fromkeys((*present, *before))
        if before.get(name, defaults.get(name)) != present.get(name)
    )


def in_toml(value: object) -> str:
    """Text, or a list of texts, as `study.toml` has it; nothing as such."""
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
