"""Whatever happens to a study over months, its frames say what the events say, and its rows add up.

A state machine drives the real commands on a real study folder: the store, the packets, the reviewers' desk.
Beside it stands a model in plain Python, which is told what was done, reads from the database what chance decided
(draws and assignments, once, when they are made), and derives all else for itself.

MERGECHECK_MACHINE_EXAMPLES and MERGECHECK_MACHINE_STEPS have it run longer than usual; as shrinking a failure
takes minutes, MERGECHECK_MACHINE_SHRINKS=0 shows it as it was found.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import math
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mergecheck.changes.canonical import Made, made_with
from mergecheck.changes.tree import Base, BaseTree
from mergecheck.cli.amend import amend
from mergecheck.cli.assign import assign
from mergecheck.cli.close import close
from mergecheck.cli.collect import collect
from mergecheck.cli.handover import handover
from mergecheck.errors import AnswersError, AssignError, MergecheckError, Problems, Refused, StudyFileError
from mergecheck.packet.format import text_digest
from mergecheck.records import (
    Attempt,
    Author,
    Candidate,
    CanonicalChange,
    Decision,
    Disposition,
    FileChange,
    Front,
    Grade,
    Guess,
    Hunk,
    Instance,
    Kind,
    Policies,
    Recognised,
    Skip,
    Submission,
    Verdict,
)
from mergecheck.sources.github_record import PullRequest
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.store.attempts import Pulled, keep_only, pending, save_benchmark, save_made, save_submission
from mergecheck.store.counts import count_study
from mergecheck.store.database import Database
from mergecheck.store.frames import attempts_frame, reviews_frame
from mergecheck.store.progress import assignment_counts, broken_items, reviewer_counts
from mergecheck.store.pull_requests import save_pull_request
from mergecheck.store.trees import pack_tree, save_tree
from mergecheck.study import create_study
from review_ui.clock import ManualClock
from review_ui.desk import Desk
from review_ui.fields import InvalidAnswer

EXAMPLES = int(os.environ.get("MERGECHECK_MACHINE_EXAMPLES", "5"))
STEPS = int(os.environ.get("MERGECHECK_MACHINE_STEPS", "20"))
SHRINKS = os.environ.get("MERGECHECK_MACHINE_SHRINKS", "1") != "0"
# In memory where there is such a place: the store and the desk sync every write.
PLACE = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

GOLDEN = "golden"
REPOS = {f"o__lib-{n}": "o/lib" for n in range(1, 5)} | {f"p__app-{n}": "p/app" for n in range(5, 8)}
IDS = sorted(REPOS)
RUNS = ("brook", "otter", "heron")
PEOPLE = ("ada", "bo", "cy", "di")
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)

# What becomes of a patch. "A" and "A " are two patches and one change; golden's own is "G".
CHANGES = {"G": "G", "H": "H", "A": "A", "A ": "A", "B": "B", "C": "C"}
UNAPPLIABLE, TESTS_ONLY, GRADE_ONLY, NOT_MENTIONED = "does not apply", "tests only", "grade only", "not mentioned"
PATCHES = ("G", "A", "A ", "A", "B", "B", "C", UNAPPLIABLE, TESTS_ONLY, "", GRADE_ONLY, NOT_MENTIONED)
GRADES = ("resolved",) * 5 + ("unresolved",) * 4 + ("empty", "error", "ungraded")
REASONS = ("core_functionality", "breaks_other_code", "code_quality", "other")
SKIPS = ("conflict_of_interest", "recognised", "cannot_judge", "broken_patch")


def run_of(seed: int) -> dict[str, tuple[str, str]]:
    """A run: instance → patch and grade. One number, for it would else be most of what is drawn."""
    chance = random.Random(seed)
    return {name: (chance.choice(PATCHES), chance.choice(GRADES)) for name in IDS}


RUN = st.integers(0, 10_000).map(run_of)
ACCEPT = Verdict(Decision.ACCEPT, progress=100, confidence=9, baseline_minutes=20)
VERDICTS = (
    ACCEPT,
    replace(ACCEPT, progress=90, confidence=1, baseline_minutes=0.5),
    *(Verdict(Decision.REQUEST_CHANGES, why, 10 * n, n + 1, 90) for n, why in enumerate(REASONS)),
    *(Verdict(Decision.SKIP, skip_reason=why) for why in SKIPS),
)
SOURCES = st.one_of(
    st.tuples(st.just("echo"), st.sampled_from(RUNS)),
    st.tuples(st.just("submission"), st.sampled_from(RUNS), RUN),
    st.tuples(st.just("drop"), st.sampled_from(RUNS)),
    st.tuples(
        st.just("attempts"),
        st.lists(
            st.tuples(*map(st.sampled_from, (RUNS[:2], IDS, PATCHES, GRADES))),
            min_size=1,
            max_size=6,
        ),
    ),
    st.tuples(st.just("golden"), st.sampled_from(IDS), st.sampled_from(["G", "H", "A", UNAPPLIABLE])),
    st.tuples(st.just("scope"), st.sets(st.sampled_from(IDS), min_size=2)),
)
PERSON = st.fixed_dictionaries(
    {
        "repositories": st.sampled_from([(), (), (), ("o/lib",), ("p/app",)]),
        "hours": st.sampled_from([None, 1.0, 10.0]),
        "active": st.sampled_from([True, True, False]),
    }
)
SHARES = ("golden_share", "unresolved_share", "overlap", "repeats", "reserve", "earlier")
STUDY = st.one_of(
    st.tuples(st.just("reviewer"), st.sampled_from(PEOPLE), PERSON),
    st.tuples(st.just("pull request"), st.sampled_from(IDS), st.sets(st.sampled_from(PEOPLE), max_size=2)),
    st.tuples(st.just("share"), st.sampled_from(SHARES), st.sampled_from([0.0, 0.25, 0.5, 1.0])),
    st.tuples(st.just("conflict"), st.just(""), st.sampled_from(["exclude", "golden_only", "flag"])),
)
KINDS = ("verdict",) * 5 + ("verdict and guess",) * 3 + ("undo", "open", "guess", "correct", "show", "finish")
ACTIONS = st.lists(
    st.tuples(*map(st.sampled_from, (KINDS, range(6), VERDICTS, (3, 40, 900)))), min_size=1, max_size=5
)
# One rule that chooses: of many, hypothesis switches most off, and what goes wrong takes several together.
STEPS_OF_A_STUDY = (
    *("change_sources",) * 4,
    *("change_study",) * 3,
    *("review",) * 6,
    *("collect",) * 2,
    *("amend",) * 3,
    *("handover",) * 2,
    *("assign",) * 2,
)


@functools.cache
def change(text: str) -> CanonicalChange:
    file = FileChange(
        "a.py",
        Kind.MODIFIED,
        old_text="old\n",
        new_text=f"{text}\n",
        old_digest="0" * 64,
        new_digest=text * 64,
        old_mode="100644",
        new_mode="100644",
        hunks=(Hunk(1, 1, 1, 1, ("-old", f"+{text}")),),
    )
    return CanonicalChange("1", (file,))


@functools.cache
def candidate_of(instance: str, patch: str) -> str | None:
    return Candidate(instance, change(CHANGES[patch])).id if patch in CHANGES else None


def made(patch: str) -> Made:
    if patch in CHANGES:
        return Made(Disposition.REVIEWABLE, change(CHANGES[patch]))
    return Made(Disposition.UNAPPLIABLE if patch == UNAPPLIABLE else Disposition.EMPTY_AFTER_POLICY)


@functools.cache
def template() -> Path:
    """A new study with an empty database, to be copied: migrations take longer than an example."""
    folder = Path(tempfile.mkdtemp(dir=PLACE)) / "study"
    create_study(folder)
    Database.open(folder / "study.db", create=True)
    return folder


# The model: what should be in the study, in plain Python.


@dataclass
class Kept:
    """An attempt as the newest pull left it."""

    patch: str
    grade: str
    disposition: str
    candidate: str | None


@dataclass
class Drawn:
    """An attempt as a round drew it."""

    round: int
    sampled: bool
    probability: float
    kept: Kept
    candidate: str | None

    @property
    def disposition(self) -> str:
        return self.kept.disposition if self.candidate is None else "reviewable"


@dataclass
class Given:
    """An assignment, as it was made."""

    id: str
    reviewer: str
    candidate: str
    round: int
    wave: int
    position: int
    repeat_of: str | None
    why: str
    conflict: bool
    instance: str


@dataclass
class Amended:
    candidate: str
    what: str
    round: int | None = None
    told: set[str] = field(default_factory=set)


@dataclass
class Person:
    repositories: tuple[str, ...] = ()
    hours: float | None = None
    active: bool = True


@dataclass
class Copy:
    """A packet on a reviewer's machine, with the answers beside it and the machine's clock."""

    packet: Path
    behind: timedelta = timedelta()

    @property
    def answers(self) -> Path:
        return self.packet.with_name(self.packet.stem + ".answers.jsonl")


@dataclass
class Said:
    """What a reviewer's events come to."""

    verdict: dict | None = None
    final: dict | None = None
    guess: dict | None = None
    seconds: float = 0.0
    at: str | None = None
    front: str | None = None


def said_of(events: list[dict]) -> Said:
    """What an item's events in order come to: the last verdict before the guess was opened, and the final one."""
    opened = next((n for n, one in enumerate(events) if one["type"] == "guess_opened"), len(events))
    standing: list[int] = []
    final: dict | None = None
    for n, one in enumerate(events):
        if one["type"] == "verdict" and n < opened:
            standing.append(n)
        elif one["type"] == "undone" and n < opened and standing:
            standing.pop()
            final = events[standing[-1]]["body"] if standing else None
        if one["type"] in ("verdict", "correction"):
            final = one["body"]
    guesses = [one["body"] for one in events if one["type"] == "guess"]
    found = Said(
        final=final, guess=guesses[-1] if guesses else None, front=events[-1]["front"] if events else None
    )
    if standing:
        given = events[standing[-1]]
        spent = [one["body"]["active_seconds"] for one in events[: standing[-1]] if one["type"] == "time"]
        found.verdict, found.seconds = given["body"], math.fsum(spent)
        found.at, found.front = given["at"], given["front"]
    return found


def in_order(files: list[list[dict]]) -> list[dict]:
    """The events of a packet's files: each file's own order holds, and between files the clock decides."""
    ranked: dict[str, tuple] = {}
    for lines in files:
        latest = ""
        for one in lines:
            latest = max(latest, one["at"])
            ranked.setdefault(one["id"], (latest, one["seq"], one["id"], one))
    return [entry[-1] for entry in sorted(ranked.values(), key=lambda entry: entry[:3])]


def rows(folder: Path, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as connection:
        return connection.execute(query).fetchall()


def dump(folder: Path) -> dict[str, list[tuple]]:
    tables = [name for (name,) in rows(folder, "select name from sqlite_master where type = 'table'")]
    return {name: sorted(rows(folder, f"select * from {name}"), key=repr) for name in tables}


def packets_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "packets").iterdir()}


def plain(frame) -> list[dict]:
    """A frame's rows in plain Python, what is missing as None."""
    gone = {name: frame[name].isna().tolist() for name in frame.columns}
    columns = {name: frame[name].tolist() for name in frame.columns}
    return [
        {name: None if gone[name][n] else columns[name][n] for name in frame.columns} for n in range(len(frame))
    ]


class StudyMachine(RuleBasedStateMachine):
    """A study, those who review for it, and the model of both."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(dir=PLACE))
        self.folder = self.place / "study"
        shutil.copytree(template(), self.folder)
        self.seconds = 0
        self.handed = 0
        self.trees: set[str] = set()
        self.was_made: dict[str, set[str]] = {}
        self.changed = True
        self.people: dict[str, Person] = {}
        self.involved: dict[str, set[str]] = {}
        self.golden = dict.fromkeys(IDS, "G")
        self.runs: dict[str, dict[str, tuple[str, str]]] = {}
        self.listed: set[str] = set()
        self.in_study: set[str] = set()
        self.scope: set[str] = set()
        self.kept: dict[tuple[str, str], Kept] = {}
        self.read: dict[str, int] = {}
        self.draws: dict[tuple[str, str], list[Drawn]] = defaultdict(list)
        self.share_of: dict[int, float] = {}
        self.refused_above: dict[str, float] = {}
        self.refused_below: dict[str, float] = {}
        self.rounds = 0
        self.given: dict[str, Given] = {}
        self.amendments: list[Amended] = []
        self.handed_over: set[str] = set()
        self.frozen: dict[str, list[tuple]] = {"rounds": [], "draws": [], "assignments": []}
        self.packets: dict[str, bytes] = {}
        self.copies: dict[str, list[Copy]] = defaultdict(list)
        self.collected: dict[str, dict[str, list[dict]]] = defaultdict(dict)

    # Setting up, and what an organiser changes.

    @initialize(
        runs=st.tuples(RUN, RUN),
        involved=st.dictionaries(
            st.sampled_from(IDS), st.sets(st.sampled_from(PEOPLE[:2]), min_size=1), max_size=3
        ),
        scope=st.sets(st.sampled_from(IDS), min_size=4),
        shares=st.fixed_dictionaries(
            {
                "golden_share": st.sampled_from([0.25, 0.5, 1.0]),
                "unresolved_share": st.sampled_from([0.4, 0.0, 0.4, 1.0]),
                "overlap": st.sampled_from([0, 1, 0.5]),
                "repeats": st.sampled_from([0.0, 0.3]),
                "reserve": st.sampled_from([0.0, 0.25, 0.6]),
                "earlier": st.sampled_from([0.0, 0.5, 1.0]),
                "conflict": st.sampled_from(["exclude", "golden_only", "flag"]),
            }
        ),
        seed=st.integers(0, 50),
        people=st.integers(1, 3),
    )
    def begin(self, runs, involved, scope, shares, seed, people) -> None:
        self.seed, self.shares, self.scope = seed, shares, scope
        self.people = {name: Person() for name in PEOPLE[:people]}
        self.runs = dict(zip(RUNS, runs, strict=False))
        self.listed = set(self.runs)
        self._write_study()
        self._pull()
        for instance, names in involved.items():
            self._know_pull_request(instance, names)
        self._new_round()

    @rule(step=st.sampled_from(STEPS_OF_A_STUDY), data=st.data())
    def go_on(self, step, data) -> None:
        getattr(self, f"_{step}")(data.draw)

    def _change_sources(self, draw) -> None:
        what, *rest = draw(SOURCES, label="sources")
        match what:
            case "submission":
                name, run = rest
                self.runs.setdefault(name, run)
                self.listed.add(name)
            case "drop":
                self.listed -= {rest[0]} if len(self.listed) > 1 else set()
            case "attempts":
                for name, instance, patch, grade in rest[0]:
                    if name in self.runs:
                        self.runs[name][instance] = (patch, grade)
            case "echo":
                self._echo(draw, rest[0])
            case "golden":
                self.golden[rest[0]] = rest[1]
            case "scope":
                self.scope = rest[0]
        event(f"sources: {what}")
        self._write_study()
        self._pull()
        self._perhaps_assign(draw)

    def _echo(self, draw, name: str) -> None:
        """A run comes to a change that was handed out before."""
        gone = self._withdrawn()
        every = sorted({(one.candidate not in gone, one.instance, one.candidate) for one in self.given.values()})
        if not every or name not in self.runs:
            return
        _, instance, candidate = draw(st.sampled_from(every), label="like")
        patch = next(patch for patch in CHANGES if candidate_of(instance, patch) == candidate)
        self.runs[name][instance] = (patch, "resolved")
        self.listed.add(name)
        self.scope = self.scope | {instance}

    def _change_study(self, draw) -> None:
        what, name, value = draw(STUDY, label="study")
        match what:
            case "reviewer":
                self.people[name] = Person(**value)
            case "pull request":
                self._know_pull_request(name, value)
            case "share":
                self.shares[name] = value if name != "golden_share" else value or 0.75
            case "conflict":
                self.shares["conflict"] = value
        event(f"study: {what}")
        self._write_study()
        self._perhaps_assign(draw)

    def _know_pull_request(self, instance: str, names: set[str]) -> None:
        at = datetime(2020, 1, 1, tzinfo=UTC)
        logins = tuple(f"GH-{name}" for name in sorted(names))
        found = PullRequest(
            instance,
            REPOS[instance],
            1,
            "",
            "",
            None,
            logins,
            (),
            (),
            (),
            (),
            (),
            None,
            at,
            None,
            None,
            None,
            (),
            (),
        )
        if instance in self.involved or not rows(self.folder, f"select 1 from instances where id = '{instance}'"):
            return
        with self._database().writing() as connection:
            save_pull_request(connection, found)
        self.involved[instance] = names

    def _write_study(self) -> None:
        shares = self.shares
        lines = ['name = "Machine"', f"seed = {self.seed}"]
        lines += [f"{key} = {shares[key]}" for key in ("golden_share", "unresolved_share", "overlap", "repeats")]
        lines += ["[benchmark]", 'source = "benchmark"']
        lines += ["[policies]", f'conflict = "{shares["conflict"]}"']
        lines += ["[rounds]", f"golden = {shares['reserve']}", f"earlier = {shares['earlier']}"]
        for name in sorted(self.listed):
            lines += ["[[submissions]]", f'name = "{name}"', 'path = "."', f'model = "{name} 1"']
            lines += [f"released = 2024-0{1 + RUNS.index(name)}-01"]
        (self.folder / "study.toml").write_text("\n".join(lines) + "\n")
        people = []
        for name, one in self.people.items():
            listed = ", ".join(f'"{repo}"' for repo in one.repositories)
            people += ["[[reviewers]]", f'id = "{name}"', f"repositories = [{listed}]", f'github = "gh-{name}"']
            people += [f"active = {str(one.active).lower()}"]
            people += [] if one.hours is None else [f"hours = {one.hours}"]
        (self.folder / "reviewers.toml").write_text("\n".join(people) + "\n")

    def _database(self) -> Database:
        return Database.open(self.folder / "study.db")

    def _pull(self) -> None:
        """What `mergecheck pull` does with what it has read."""
        human = Submission(GOLDEN, "", None, "", is_golden=True)
        benchmark = [Instance(name, REPOS[name], "c" * 40, f"issue {name}", self.golden[name]) for name in IDS]
        everything = {name: (self.golden[name], "resolved") for name in IDS}
        pulled = [self._read(human, everything)]
        for name in sorted(self.listed):
            who = Submission(name, f"{name} 1", date(2024, 1 + RUNS.index(name), 1), "reed")
            pulled.append(self._read(who, self.runs[name]))
        rules = made_with(Policies())
        with self._database().writing() as connection:
            save_benchmark(connection, benchmark, self.scope)
            for name in sorted(self.scope - self.trees):
                digest = text_digest("old\n")
                tree = BaseTree({"a.py": digest}, {digest: "old\n"}, {})
                save_tree(connection, pack_tree(connection, Base(name, REPOS[name], "c" * 40), tree))
            self.trees |= self.scope
            for one in pulled:
                save_submission(connection, one)
            keep_only(connection, {one.submission.name for one in pulled})
            save_made(connection, [(task, made(task.patch)) for task in pending(connection, rules)], rules)
        self.in_study = {GOLDEN, *self.listed}
        self._model_pull(everything)
        self.changed = True

    def _read(self, who: Submission, run: dict[str, tuple[str, str]]) -> Pulled:
        mentioned = {name: run[name] for name in IDS if name in self.scope and run[name][0] != NOT_MENTIONED}
        attempts = tuple(
            Attempt(
                who.name, name, "" if patch == GRADE_ONLY else patch, Grade(grade), "report.json", "preds", row
            )
            for row, (name, (patch, grade)) in enumerate(mentioned.items(), start=1)
        )
        skips = (Skip(who.name, "preds", 99, "x", "not_in_benchmark", "?"),) * (len(who.name) - 4)
        self.read[who.name] = len(attempts) + len(skips)
        return Pulled(
            who,
            attempts,
            skips,
            len(attempts) + len(skips),
            ("json lines",),
            (),
            tuple(name for name in IDS if name in self.scope and name not in mentioned),
            tuple(name for name, (patch, _) in mentioned.items() if patch == GRADE_ONLY),
        )

    def _model_pull(self, everything: dict[str, tuple[str, str]]) -> None:
        for name in [GOLDEN, *sorted(self.listed)]:
            run = everything if name == GOLDEN else self.runs[name]
            for instance in IDS:
                key = (name, instance)
                if instance in self.scope:
                    self.kept[key] = as_kept(instance, *run[instance])
                elif key not in self.draws:
                    # Nobody reads it any more; what a round has drawn stays as it was.
                    self.kept.pop(key, None)

    # Handing out.

    def _assign(self, draw) -> None:
        """Packets that went missing are written again."""
        if draw(st.booleans(), label="lose packets"):
            for name in list(self.packets)[::2]:
                (self.folder / "packets" / name).unlink(missing_ok=True)
        self._new_round()

    def _perhaps_assign(self, draw) -> None:
        if draw(st.sampled_from([True, True, False]), label="assign"):
            self._new_round()

    def _new_round(self) -> None:
        expected, waiting = self._expected_draws(), self._waiting_reissues()
        before, golden = dump(self.folder), self._golden_candidates()
        barred_before = {name: self._barred(name) for name in self.people}
        self.was_made = {one.candidate: self._made_today(one.candidate) for one in self.amendments}
        error = self._on_both(lambda folder: assign(study=folder, as_json=True))
        if error is not None:
            self._refused_assign(error, expected)
            assert dump(self.folder) == before
            return
        new = self._take_round(golden, barred_before)
        if new is None:
            assert not expected
            event("assign: nothing new")
        else:
            self._check_draws(new, expected)
            for why in {one.why for one in self.given.values() if one.round == new}:
                event(f"assign: {why}")
        self._check_reissues(new, waiting)
        self._check_placed()

    def _refused_assign(self, error: MergecheckError, expected: dict) -> None:
        active = [one for one in self.people.values() if one.active]
        known = {
            repo for repo in REPOS.values() if any(not p.repositories or repo in p.repositories for p in active)
        }
        if not active:
            assert isinstance(error, StudyFileError), error
        elif isinstance(error, AssignError):
            assert error.what.startswith("nobody reviews"), error
            assert set(REPOS.values()) - known, error
        else:
            passed = [key for key in expected if self.kept[key].grade == "resolved"]
            assert isinstance(error, Refused), error
            assert not self.rounds, error
            assert not passed, error
        event("assign: refused")

    def _handover(self, draw) -> None:
        busy = sorted({one.reviewer for one in self._open()} & self.people.keys())
        reviewer = draw(st.sampled_from(busy * 3 + sorted(self.people)), label="who")
        takers = sorted(name for name, one in self.people.items() if one.active and name != reviewer)
        to = draw(st.sampled_from([None, *takers]), label="to")
        chosen = [to] if to else takers
        before, golden = dump(self.folder), self._golden_candidates()
        undone = [one for one in self._open() if one.reviewer == reviewer]
        moving = [
            one for one in undone if one.repeat_of is None and self._could(one.candidate, golden) & set(chosen)
        ]
        barred_before = {name: self._barred(name) for name in self.people}
        names = [to] if to else None
        error = self._on_both(lambda folder: handover(reviewer, names, study=folder, as_json=True))
        ended = [one for one in undone if one.repeat_of is not None]
        if error is not None:
            assert isinstance(error, Refused), error
            assert not [one for one in self.given.values() if one.reviewer == reviewer] or (
                undone and not moving and not ended
            ), error
            assert dump(self.folder) == before
            return
        new = self._take_round(golden, barred_before)
        assert (new is not None) == bool(moving or ended)
        if new is None:
            return
        event(f"handover: {'some' if moving else 'none'} moved, {'some' if ended else 'none'} ended")
        now = [one for one in self.given.values() if one.round == new]
        assert not rows(self.folder, f"select 1 from draws where round = {new}")
        assert Counter(one.candidate for one in now) == Counter(one.candidate for one in moving)
        assert all(one.reviewer in chosen and one.why == "handed_over" for one in now)
        self.handed_over |= {one.id for one in [*moving, *ended]}

    def _on_both(self, command) -> MergecheckError | None:
        """Run a command on the study, and at times on a copy of it: packets and rounds come out the same."""
        self.changed = True
        self.handed += 1
        if self.handed % 3:
            return self._run(lambda: command(self.folder))
        twin = self.place / "twin"
        shutil.copytree(self.folder, twin)
        error = self._run(lambda: command(self.folder))
        again = self._run(lambda: command(twin))
        assert (error is None) == (again is None)
        assert packets_in(self.folder) == packets_in(twin)
        for table in ("draws", "assignments", "replaced"):
            assert rows(self.folder, f"select * from {table}") == rows(twin, f"select * from {table}")
        shutil.rmtree(twin)
        return error

    def _run(self, command) -> MergecheckError | None:
        self.printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(self.printed), contextlib.redirect_stderr(io.StringIO()):
                command()
        except MergecheckError as error:
            return error
        return None

    def _expected_draws(self) -> dict[tuple[str, str], tuple[float, bool | None, str | None]]:
        """What the next round draws: submission and instance → probability, sampled (None: chance), candidate."""
        found: dict[tuple[str, str], tuple[float, bool | None, str | None]] = {}
        share = self.shares["unresolved_share"]
        adds = False
        for key, kept in self._attempts():
            drawn = self.draws[key][-1] if self.draws.get(key) else None
            changed = drawn is not None and (kept.patch, kept.grade) != (drawn.kept.patch, drawn.kept.grade)
            reviewable = kept.disposition == "reviewable" and kept.grade in ("resolved", "unresolved")
            candidate = kept.candidate if reviewable else None
            if key[0] == GOLDEN or (drawn is not None and not changed):
                continue
            if reviewable and kept.grade == "resolved":
                found[key] = (1.0, True, candidate)
                adds = adds or not any(name == key[0] and self.draws[name, of] for name, of in list(self.draws))
            elif reviewable and share:
                found[key] = (share, None, candidate)
            elif drawn is not None:
                found[key] = (0.0, False, candidate)
        return found | self._expected_golden(adds)

    def _expected_golden(self, adds_model: bool) -> dict[tuple[str, str], tuple[float, bool | None, str | None]]:
        found: dict[tuple[str, str], tuple[float, bool | None, str | None]] = {}
        for (name, instance), kept in self.kept.items():
            key = (name, instance)
            if name != GOLDEN:
                continue
            if not self.draws.get(key):
                if instance in self.scope and kept.candidate is not None:
                    found[key] = (self.shares["golden_share"], None, kept.candidate)
                continue
            first, last = self.draws[key][0], self.draws[key][-1]
            before = self.share_of[first.round]
            share = min(1.0, before + self.shares["reserve"]) if adds_model else before
            changed = kept.patch != last.kept.patch
            candidate = kept.candidate if changed or not last.sampled else last.candidate
            if instance in self.scope and (changed or share > before):
                found[key] = (share, None if candidate else False, candidate)
        return found

    def _check_draws(self, new: int, expected: dict) -> None:
        drawn = {key: ones[-1] for key, ones in self.draws.items() if ones and ones[-1].round == new}
        assert drawn.keys() == expected.keys()
        for key, one in drawn.items():
            probability, sampled, candidate = expected[key]
            assert one.probability == pytest.approx(probability), key
            assert one.candidate == candidate, key
            assert sampled in (None, one.sampled), key
            if key[0] == GOLDEN:
                since = self.draws[key][0].round
                self.share_of[since] = max(one.probability, self.share_of.get(since, 0.0))
            elif sampled is None:
                # By instance: one number for it decides for every submission and in every round.
                bound = self.refused_above if one.sampled else self.refused_below
                pick = min if one.sampled else max
                bound[key[1]] = pick(bound.get(key[1], probability), probability)
        for instance in self.refused_above.keys() & self.refused_below.keys():
            assert self.refused_below[instance] < self.refused_above[instance]
        self._check_golden_sample()

    def _check_golden_sample(self) -> None:
        """Of each stratum the share is in the sample, and who is in it stays in it."""
        strata: dict[tuple[int, str], list[list[Drawn]]] = defaultdict(list)
        for (name, instance), ones in self.draws.items():
            if name == GOLDEN and ones:
                strata[ones[0].round, REPOS[instance]].append(ones)
        for (since, _), members in strata.items():
            last = [ones[-1] for ones in members]
            share = self.share_of[since]
            if min(one.probability for one in last) < share - 1e-9:
                # Some were out of scope when the share grew, and keep what they were drawn with.
                continue
            sampled, gone = sum(one.sampled for one in last), sum(one.candidate is None for one in last)
            assert math.floor(len(last) * share + 1e-9) - gone <= sampled <= math.ceil(len(last) * share - 1e-9)
            for ones in members:
                chosen = [one.sampled for one in ones if one.candidate is not None]
                assert chosen == sorted(chosen), "a golden patch left the sample"

    def _take_round(self, golden: set[str], barred: dict[str, set[str]]) -> int | None:
        """Read what chance decided of a new round, once, and check that it is a round that may be."""
        numbers = [number for (number,) in rows(self.folder, "select number from rounds order by number")]
        assert numbers[: self.rounds] == list(range(1, self.rounds + 1))
        assert len(numbers) - self.rounds in (0, 1)
        # What was written went missing and was written again.
        assert packets_in(self.folder).items() >= self.packets.items()
        if len(numbers) == self.rounds:
            return None
        new = self.rounds = numbers[-1]
        query = "select submission, instance, sampled, inclusion_probability, candidate from draws where round = "
        for name, instance, sampled, probability, candidate in rows(self.folder, f"{query}{new}"):
            kept = Kept(**vars(self.kept[name, instance]))
            self.draws[name, instance].append(Drawn(new, bool(sampled), probability, kept, candidate))
        self._take_assignments(new, golden, barred)
        self._take_packets(new)
        now = {table: rows(self.folder, f"select * from {table}") for table in self.frozen}
        for table, was in self.frozen.items():
            assert {repr(row) for row in was} <= {repr(row) for row in now[table]}, f"{table} of an earlier round"
        self.frozen = now
        return new

    def _take_assignments(self, new: int, golden: set[str], barred: dict[str, set[str]]) -> None:
        query = (
            "select a.id, reviewer, candidate, round, wave, position, repeat_of, why, conflict, instance "
            f"from assignments a join candidates c on c.id = a.candidate where round = {new} order by position"
        )
        gone = {one.candidate for one in self._newest_amendments() if one.what == "withdraw"}
        places: dict[str, list[int]] = defaultdict(list)
        waves: set[tuple] = set()
        mine = [Given(*row) for row in rows(self.folder, query)]
        before = list(self.given.values())
        self.given |= {one.id: one for one in mine}
        for one in mine:
            person = self.people[one.reviewer]
            in_conflict = one.instance in barred[one.reviewer]
            policy = self.shares["conflict"]
            assert person.active
            assert not person.repositories or REPOS[one.instance] in person.repositories
            assert not (in_conflict and policy == "exclude")
            assert not (in_conflict and policy == "golden_only" and one.candidate in golden)
            assert bool(one.conflict) == in_conflict
            assert one.candidate not in gone, "a withdrawn candidate was handed out"
            assert (one.reviewer, one.wave, one.instance) not in waves
            waves.add((one.reviewer, one.wave, one.instance))
            places[one.reviewer].append(one.position)
            again = [old for old in [*before, *mine] if old is not one and old.reviewer == one.reviewer]
            again = [old for old in again if old.candidate == one.candidate]
            self._check_again(
                one, [old for old in again if old.round < new], [old for old in again if old in mine]
            )
        for positions in places.values():
            assert positions == list(range(1, len(positions) + 1))

    def _check_again(self, one: Given, earlier: list[Given], here: list[Given]) -> None:
        """Nobody sees a candidate twice, but to be asked again, or as it should have been shown."""
        if one.repeat_of is not None:
            assert one.why in ("repeat", "earlier")
            was = self.given[one.repeat_of]
            assert (was.reviewer, was.candidate) == (one.reviewer, one.candidate)
            assert (was.round == one.round) == (one.why == "repeat")
        if earlier:
            assert one.why == "reissued" or one.repeat_of is not None, "a reviewer was given a candidate twice"
        if here:
            assert {one.why, *(old.why for old in here)} >= {"repeat"}
            assert len(here) == 1

    def _take_packets(self, new: int) -> None:
        queues = {one.reviewer for one in self.given.values() if one.round == new}
        self._take_up(new)
        found = packets_in(self.folder)
        for name in sorted(queues):
            file = f"machine-round{new}-{name}.packet"
            with zipfile.ZipFile(io.BytesIO(found[file])) as archive:
                manifest = json.loads(archive.read("manifest.json"))
            told = [(one["round"], one["number"], one["what"]) for one in manifest.get("amendments", ())]
            assert sorted(told) == sorted(self._to_tell(name, new))
            folder = self.place / "machines" / f"{file}-1"
            folder.mkdir(parents=True)
            self.copies[file].append(Copy(folder / file))
            (folder / file).write_bytes(found[file])
        assert found.keys() - self.packets.keys() == {f"machine-round{new}-{name}.packet" for name in queues}
        self.packets = found

    def _take_up(self, new: int) -> None:
        """A reissue waits till a round gives the candidate out anew, or draws what made it as something else."""
        anew = {one.candidate for one in self.given.values() if one.round == new and one.why == "reissued"}
        still = {self._candidate(key) for key, _ in self._attempts()}
        moved = {
            one.candidate for ones in self.draws.values() if ones and ones[-1].round == new for one in ones[:-1]
        }
        for amended in self._newest_amendments():
            if amended.what == "reissue" and amended.round is None:
                made = self.was_made.get(amended.candidate, set())
                if made & anew or amended.candidate in moved - still:
                    amended.round = new

    def _to_tell(self, reviewer: str, new: int) -> list[tuple[int, int, str]]:
        """What a reviewer's next packet says about earlier ones: each thing once."""
        found = []
        for amended in self._newest_amendments():
            until = new if amended.what == "withdraw" else amended.round
            if until is None:
                continue
            for one in self.given.values():
                mine = one.reviewer == reviewer and one.candidate == amended.candidate and one.round < until
                if mine and one.id not in amended.told:
                    amended.told.add(one.id)
                    found.append((one.round, one.position, amended.what))
        return found

    def _check_reissues(self, new: int | None, before: dict[str, tuple[set[str], set[str]]]) -> None:
        """What was to be given out anew is with those who had it, or with another, or there is nobody for it."""
        golden = self._golden_candidates()
        for holders, targets in before.values():
            for target in targets:
                able = {name for name in self.people if self._may(name, target, golden)}
                now = {
                    one.reviewer
                    for one in self.given.values()
                    if one.round == new and one.candidate == target and one.why == "reissued"
                }
                if holders & able:
                    assert now >= holders & able, "a reissue was lost"
                else:
                    assert bool(now) == bool(able), "a reissue was lost"

    def _waiting_reissues(self) -> dict[str, tuple[set[str], set[str]]]:
        """Candidates to be given out anew → who has them, and what they are to be shown instead."""
        found = {}
        live = self._live()
        out = {one.candidate for one in live} | self._withdrawn()
        for amended in self._newest_amendments():
            if amended.what == "reissue" and amended.round is None:
                mine = [one for one in live if one.candidate == amended.candidate and one.repeat_of is None]
                targets = self._made_today(amended.candidate)
                targets -= out - {amended.candidate}
                if mine:
                    found[amended.candidate] = ({one.reviewer for one in mine}, targets)
        return found

    def _check_placed(self) -> None:
        """What is sampled is with somebody, or there is nobody for it."""
        golden = self._golden_candidates()
        placed = {one.candidate for one in self._live()}
        for key, _ in self._attempts():
            last = self.draws[key][-1] if self.draws.get(key) else None
            if last is None or not last.sampled or last.candidate is None or last.candidate in placed:
                continue
            if last.candidate in self._withdrawn():
                continue
            assert not self._could(last.candidate, golden), f"{key} is sampled, and nobody was given it"

    # Reviewing and collecting.

    def _review(self, draw) -> None:
        """At times on another machine, with what was answered so far; both are used from then on."""
        if not self.copies:
            return
        actions = draw(ACTIONS, label="actions")
        elsewhere = draw(st.booleans(), label="elsewhere")
        behind = draw(st.sampled_from([None, None, -2, 1, 48]), label="hours behind")
        copy = self._copy(draw)
        name = copy.packet.name
        if elsewhere and copy.answers.exists() and len(self.copies[name]) < 3:
            folder = self.place / "machines" / f"{name}-{len(self.copies[name]) + 1}"
            shutil.copytree(copy.packet.parent, folder)
            copy = Copy(folder / name, copy.behind)
            self.copies[name].append(copy)
        if behind is not None:
            copy.behind = timedelta(hours=behind)
        clock = ManualClock()
        with Desk.open(copy.packet, front=Front.ANSWERS_FILE, clock=clock, now=lambda: self._now(copy)) as desk:
            for kind, place, verdict, seconds in actions:
                item = desk.queue[place % len(desk.queue)]
                clock.advance(seconds)
                with contextlib.suppress(Refused, InvalidAnswer):
                    self._act(desk, kind, item, verdict)
                    event(f"review: {kind}")
            clock.advance(5)
            desk.leave()
        if draw(st.booleans(), label="returned"):
            self._take(draw, copy)

    def _act(self, desk: Desk, kind: str, item: str, verdict: Verdict) -> None:
        guess = Guess(Author.AI if verdict.reason else Author.HUMAN, 5, Recognised.NO)
        match kind:
            case "verdict":
                desk.show(item)
                desk.touch()
                desk.verdict(item, verdict)
            case "verdict and guess":
                desk.show(item)
                desk.verdict(item, verdict)
                desk.open_guess(item)
                desk.guess(item, guess)
            case "show":
                desk.show(item)
            case "undo":
                desk.undo()
            case "open":
                desk.open_guess(item)
            case "guess":
                desk.guess(item, guess)
            case "correct":
                desk.correct(item, verdict, "on reflection")
            case "finish":
                for one in desk.queue:
                    if desk.review(one).final is None:
                        desk.verdict(one, verdict)
                    if desk.review(one).final.decision is not Decision.SKIP:
                        desk.open_guess(one)
                        if desk.review(one).guess is None:
                            desk.guess(one, guess)
                desk.finish()

    def _collect(self, draw) -> None:
        for _ in range(draw(st.integers(1, 3), label="files") if self.copies else 0):
            self._take(draw, self._copy(draw))

    def _copy(self, draw) -> Copy:
        every = [copy for name in sorted(self.copies) for copy in self.copies[name]]
        return draw(st.sampled_from(every), label="machine")

    def _now(self, copy: Copy) -> datetime:
        self.seconds += 1
        return BEGUN + timedelta(seconds=self.seconds) - copy.behind

    def _take(self, draw, copy: Copy) -> None:
        if not copy.answers.exists():
            return
        lines = copy.answers.read_bytes().splitlines(keepends=True)
        sent = draw(st.sampled_from([len(lines)] * 3 + [1, (len(lines) + 1) // 2]), label="lines")
        torn = draw(st.sampled_from([b"", b"", b'{"format": 1, "id"']), label="torn")
        file = self.folder / "answers" / f"{copy.packet.parent.name}.jsonl"
        file.write_bytes(b"".join(lines[:sent]) + torn)
        error = self._run(lambda: collect([file], study=self.folder, as_json=True))
        assert error is None, error
        read = [json.loads(line) for line in lines[:sent]]
        known = self.collected[copy.packet.name]
        before = {one["id"] for one in in_order(list(known.values()))}
        assert json.loads(self.printed.getvalue())[0]["new"] == len({one["id"] for one in read} - before)
        machine = copy.packet.parent.name
        if len(read) > len(known.get(machine, ())):
            known[machine] = read
        self.changed = True

    # Amendments.

    def _amend(self, draw) -> None:
        if not self.given:
            return
        withdraw = draw(st.booleans(), label="withdraw")
        one = draw(st.sampled_from(sorted(self.given.values(), key=lambda one: one.id)), label="item")
        named = draw(st.sampled_from([one.id, f"{one.reviewer}/{one.round}/{one.position}"]), label="named")
        what = "withdraw" if withdraw else "reissue"
        newest = next((it for it in self._newest_amendments() if it.candidate == one.candidate), None)
        done = newest is not None and newest.what == what and newest.round is None
        nothing = what == "reissue" and not self._made_today(one.candidate)
        before = dump(self.folder)
        error = self._run(
            lambda: amend(named, withdraw, not withdraw, "it is broken", study=self.folder, as_json=True)
        )
        assert (error is not None) == (done or nothing), error
        self.changed = True
        if error is not None:
            assert isinstance(error, Refused)
            assert dump(self.folder) == before
            return
        event(f"amend: {what}")
        self.amendments.append(Amended(one.candidate, what))
        match draw(st.sampled_from(["assign", "handover", ""]), label="then"):
            case "assign":
                self._new_round()
            case "handover":
                self._handover(draw)

    # What follows from all that.

    def _attempts(self) -> list[tuple[tuple[str, str], Kept]]:
        """Attempts in the study and in scope."""
        return [(key, one) for key, one in self.kept.items() if key[0] in self.in_study and key[1] in self.scope]

    def _candidate(self, key: tuple[str, str]) -> str | None:
        return self.draws[key][-1].candidate if self.draws.get(key) else self.kept[key].candidate

    def _golden_candidates(self) -> set[str]:
        mine = [key for key, _ in self._attempts() if key[0] == GOLDEN]
        return {one for key in mine for one in (self.kept[key].candidate, self._candidate(key)) if one}

    def _made_today(self, candidate: str) -> set[str]:
        """What the attempts that were drawn with this candidate are made into now."""
        found = {kept.candidate for key, kept in self._attempts() if self._candidate(key) == candidate}
        return {one for one in found if one is not None}

    def _newest_amendments(self) -> list[Amended]:
        return list({one.candidate: one for one in self.amendments}.values())

    def _withdrawn(self) -> set[str]:
        return {one.candidate for one in self._newest_amendments() if one.what == "withdraw"}

    def _barred(self, reviewer: str) -> set[str]:
        return {instance for instance, names in self.involved.items() if reviewer in names}

    def _may(self, reviewer: str, candidate: str, golden: set[str]) -> bool:
        person, instance = self.people[reviewer], self._instance(candidate)
        policy = self.shares["conflict"]
        bars = policy == "exclude" or (policy == "golden_only" and candidate in golden)
        knows = not person.repositories or REPOS[instance] in person.repositories
        return person.active and knows and not (bars and instance in self._barred(reviewer))

    def _could(self, candidate: str, golden: set[str]) -> set[str]:
        """Who may be given a candidate: they may review it and have not seen it."""
        seen = {one.reviewer for one in self.given.values() if one.candidate == candidate}
        return {name for name in self.people if name not in seen and self._may(name, candidate, golden)}

    @staticmethod
    @functools.cache
    def _instance(candidate: str) -> str:
        return next(name for name in IDS for patch in CHANGES if candidate_of(name, patch) == candidate)

    def _standings(self) -> dict[str, str]:
        """Whether each assignment counts, or why not."""
        known = {self._candidate(key) for key, _ in self._attempts()}
        anew: dict[str, int] = defaultdict(int)
        for amended in self.amendments:
            if amended.what == "reissue":
                anew[amended.candidate] = max(anew[amended.candidate], amended.round or 0)
        said, gone = self._said(), self._withdrawn()
        found = {}
        for name, one in self.given.items():
            found[name] = "counted"
            if one.candidate in gone:
                found[name] = "withdrawn"
            elif one.candidate not in known:
                found[name] = "superseded"
            elif one.round < anew[one.candidate]:
                found[name] = "reissued"
            elif name in self.handed_over and said[name].verdict is None:
                found[name] = "handed_over"
        return found

    def _live(self) -> list[Given]:
        """What somebody is expected to answer, or has."""
        standing = self._standings()
        return [
            one for name, one in self.given.items() if standing[name] == "counted" and name not in self.handed_over
        ]

    def _open(self) -> list[Given]:
        said = self._said()
        return [one for one in self._live() if said[one.id].verdict is None]

    def _said(self) -> dict[str, Said]:
        found: dict[str, list[dict]] = defaultdict(list)
        for files in self.collected.values():
            for one in in_order(list(files.values())):
                if one["item"] is not None:
                    found[one["item"]].append(one)
        return {name: said_of(found[name]) for name in self.given}

    @invariant()
    def holds(self) -> None:
        if not self.changed or not self.people:
            return
        self.changed = False
        with self._database().reading() as connection:
            attempts = attempts_frame(connection)
            reviews = reviews_frame(connection, attempts)
            queues, standing = reviewer_counts(connection), assignment_counts(connection)
            broken = {one.item for one in broken_items(connection)}
        said = self._said()
        self._check_attempts(attempts)
        self._check_reviews(reviews, said)
        self._check_counts(queues, standing, reviews, said)
        skipped = {name: one.verdict["skip_reason"] for name, one in said.items() if one.verdict}
        assert broken == {name for name, reason in skipped.items() if reason == "broken_patch"}
        for table, was in self.frozen.items():
            assert rows(self.folder, f"select * from {table}") == was, f"{table} of an earlier round changed"
        assert packets_in(self.folder).items() <= self.packets.items()

    def _check_attempts(self, frame) -> None:
        gone = self._withdrawn()
        expected = {}
        golden = {key[1]: self._candidate(key) for key, _ in self._attempts() if key[0] == GOLDEN}
        for key, kept in self._attempts():
            ones = self.draws.get(key, [])
            candidate = self._candidate(key)
            row = {"grade": kept.grade, "disposition": kept.disposition, "candidate": candidate}
            row |= {"sampled": False, "inclusion_probability": None, "round": None}
            if ones:
                last = ones[-1]
                same = [one.round for one in ones]
                for n, one in enumerate(ones):
                    if (one.sampled, one.candidate) != (last.sampled, last.candidate):
                        same = [later.round for later in ones[n + 1 :]]
                row |= {"grade": last.kept.grade, "disposition": last.disposition, "sampled": last.sampled}
                row |= {"inclusion_probability": pytest.approx(last.probability), "round": same[0]}
            if candidate in gone:
                row["disposition"] = "dropped"
            row["is_golden"] = key[0] == GOLDEN
            row["same_as_golden"] = key[0] != GOLDEN and candidate is not None and candidate == golden.get(key[1])
            row["repo"] = REPOS[key[1]]
            expected[key] = row
        found = {}
        for row in plain(frame):
            found[row["submission"], row["instance"]] = row
        assert len(found) == len(frame)
        assert found.keys() == expected.keys()
        for key, row in expected.items():
            assert {name: found[key][name] for name in row} == row, key

    def _check_reviews(self, frame, said: dict[str, Said]) -> None:
        standing = self._standings()
        expected = {name: one for name, one in self.given.items() if standing[name] == "counted"}
        found = {row["assignment"]: row for row in plain(frame)}
        assert len(found) == len(frame)
        assert found.keys() == expected.keys()
        for name, one in expected.items():
            review = said[name]
            verdict, guess = review.verdict or {}, review.guess or {}
            row = {
                "candidate": one.candidate,
                "instance": one.instance,
                "repo": REPOS[one.instance],
                "reviewer": one.reviewer,
                "round": one.round,
                "wave": one.wave,
                "position": one.position,
                "repeat_of": one.repeat_of,
                "decision": verdict.get("decision"),
                "decision_final": (review.final or {}).get("decision"),
                "reason": verdict.get("reason"),
                "progress": verdict.get("progress"),
                "confidence": verdict.get("confidence"),
                "baseline_minutes": verdict.get("baseline_minutes"),
                "skip_reason": verdict.get("skip_reason"),
                "active_minutes": pytest.approx(review.seconds / 60) if verdict else None,
                "guess": guess.get("author"),
                "guess_confidence": guess.get("confidence"),
                "recognised": guess.get("recognised"),
                "front": review.front,
                "simulated": False,
                "submitted_at": None if review.at is None else datetime.fromisoformat(review.at),
                "why": one.why,
                "conflict": bool(one.conflict),
            }
            assert {key: found[name][key] for key in row} == row, name

    def _check_counts(self, queues, counts, reviews, said: dict[str, Said]) -> None:
        standing = Counter(self._standings().values())
        assert counts == {"assigned": len(self.given), **standing}
        assert standing["counted"] == len(reviews)
        by_queue: dict[tuple[str, int], list[Given]] = defaultdict(list)
        for one in self.given.values():
            by_queue[one.reviewer, one.round].append(one)
        assert {(one.reviewer, one.round) for one in queues} == by_queue.keys()
        live = {one.id for one in self._open()}
        for one in queues:
            mine = by_queue[one.reviewer, one.round]
            decisions = [said[item.id].verdict["decision"] for item in mine if said[item.id].verdict]
            assert one.assigned == one.decided + one.skipped + one.open + one.released == len(mine)
            assert one.skipped == decisions.count("skip")
            assert one.decided == len(decisions) - one.skipped
            assert one.open == len([item for item in mine if item.id in live])

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and self.given:
                self._end()
        finally:
            shutil.rmtree(self.place)

    def _end(self) -> None:
        """Close the study: it can be analysed, and takes nothing more."""
        self._analyse()
        waiting = [copy for name in sorted(self.copies) for copy in self.copies[name]]
        for copy in waiting:
            with Desk.open(copy.packet, front=Front.ANSWERS_FILE, now=lambda copy=copy: self._now(copy)) as desk:
                desk.leave()
        if self._open():
            was = dump(self.folder)
            assert isinstance(self._run(lambda: close(study=self.folder, incomplete=False)), Refused)
            assert dump(self.folder) == was
        assert self._run(lambda: close(study=self.folder, incomplete=True)) is None
        before, packets = dump(self.folder), packets_in(self.folder)
        one = min(self.given)
        reviewer = self.given[one].reviewer
        refused = [
            lambda: assign(study=self.folder, as_json=True),
            lambda: amend(one, True, False, "too late", study=self.folder),
            lambda: amend(one, False, True, "too late", study=self.folder),
            lambda: handover(reviewer, None, study=self.folder),
        ]
        for command in refused:
            assert isinstance(self._run(command), Refused)
        error = self._run(lambda: collect([copy.answers for copy in waiting], study=self.folder))
        assert isinstance(error, Problems)
        assert len(error.problems) == len(waiting)
        assert all(isinstance(one, AnswersError) for one in error.problems)
        assert self._run(lambda: close(study=self.folder, incomplete=False)) is None
        assert dump(self.folder) == before
        assert packets_in(self.folder).items() <= self.packets.items()
        assert packets.items() <= packets_in(self.folder).items()

    def _analyse(self) -> None:
        with self._database().reading() as connection:
            attempts = attempts_frame(connection)
            reviews = reviews_frame(connection, attempts)
            counts = count_study(connection)
        for one in counts.submissions:
            assert one.rows_read == one.attempts + sum(one.skips.values()) == self.read[one.submission]
        found = analyse(check_attempts(attempts), check_reviews(reviews, attempts))
        said, standing = self._said(), self._standings()
        decided = [one for name, one in self.given.items() if standing[name] == "counted" and said[name].verdict]
        assert found.verdicts == len(decided)
        assert found.simulated == 0
        first = {one.candidate: set() for one in self.given.values()}
        for one in decided:
            if one.repeat_of is None:
                first[one.candidate].add(said[one.id].verdict["decision"])
        for step in found.flow:
            mine = [key for key, _ in self._attempts() if key[0] == step.submission]
            assert step.attempts == len(mine) == step.in_scope + sum(count for _, count in step.out)
            steps = (step.passing, step.candidates, step.drawn, step.assigned, step.reviewed, step.counted)
            assert sorted(steps, reverse=True) == list(steps)
            drawn = [self.draws[key][-1] for key in mine if self.draws.get(key)]
            sampled = [
                one.candidate
                for one in drawn
                if one.sampled and one.candidate not in self._withdrawn() and one.kept.grade == "resolved"
            ]
            assert step.drawn == len(sampled)
            assert step.reviewed == sum(bool(first.get(one)) for one in sampled)
            assert step.counted == sum(bool(first.get(one, set()) - {"skip"}) for one in sampled)
        assert {one.reviewer: one.assigned for one in found.work} == Counter(reviews["reviewer"])


def as_kept(instance: str, patch: str, grade: str) -> Kept:
    """An attempt as a pull keeps it."""
    if patch == NOT_MENTIONED:
        return Kept("", "ungraded", "not_run", None)
    if patch == GRADE_ONLY:
        return Kept("", grade, "no_patch", None)
    return Kept(patch, grade, str(made(patch).disposition), candidate_of(instance, patch))


TestStudy = StudyMachine.TestCase
TestStudy.settings = settings(
    max_examples=EXAMPLES,
    phases=[one for one in Phase if SHRINKS or one is not Phase.shrink],
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
