"""`mergecheck init`: a new study folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mergecheck.cli.terminal import talk


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

    What is there already is kept; an existing study is refused. Example:

        mergecheck init my-study --preset metr
    """
    import shlex

    from mergecheck.study import create_study

    study = create_study(folder, None if preset is None else preset.value)
    talk(f"{folder} holds the study {study.name!r} now:")
    talk(f"  {study.file.name:<16}explains every key that it takes")
    talk(f"  {study.reviewers_file.name:<16}takes who reviews: keep it to yourself")
    talk(f"  {study.key_file.name:<16}cannot be made again: keep a backup where no reviewer can read it")
    place = shlex.quote(str(folder))
    people = "" if study.reviewers else f" and your reviewers to {study.reviewers_file.name}"
    talk(
        f"Next: add your submissions to {study.file.name}{people} there, then run: mergecheck pull --study {place}"
    )
