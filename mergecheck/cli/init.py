"""`mergecheck init`: a new study folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Preset(StrEnum):
    """Studies to begin from."""

    METR = "metr"


def init(
    folder: Annotated[Path, typer.Argument(help="The study's folder; made where it is missing.", metavar="DIR")],
    preset: Annotated[
        Preset | None,
        typer.Option("--preset", help="Begin from METR's study: its repositories, reviewers and models."),
    ] = None,
) -> None:
    """Begin a study: a folder with a documented study.toml, a key, and places for packets, answers, report.

    What is there already is kept; an existing study is refused.

    \b
    Example:
      mergecheck init my-study --preset metr
    """
    import shlex

    from rich.console import Console

    from mergecheck.study import create_study

    study = create_study(folder, None if preset is None else preset.value)
    talk = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    talk.print(f"{folder} holds the study {study.name!r} now:")
    talk.print(f"  {study.file.name:<12}explains every key that it takes")
    talk.print(f"  {study.key_file.name:<12}cannot be made again: keep a backup where no reviewer can read it")
    todo = "your submissions" if study.reviewers else "your submissions and reviewers"
    talk.print(
        f"Next: add {todo} to {folder / study.file.name}, then run: mergecheck pull {shlex.quote(str(folder))}"
    )
