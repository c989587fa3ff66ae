"""What `assign` and `handover` share: the study's seal and design, rounds into the store, packets out of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mergecheck.cli.terminal import progress, talk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from mergecheck.assign.design import Design, DrawnRound, Earlier, Sampleable
    from mergecheck.assign.seal import Seal
    from mergecheck.changes.tree import Base
    from mergecheck.store.database import Database
    from mergecheck.study import Study

Handed = TypeVar("Handed")

STUDY_ID = "study_id"
"""Fact that tells whether `seal.key` is still the one that the study was begun with."""


def opened(plan: Study) -> tuple[Database, Seal]:
    """The study's database and its seal.

    Raises:
        Refused: this is not the key that packets were made with: ids could not be turned back any more.
    """
    from mergecheck.assign.seal import Seal
    from mergecheck.errors import Refused
    from mergecheck.store.database import Database, fact
    from mergecheck.study import read_key

    seal = Seal(read_key(plan), plan.seed)
    database = Database.open(plan.database)
    with database.reading() as connection:
        begun_with = fact(connection, STUDY_ID)
    if begun_with not in (None, seal.study_id()):
        raise Refused(
            "this is not the key that the study's packets were made with",
            where=str(plan.key_file),
            fix="put the study's own seal.key back from your backup",
        )
    return database, seal


def refuse_closed(connection: Connection) -> None:
    """A closed study takes nothing more."""
    from mergecheck.errors import Refused
    from mergecheck.store.database import fact

    if fact(connection, "closed_at"):
        raise Refused("the study is closed", fix="a closed study takes no more rounds: start another one")


def changed_policies(connection: Connection, plan: Study) -> dict[str, Any]:
    """The policies that the last round was drawn under, where today's differ."""
    from mergecheck.store.drawn import last_round
    from mergecheck.store.rounds import round_settings

    last = last_round(connection)
    before = round_settings(connection, last) if last else {}
    # What an older program did not know it did not keep.
    return {key: before[key] for key, value in policies_of(plan).items() if key in before and before[key] != value}


def check_policies(connection: Connection, plan: Study) -> None:
    """Refuse other policies than the last round's: reviewers of one study would see changes differently."""
    from mergecheck.errors import Refused
    from mergecheck.store.drawn import last_round

    before = changed_policies(connection, plan)
    if before:
        then = ", ".join(f"{key} = {_as_toml(value)}" for key, value in before.items())
        raise Refused(
            f"round {last_round(connection)} was handed out with {then} in [policies]",
            where=str(plan.file),
            fix="set it back, or run `mergecheck pull` and then `mergecheck assign --new-policies`: changes that "
            "differ are then handed out anew",
        )


def _as_toml(value: object) -> str:
    """Text, or a list of texts, as study.toml has it: JSON says them alike."""
    return json.dumps(value, ensure_ascii=False)


def design_of(connection: Connection, plan: Study, reviewers: Sequence[str] | None = None) -> Design:
    """How the study draws its rounds; for these reviewers only, where they are named."""
    from mergecheck.assign.conflicts import ConflictPolicy, conflicts
    from mergecheck.assign.design import Design
    from mergecheck.assign.queue import Layout
    from mergecheck.store.pull_requests import involved

    chosen = tuple(one for one in plan.reviewers if reviewers is None or one.id in reviewers)
    return Design(
        reviewers=chosen,
        golden_share=plan.golden_share,
        reserve_share=plan.rounds.golden,
        earlier_share=plan.rounds.earlier,
        unresolved_share=plan.unresolved_share,
        overlap=plan.overlap,
        layout=Layout(plan.waves, plan.repeats),
        policy=ConflictPolicy(plan.conflict),
        conflicts=conflicts(chosen, involved(connection)),
    )


class TreesWanted(Exception):
    """A round cannot be frozen before these base trees are here."""

    def __init__(self, bases: Sequence[Base]) -> None:
        super().__init__(f"{len(bases)} base trees are not here")
        self.bases = bases


def with_trees(database: Database, plan: Study, step: Callable[[], Handed]) -> Handed:
    """Take a step that freezes a round; where it lacks base trees, read them and take it again.

    A round is a function of the seed and of what the store holds, so the second time it is the same round. Reading
    takes its time and happens outside of the step's transaction.

    Raises:
        ChangeError, Problems: a tree cannot be read. No round is frozen then; the trees that were read stay.
    """
    while True:
        try:
            return step()
        except TreesWanted as wanted:
            _read_trees(database, plan, wanted.bases)


def _read_trees(database: Database, plan: Study, bases: Sequence[Base]) -> None:
    from mergecheck.changes.mirrors import Mirrors
    from mergecheck.changes.tree import read_trees
    from mergecheck.errors import ChangeError, Problems
    from mergecheck.store.trees import pack_tree, save_tree

    problems: dict[str, ChangeError] = {}
    mirrors = Mirrors(plan.clone_url, tell=talk)
    with progress("reading base trees", len(bases)) as advance:
        for base, tree in read_trees(bases, mirrors):
            if isinstance(tree, ChangeError):
                problems[str(tree)] = tree
            else:
                with database.reading() as connection:
                    packed = pack_tree(connection, base, tree)
                with database.writing() as connection:
                    save_tree(connection, packed)
            advance()
    if problems:
        raise Problems(list(problems.values()))


def freeze(
    connection: Connection,
    plan: Study,
    seal: Seal,
    drawn: DrawnRound,
    number: int,
    due: Sequence[Sampleable] = (),
    earlier: Earlier | None = None,
) -> None:
    """Write a round into the store; the first one says which key the study was begun with, and locks its plan.

    Raises:
        TreesWanted: the store lacks base trees of what the round shows; nothing is written then.
    """
    from mergecheck.records import GOLDEN
    from mergecheck.store.database import fact, set_fact
    from mergecheck.store.plan import lock_plan, note_plan
    from mergecheck.store.rounds import freeze_round
    from mergecheck.store.trees import trees_lacking

    lacking = trees_lacking(connection, {one.candidate for one in drawn.assignments})
    if lacking:
        raise TreesWanted(lacking)
    if fact(connection, STUDY_ID) is None:
        set_fact(connection, STUDY_ID, seal.study_id())
    candidates = {(GOLDEN, one.instance): one.candidate for one in (earlier.golden if earlier else ())}
    candidates |= {(one.submission, one.instance): one.candidate for one in due}
    freeze_round(connection, number, _settings(plan, drawn), drawn, candidates)
    if number == 1:
        lock_plan(connection, plan.analysis)
    note_plan(connection, plan.analysis)


def _settings(plan: Study, drawn: DrawnRound) -> dict[str, Any]:
    from mergecheck.changes.canonical import RULES

    return {
        "study": plan.name,
        "rules": RULES,
        "seed": plan.seed,
        "golden_share": plan.golden_share,
        "unresolved_share": plan.unresolved_share,
        "rounds": {"golden": plan.rounds.golden, "earlier": plan.rounds.earlier},
        "overlap": plan.overlap,
        "repeats": plan.repeats,
        "conflict": plan.conflict,
        **policies_of(plan),
        "form": plan.form.model_dump(mode="json"),
        "guidelines": plan.guidelines,
        "waves": {queue.reviewer: queue.waves for queue in drawn.queues},
    }


def policies_of(plan: Study) -> dict[str, Any]:
    """What decides what is seen of a change, as a round's settings keep it."""
    policies = plan.policies
    return {
        "tests": policies.tests,
        "docs": policies.docs,
        "scratch": policies.scratch,
        "keep": list(policies.keep),
        "hints": plan.hints,
    }


class Packets:
    """The study's packets: written where they are not there, and each looked at once."""

    def __init__(self, database: Database, plan: Study, seal: Seal) -> None:
        self._database = database
        self._folder = plan.packets
        self._study_id = seal.study_id()
        self._done: set[tuple[int, str]] = set()

    def write(self) -> list[Path]:
        """Write every packet that is not there; all of it comes from the store, nothing from chance.

        Returns:
            Those that were written now. Those that were there are as they should be.
        """
        from mergecheck.store.handout import packets_due

        self._folder.mkdir(exist_ok=True)
        with self._database.reading() as connection:
            due = [one for one in packets_due(connection) if one not in self._done]
        files = []
        with progress("writing packets", len(due)) as advance:
            for number, reviewer in due:
                file = self._file(number, reviewer)
                there = file.exists()
                self._provide(file, number, reviewer)
                self._done.add((number, reviewer))
                if not there:
                    files.append(file)
                advance()
        return files

    def _file(self, number: int, reviewer: str) -> Path:
        from mergecheck.store.rounds import round_settings

        with self._database.reading() as connection:
            study = str(round_settings(connection, number)["study"])
        return self._folder / f"{_slug(study)}-round{number}-{reviewer}.packet"

    def _provide(self, file: Path, number: int, reviewer: str) -> None:
        """Nobody else waits while a packet is checked or written: the study is locked for its note alone."""
        from mergecheck.packet.write import check_packet, write_packet
        from mergecheck.store.handout import packet_contents, packet_texts
        from mergecheck.store.rounds import save_packet, saved_packets

        with self._database.reading() as connection:
            saved = saved_packets(connection, number, reviewer, file.name)
            if not (saved and file.exists()):
                manifest, items, own = packet_contents(connection, number, reviewer, self._study_id)
        if saved and file.exists():
            check_packet(file, saved)
            return
        with self._database.reading_singly() as connection:
            digest = write_packet(file, manifest, items, packet_texts(connection, own))
        with self._database.writing() as connection:
            save_packet(connection, digest, number, reviewer, file.name)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "study"
