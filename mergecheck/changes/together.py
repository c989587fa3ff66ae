"""Make the changes of several patches at once: one git for what it takes together, and one for each of the rest.

What comes of a patch is what `make_change` makes of it alone: whatever is not plainly taken together is made so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mergecheck.changes.canonical import Made, Taken, make_change, readable, reviewable, taken_with
from mergecheck.changes.describe import describe
from mergecheck.changes.ladder import first_try
from mergecheck.changes.runner import GitRefused
from mergecheck.changes.workspace import Workspace
from mergecheck.errors import ChangeError
from mergecheck.records import Policies


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch, and the full id of the commit that it is against."""

    base_commit: str
    text: str


def make_together(workspace: Workspace, patches: Sequence[Patch], policies: Policies) -> list[Made | ChangeError]:
    """What became of each patch, in their order, or why that cannot be said.

    Args:
        workspace: of the patches' repository.
        patches: as many as may be held in memory, with all that they change.
        policies: which files are left as they were, whoever changed them.
    """
    workspace.sweep(len(patches))
    workspace.renew()
    try:
        made = _described(workspace, _taken(workspace, patches, policies))
    except (GitRefused, ChangeError):
        # Whose fault it is will be seen where each is made by itself.
        made = {}
    return [
        made[number] if number in made else _alone(workspace, patch, policies)
        for number, patch in enumerate(patches)
    ]


def _taken(workspace: Workspace, patches: Sequence[Patch], policies: Policies) -> dict[int, Taken | Made]:
    """What is to be said of the patches that one git takes all together."""
    tried = []
    for number, patch in enumerate(patches):
        raw = readable(patch.text)
        if not isinstance(raw, Made):
            tried.append((number, patch.base_commit, *first_try(raw)))
    touched = workspace.apply_together([(commit, ended) for _, commit, _, ended in tried])
    return {
        number: taken_with(workspace, commit, rung, changed, policies)
        for (number, commit, rung, _), changed in zip(tried, touched, strict=True)
        if changed is not None
    }


def _described(workspace: Workspace, taken: dict[int, Taken | Made]) -> dict[int, Made]:
    made = {number: one for number, one in taken.items() if isinstance(one, Made)}
    changes = {number: one for number, one in taken.items() if isinstance(one, Taken)}
    described = describe(workspace, [one.touched for one in changes.values()])
    for (number, one), files in zip(changes.items(), described, strict=True):
        made[number] = reviewable(one, files)
    return made


def _alone(workspace: Workspace, patch: Patch, policies: Policies) -> Made | ChangeError:
    try:
        return make_change(workspace, patch.base_commit, patch.text, policies)
    except ChangeError as error:
        return error
