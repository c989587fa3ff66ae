"""The form: what a reviewer is asked about a change, and which answers it takes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from mergecheck.records import Decision, Verdict


class Choice(BaseModel):
    """One answer of a closed question: the key that is stored, the title and definition that are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    definition: str = ""


REASONS = (
    Choice(
        key="core_functionality",
        title="Core functionality",
        definition="It does not do what the issue asks, or only in part.",
    ),
    Choice(
        key="breaks_other_code",
        title="Breaks other code",
        definition="It does what the issue asks and harms something else: behaviour, interface, speed.",
    ),
    Choice(
        key="code_quality",
        title="Code quality",
        definition="It works; as it is written it does not belong in this code base.",
    ),
    Choice(key="other", title="Other", definition="Anything else; please say what in the comment."),
)

SKIP_REASONS = (
    Choice(key="conflict_of_interest", title="Conflict of interest", definition="I wrote or reviewed the fix."),
    Choice(key="recognised", title="Recognised", definition="I know this change and cannot judge it afresh."),
    Choice(key="cannot_judge", title="Cannot judge", definition="I do not know this part of the code."),
    Choice(key="broken_patch", title="Broken patch", definition="What is shown cannot be the whole change."),
)


class Form(BaseModel):
    """What is asked of each change. The defaults are METR's four core reasons and the usual skip reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: tuple[Choice, ...] = REASONS
    skip_reasons: tuple[Choice, ...] = SKIP_REASONS
    idle_minutes: float = Field(default=5.0, gt=0, le=120)
    """A pause between two inputs counts as active time up to this many minutes."""

    def problems(self, verdict: Verdict) -> dict[str, str]:
        """What is missing or out of range in a verdict: field → what to do. Empty where all is well."""
        if verdict.decision is Decision.SKIP:
            return self._skip_problems(verdict)
        found: dict[str, str] = {}
        if verdict.decision is Decision.REQUEST_CHANGES:
            if verdict.reason not in {choice.key for choice in self.reasons}:
                found["reason"] = "give the core reason: " + ", ".join(choice.key for choice in self.reasons)
        elif verdict.reason is not None:
            found["reason"] = "an accepted change has no reason for refusing it"
        if verdict.skip_reason is not None:
            found["skip_reason"] = "only a skipped change has one"
        if verdict.progress is None or not 0 <= verdict.progress <= 100:
            found["progress"] = "give a whole number from 0 to 100"
        if verdict.confidence is None or not 1 <= verdict.confidence <= 10:
            found["confidence"] = "give a whole number from 1 to 10"
        # `not (0 < x <= …)` also refuses NaN, which compares false with everything.
        if verdict.baseline_minutes is None or not 0 < verdict.baseline_minutes <= 100_000:
            found["baseline_minutes"] = "give the minutes that you would need, more than 0"
        return found

    def _skip_problems(self, verdict: Verdict) -> dict[str, str]:
        found: dict[str, str] = {}
        if verdict.skip_reason not in {choice.key for choice in self.skip_reasons}:
            found["skip_reason"] = "say why: " + ", ".join(choice.key for choice in self.skip_reasons)
        for name in ("reason", "progress", "confidence", "baseline_minutes"):
            if getattr(verdict, name) is not None:
                found[name] = "a skipped change has none"
        return found


GUIDELINES = """\
You see changes to a project that you maintain, one at a time, each with the issue that it is meant to resolve.
Decide as you would for a pull request: would you merge it as it is?

- Every change has passed an automated grader built from tests. There is no CI beside it.
- Tests, documentation and change-log entries are left out of every change. Do not ask for them.
- Some authors are people, some are programs. You are asked what you think only after your verdict.
- The same issue comes back with other changes. Judge each on its own.
- Skip what you cannot judge, and say why. A skip is no refusal.
"""
