"""A submission's folder: which files in it may hold predictions, patches or grades."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PATCH = "patch.diff"
REPORT = "report.json"
INSPECT = ".eval"

_LOGS = {"logs", "run_evaluation"}
# Trajectories are large, many, and hold neither a prediction nor a grade.
_PASSED_BY = {"trajs", "trajectories", "__pycache__"}
_DOCUMENTS = (".json", ".jsonl", ".ndjson")
_NOT_DOCUMENTS = (".traj.json",)


@dataclass(frozen=True, slots=True)
class InFolder:
    """A file, its path relative to the submission with forward slashes, and the folder that it lies in."""

    path: Path
    file: str

    @property
    def instance(self) -> str:
        """The name of the folder around it: in the harness's logs, the instance."""
        return self.folder.rpartition("/")[2] or self.path.parent.name

    @property
    def folder(self) -> str:
        """The folder around it, relative to the submission; "" for the submission's own."""
        return self.file.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Folder:
    """What a submission's folder holds, each in the order of its relative path.

    `documents` are JSON and JSON lines files outside the logs, and Inspect's logs anywhere; `patches` every
    `patch.diff`; `reports` every `report.json` below `logs` or `run_evaluation`, or beside a `patch.diff`.
    """

    documents: tuple[InFolder, ...]
    patches: tuple[InFolder, ...]
    reports: tuple[InFolder, ...]


def look_through(root: Path, within: tuple[str, ...] | None = None) -> Folder:
    """List a submission's folder. Links are followed; hidden folders and trajectories are passed by.

    Args:
        root: the folder; paths are relative to it.
        within: where given, only these folders directly below `root` are entered.
    """
    documents: list[InFolder] = []
    patches: list[InFolder] = []
    reports: list[InFolder] = []
    seen: set[object] = set()
    top = len(os.fspath(root))
    for place, folders, names in os.walk(root, followlinks=True):
        identity = _identity(place)
        if identity in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(identity)
        # Thousands of folders: pathlib would take most of the time here.
        parts = place[top:].replace(os.sep, "/").strip("/").split("/") if len(place) > top else []
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _PASSED_BY and (within is None or parts or name in within)
        )
        in_logs = any(part in _LOGS for part in parts)
        for name in names:
            if name == PATCH:
                kind = patches
            elif name == REPORT and (in_logs or PATCH in names):
                kind = reports
            elif name.endswith(INSPECT) or (
                not in_logs and name.lower().endswith(_DOCUMENTS) and not name.endswith(_NOT_DOCUMENTS)
            ):
                kind = documents
            else:
                continue
            kind.append(InFolder(Path(place, name), "/".join((*parts, name))))
    return Folder(_sorted(documents), _sorted(patches), _sorted(reports))


def _identity(place: str) -> object:
    """What two paths to the same folder have in common."""
    found = os.stat(place)  # noqa: PTH116 - as above
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(place)


def _sorted(found: list[InFolder]) -> tuple[InFolder, ...]:
    return tuple(sorted(found, key=lambda item: item.file))
