"""One file of the study: what it says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from mergecheck.errors import Problems, StudyFileError
from mergecheck.study.locate import Place, locate
from mergecheck.study.problems import Finding, problems, translated
from mergecheck.study.read import parsed, read_text
from mergecheck.study.tables import Layout

Tables = TypeVar("Tables", bound=BaseModel)


@dataclass(slots=True)
class Document(Generic[Tables]):
    """A file, read. `broken`: it is no text or no TOML, `raw` is empty, and nothing more can be said of it.

    `tables` is None where a value does not fit; `findings` says which, and takes what is found later.
    """

    file: Path
    raw: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=lambda: {(): 1})
    tables: Tables | None = None
    broken: StudyFileError | None = None
    findings: list[Finding] = field(default_factory=list)

    def errors(self) -> Sequence[StudyFileError]:
        """All that is wrong with it, in the order of its lines."""
        return [self.broken] if self.broken else problems(self.findings, self.lines, str(self.file))


def read_document(file: Path, layout: Layout, model: type[Tables]) -> Document[Tables]:
    """Read a file and check each of its values, but not what one says of another."""
    document: Document[Tables] = Document(file)
    try:
        text = read_text(file)
        document.raw = parsed(text, file)
    except StudyFileError as error:
        document.broken = error
        return document
    document.lines = locate(text)
    try:
        document.tables = model.model_validate(document.raw)
    except ValidationError as error:
        document.findings += translated(error, layout)
    return document


def refuse(*documents: Document[Any]) -> None:
    """Raise what is wrong with any of them, all at once.

    Raises:
        StudyFileError: a file is no text or no TOML, and nothing else was found.
        Problems: anything else that was found.
    """
    errors = [error for document in documents for error in document.errors()]
    if len(errors) == 1 and any(document.broken for document in documents):
        raise errors[0]
    if errors:
        raise Problems(errors)
