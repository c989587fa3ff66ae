"""What the tests of faults share: commands as processes that can be killed, and what a study holds afterwards.

A command is a process of its own in a session of its own, forked from a starter that has imported everything, so
that a second is not spent on imports and a kill at a random moment seldom falls into them. With `apart` the
starter lives in a mount namespace of its own, where small and read-only file systems need no rights of root.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BEGUN = datetime.now(UTC).isoformat(timespec="seconds")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
ROOT = Path(__file__).resolve().parents[2]

STARTER = """
import contextlib, datetime, importlib, json, os, pkgutil, resource, subprocess, sys, tempfile, types
sys.path.insert(0, sys.argv[1])
import mergecheck, review_ui
for package in (mergecheck, review_ui):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
for name in ("datasets", "pyarrow.parquet", "pandas", "scipy.stats", "git", "alembic.command", "alembic.config"):
    importlib.import_module(name)
tempfile.tempdir = None

def set_clock(days):
    class Moved(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) + datetime.timedelta(days=days)
    real = datetime.datetime
    for name, module in list(sys.modules.items()):
        if name.startswith(("mergecheck", "review_ui")) and getattr(module, "datetime", None) is real:
            module.datetime = Moved

def child(order):
    os.setsid()
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o644), number)
    if order["clock"]:
        set_clock(order["clock"])
    if order["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
    sys.argv = ["mergecheck", *order["arguments"]]
    code = 1
    try:
        from mergecheck.cli.main import run
        run()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

def answer(order):
    if "arguments" in order:
        pid = os.fork()
        if pid == 0:
            child(order)
        return pid
    if "wait" in order:
        return os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
    done = subprocess.run(order["shell"], shell=True, capture_output=True, text=True)
    return [done.returncode, done.stdout + done.stderr]

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
print("ready", file=answers, flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
"""


class Starter:
    """Starts commands. `apart`: in a mount namespace of its own."""

    def __init__(self, *, apart: bool = False) -> None:
        prefix = ["unshare", "-rm"] if apart else []
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-c", STARTER, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, **order: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def shell(self, command: str) -> str:
        code, words = self.ask(shell=command)
        assert code == 0, (command, words)
        return str(words)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@dataclass
class Ended:
    """How a command ended: its exit code (negative: the signal), and what it said."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Running:
    """A command that runs."""

    starter: Starter
    pid: int
    out: Path
    err: Path

    def kill(self, *, group: bool) -> None:
        """`kill -9`, of the command alone or with the git processes that it has."""
        try:
            (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            # The session is not there yet, or the process is a zombie of its own group.
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> Ended:
        code = self.starter.ask(wait=self.pid)
        ended = Ended(code, self.out.read_text(errors="replace"), self.err.read_text(errors="replace"))
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended


@dataclass
class Place:
    """A copy of a study with a temporary folder, a cache and a talk of its own."""

    starter: Starter
    folder: Path
    study: Path
    environment: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    def start(self, *arguments: str, clock: float = 0, largest_file: int = 0) -> Running:
        self.runs += 1
        talk = self.folder / "talk"
        out, err = talk / f"{self.runs}.out", talk / f"{self.runs}.err"
        out.touch()
        err.touch()
        pid = self.starter.ask(
            arguments=arguments,
            folder=str(self.study),
            environment={
                "TMPDIR": str(self.folder / "tmp"),
                "XDG_CACHE_HOME": str(self.folder / "cache"),
                "COLUMNS": "200",
                "NO_COLOR": "1",
                **self.environment,
            },
            out=str(out),
            err=str(err),
            clock=clock,
            largest_file=largest_file,
        )
        return Running(self.starter, pid, out, err)

    def run(self, *arguments: str, code: int | None = 0, clock: float = 0, largest_file: int = 0) -> Ended:
        ended = self.start(*arguments, clock=clock, largest_file=largest_file).end()
        assert code is None or ended.code == code, (arguments, ended)
        return ended

    def kill_somewhere(self, rng: random.Random, seconds: float, *arguments: str) -> bool:
        """Run the command and kill it: at any moment of its run, or soon after something is being written."""
        running = self.start(*arguments)
        began = time.monotonic()
        if rng.random() < 0.5:
            time.sleep(rng.uniform(0, seconds * 1.05))
        else:
            while time.monotonic() - began < seconds * 1.2 and not self._writing():
                time.sleep(0.0002)
            time.sleep(rng.uniform(0, 0.006))
        running.kill(group=rng.random() < 0.5)
        return running.end().code == -signal.SIGKILL

    def _writing(self) -> bool:
        study = self.study
        return (study / "study.db-journal").exists() or any((study / "packets").glob("*.part"))


def place(starter: Starter, stage: Path, folder: Path) -> Place:
    """A copy of a stage of the study, to do anything to."""
    for name in ("tmp", "cache", "talk"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(stage, folder / "study", symlinks=True)
    return Place(starter, folder, folder / "study")


def dump(study: Path) -> dict[str, list[Any]]:
    """All rows of all tables, without the times of writing and the numbers of skips."""
    with closing(sqlite3.connect(study / "study.db")) as connection:
        connection.row_factory = sqlite3.Row
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in sorted(tables):
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
            found[table] = sorted((_timeless(table, row) for row in rows), key=repr)
        return found


def _timeless(table: str, row: dict[str, Any]) -> dict[str, Any]:
    ids = ("id",) if table in ("skips", "journal") else ()
    return {name: _without_now(value) for name, value in row.items() if name not in ids}


def _without_now(value: Any) -> Any:
    is_time = isinstance(value, str) and TIME.fullmatch(value)
    # What a benchmark dates is older than this test; a clock that was set back is told apart by its tests.
    return "now" if is_time and value >= BEGUN[:10] else value


def files(study: Path) -> dict[str, bytes]:
    """Everything in the study folder but the database: name → contents."""
    return {
        str(path.relative_to(study)): path.read_bytes()
        for path in sorted(study.rglob("*"))
        if path.is_file() and path.name != "study.db" and "repos" not in path.parts
    }


def once(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The dump with equal lines of the journal counted once: each `pull` that got as far notes itself."""
    lines = {repr(row): row for row in found["journal"]}
    return {**found, "journal": [lines[name] for name in sorted(lines)]}


def left_behind(here: Place) -> list[str]:
    """What is in the temporary folder and, as drafts, in the cache."""
    drafts = [path for path in (here.folder / "cache").rglob("*") if path.name.endswith(".part")]
    return sorted(str(path) for path in [*(here.folder / "tmp").iterdir(), *drafts])


def measured(run: Callable[[], Any]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began
