"""How commands talk: data on stdout, talk and progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

StudyFolder = Annotated[
    Path,
    typer.Option("--study", "-C", help="The study folder.", envvar="MERGECHECK_STUDY", show_default="here"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on stdout.")]


def talk(message: str) -> None:
    """Say something to the person at the terminal; markup in it is not obeyed."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, markup=False)


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print data as JSON on stdout; a NaN would be no JSON and is a defect."""
    text = json.dumps(value, indent=2, ensure_ascii=not _takes_unicode(), allow_nan=False)
    sys.stdout.write(text + "\n")


def _takes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr while a loop runs; call what it yields once a turn."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # Where stderr is no terminal a bar would only leave empty lines.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
