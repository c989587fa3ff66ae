"""`mergecheck demo`: the main job on the sample study, from nothing to the report."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from mergecheck.cli.terminal import talk

MARK = ".mergecheck-demo"
"""Tells a folder that an earlier demo made, and this one may replace, from anybody's own."""

ACCEPTANCE = ("golden=0.75", "2024-brook=0.25", "2025-otter=0.4", "2026-heron=0.5")


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the sample study goes.")] = Path(
        "demo-study"
    ),
) -> None:
    """Build the sample study and run it to the end, with simulated reviewers.

    Builds a small library's git history, an issue list, three made-up submissions graded by really running the
    tests; then does what a researcher would do, command by command, and prints the report. Example:

        mergecheck demo
    """
    from mergecheck.cli.assign import assign
    from mergecheck.cli.close import close
    from mergecheck.cli.collect import collect
    from mergecheck.cli.pull import pull
    from mergecheck.cli.report import report
    from mergecheck.cli.simulate import simulate

    samples = _samples()
    _make_room(folder)
    talk("Building the sample: a library's history, its issues, three submissions; running their tests …")
    _load(samples / "build.py").build(folder)
    for name in ("study.toml", "reviewers.toml"):
        shutil.copyfile(samples / name, folder / name)
    # As `init` makes it: it says who is behind which pseudonym.
    (folder / "reviewers.toml").chmod(0o600)
    _make_key(folder / "seal.key")
    # The sample's history is here; nothing is cloned.
    os.environ["MERGECHECK_REPOS"] = str((folder / "repos").resolve())
    _announce(folder, "pull")
    pull(folder)
    _announce(folder, "assign")
    assign(folder)
    own = _own_packet(folder)
    _announce(folder, "simulate", *(f"--accept {share}" for share in ACCEPTANCE))
    simulate(folder, accept=list(ACCEPTANCE))
    returned = sorted((folder / "packets").glob("*.answers.jsonl"))
    _announce(folder, "collect", *(str(file) for file in returned))
    collect(returned, folder)
    _announce(folder, "close")
    close(folder)
    _announce(folder, "report")
    report(folder)
    talk(f"\nThese verdicts were simulated. To review a packet yourself:\n\n    mergecheck review {own} --plain\n")


def _announce(folder: Path, command: str, *rest: str) -> None:
    talk("\n$ " + " ".join(["mergecheck", command, *rest, "--study", str(folder)]))


def _samples() -> Path:
    """The samples that ship with the project: in the wheel inside the package, in a checkout beside it."""
    from mergecheck.errors import Refused

    package = Path(__file__).resolve().parents[1]
    for place in (package / "_samples", package.parent / "samples"):
        if (place / "build.py").exists():
            return place
    raise Refused("the sample study is not installed", fix="install mergecheck from a wheel or a checkout")


def _load(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("mergecheck_sample_build", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _make_room(folder: Path) -> None:
    from mergecheck.errors import Refused

    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise Refused("this folder holds something else", where=str(folder), fix="name another one")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("Made by `mergecheck demo`, which replaces it when it runs again.\n")


def _make_key(file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(secrets.token_bytes(32))


def _own_packet(folder: Path) -> Path:
    """A copy of a packet to review oneself, away from the simulated answers."""
    packet = sorted((folder / "packets").glob("*.packet"))[0]
    (folder / "try").mkdir()
    return Path(shutil.copy(packet, folder / "try" / packet.name))
