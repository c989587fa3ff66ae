"""One family of errors: what went wrong, where, and what to do.

The command line prints any of them on stderr and ends with exit code 1; nothing else is caught there, so a
defect of ours keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable


class MergecheckError(Exception):
    """Something that the user can put right.

    Args:
        what: what went wrong, one sentence without its full stop.
        where: file, row or line, field; empty where there is no place to name.
        fix: what to do about it; empty where nothing helps.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  → {self.fix}" if self.fix else ""
        return f"{place}{self.what}{advice}"


class Problems(MergecheckError):
    """Several errors found in one pass, shown together so that one edit can mend them all."""

    def __init__(self, problems: Iterable[MergecheckError]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''} found")

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class StudyFileError(MergecheckError):
    """`study.toml`, or the study folder around it, says something that cannot be."""


class SourceError(MergecheckError):
    """A benchmark, a prediction or a grade cannot be read as what it claims to be."""


class ChangeError(MergecheckError):
    """The repository that a patch belongs to cannot be used: no mirror, no such commit, a git that fails."""


class AssignError(MergecheckError):
    """A round cannot be drawn or handed out."""


class PacketError(MergecheckError):
    """A packet is damaged, of a newer version, or not a packet."""


class AnswersError(MergecheckError):
    """An answers file is damaged, belongs elsewhere, or holds an answer that the form does not allow."""


class StoreError(MergecheckError):
    """The study's database cannot be opened, or refuses what it is given."""


class StatsError(MergecheckError):
    """A frame that the estimators cannot take: a missing column, a wrong type, a value out of range."""


class Refused(MergecheckError):
    """What was asked for is possible, but not now or not this way."""


class MissingExtra(MergecheckError):
    """A study command was called where only the reviewer's dependencies are installed."""

    def __init__(self, command: str, module: str) -> None:
        super().__init__(
            f"`mergecheck {command}` needs the study libraries ({module} is not installed)",
            fix="pip install 'mergecheck[study]'",
        )
