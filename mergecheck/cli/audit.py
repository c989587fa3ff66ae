"""`mergecheck audit`: what may give authors away, and what is done about it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.handing_out import design_of, opened, refuse_closed
from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mergecheck.assign.audit import Audit, Finding, Known, Opened
    from mergecheck.assign.seal import Seal
    from mergecheck.store.blinding import Decided, Decision
    from mergecheck.store.database import Database
    from mergecheck.study import Study

audit = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Look for what a study must not do, before and after packets go out.\n\nExample:\n\n"
    "    mergecheck audit blinding --study my-study",
)

Findings = Annotated[list[str] | None, typer.Option(metavar="FINDING", show_default=False)]


@audit.callback()
def _group() -> None:
    """Without it, one command alone would take the place of the group."""


@audit.command()
def blinding(
    packets: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PACKET]...", help="Packets to look at; all of the study's.", show_default=False),
    ] = None,
    before: Annotated[
        bool,
        typer.Option(
            "--before", help="Look at what the next round would hand out, before any packet of it exists."
        ),
    ] = False,
    redact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FINDING",
            help="Put a mark in its place in all that is shown of the instance, from the next round on.",
            show_default=False,
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="FINDING", help="Withdraw its instance for everybody.", show_default=False),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FINDING", help="Leave it; the report says what changes without it.", show_default=False
        ),
    ] = None,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="The reason; it is kept.", show_default=False)
    ] = "",
    study: StudyFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Look for the twelve ways in which a patch gives its author away: in packets, or before there are any.

    Prints what each check looked at, and each finding with its places. Ends with 1 while a leak waits for a
    decision: redact it, drop its instance, or accept it. Packets are never rewritten: what is redacted is redacted
    from the next round on, so the best moment is before `mergecheck assign`. Example:

        mergecheck audit blinding --before --redact 3f2a91c0de --why "a comment names the model"
    """
    from mergecheck.report.blinding import audit_as_json, print_audit, unresolved
    from mergecheck.store.blinding import Decision, settled, standing_decisions
    from mergecheck.study import load_study

    wanted = [
        (name, what) for what, names in zip(Decision, (redact, drop, accept), strict=True) for name in names or ()
    ]
    if wanted and not why.strip():
        raise typer.BadParameter("say why; it is kept with the study", param_hint="--why")
    if before and packets:
        raise typer.BadParameter("there is no packet before the next round", param_hint="--before")
    plan = load_study(study)
    database, seal = opened(plan)
    found = _audit(database, plan, seal, packets or [], before=before)
    for name, what in wanted:
        _decide(database, found, name, what, why.strip())
    with database.reading() as connection:
        standing = standing_decisions(connection)
    decided = {one.id: done for one in found.findings if (done := settled(one, standing)) is not None}
    if as_json:
        print_json(audit_as_json(found, decided))
    else:
        print_audit(found, decided)
        _say_next(decided, before=before)
    if unresolved(found, decided):
        raise typer.Exit(1)


def _audit(database: Database, plan: Study, seal: Seal, files: Sequence[Path], *, before: bool) -> Audit:
    from mergecheck.assign.audit import audit as look
    from mergecheck.assign.audit.opened import next_round, read_packet
    from mergecheck.store.audited import as_shown, what_is_known

    with database.reading() as connection:
        known = what_is_known(connection, plan.reviewers, plan.policies, plan.conflict)
        if before:
            shown = as_shown(connection, _coming(connection, plan, seal), hints=plan.hints == "show")
        else:
            files = files or _packets(connection, plan)
    with ExitStack() as stack:
        if before:
            packets = [next_round(shown)]
        else:
            whose = {name: (one.candidate, one.instance) for name, one in known.assigned.items()}
            packets = [stack.enter_context(read_packet(file, whose.get)) for file in files]
        return look(packets, _with_repositories(known, packets, plan))


def _packets(connection: Connection, plan: Study) -> list[Path]:
    from mergecheck.assign.audit.opened import stated_digest
    from mergecheck.errors import Refused
    from mergecheck.store.answers import known_packets

    # All that is there goes out, whoever put it there and whatever it is called.
    files = sorted(plan.packets.glob("*.packet"))
    there = {stated_digest(file) for file in files}
    missing = [
        packet.file
        for packet in known_packets(connection)
        if not (plan.packets / packet.file).exists() and packet.digest not in there
    ]
    if missing:
        raise Refused(
            f"{len(missing)} packets are not there: {', '.join(missing[:3])}",
            where=str(plan.packets),
            fix="run `mergecheck assign`, which writes them again, or name the packets to look at",
        )
    if not files:
        raise Refused(
            "no packet has been written yet",
            where=str(plan.packets),
            fix="look at what the next round would hand out with `mergecheck audit blinding --before`",
        )
    return files


def _coming(connection: Connection, plan: Study, seal: Seal) -> list[str]:
    """The candidates that the next round would hand out as the study is now; nothing is drawn by asking."""
    from mergecheck.assign.round import draw_round
    from mergecheck.store.blinding import dropped
    from mergecheck.store.candidates import instances_of
    from mergecheck.store.drawn import due, last_round
    from mergecheck.store.standing import earlier_rounds

    refuse_closed(connection)
    fresh = due(connection, refused=plan.unresolved_share > 0)
    earlier = earlier_rounds(connection, fresh)
    drawn = draw_round(fresh, earlier, design_of(connection, plan), last_round(connection) + 1, seal)
    coming = {one.candidate for one in drawn.assignments} | {one.candidate for one in drawn.unplaced}
    gone = dropped(connection)
    return sorted(name for name, instance in instances_of(connection, coming).items() if instance not in gone)


def _with_repositories(known: Known, packets: Sequence[Opened], plan: Study) -> Known:
    """The same with what mirrors say that are at hand, and with our own diff."""
    from mergecheck.assign.audit.passages import of_changes
    from mergecheck.assign.audit.traces import commit_ids
    from mergecheck.changes.lookup import Lookup
    from mergecheck.changes.mirrors import Mirrors
    from mergecheck.changes.rediff import own_hunks
    from mergecheck.changes.rules import Base

    here = {item.instance for packet in packets for item in packet.items if item.instance is not None}
    mirrors = Mirrors(plan.clone_url)
    repos = {known.instances[name].repo for name in here}
    lookup = Lookup({repo: path for repo in sorted(repos) if (path := mirrors.at_hand(repo)) is not None})
    bases = {}
    for name in sorted(here):
        of = known.instances[name]
        paths = lookup.paths(of.repo, of.base_commit)
        if paths is not None:
            bases[name] = Base.of(paths)
    commits = {
        (name, text): lookup.is_later(known.instances[name].repo, known.instances[name].base_commit, text)
        for name, text in sorted(commit_ids(of_changes(packets), known))
    }

    def in_base(instance: str, text: str) -> bool:
        of = known.instances[instance]
        return bool(lookup.has_text(of.repo, of.base_commit, text))

    return replace(known, bases=bases, commits=commits, in_base=in_base, own_diff=own_hunks)


def _decide(database: Database, found: Audit, name: str, what: Decision, why: str) -> None:
    from mergecheck.errors import Refused
    from mergecheck.store.blinding import decide
    from mergecheck.store.database import write_journal

    one = next((one for one in found.findings if one.id == name), None)
    if one is None:
        raise Refused(
            f"there is no finding {name}",
            fix="give its id as `mergecheck audit blinding` prints it, with the same packets or --before",
        )
    _refuse_impossible(one, what)
    with database.writing() as connection:
        refuse_closed(connection)
        decide(connection, one, what, why)
        place = f"{one.instance}, {one.place}" if one.instance else one.place
        write_journal(connection, "audit", f"{what} {one.id} (leak {int(one.leak)}, {place}): {why}")


def _refuse_impossible(one: Finding, what: Decision) -> None:
    from mergecheck.assign.audit import Severity
    from mergecheck.errors import Refused
    from mergecheck.store.blinding import Decision

    if what is Decision.REDACT and not one.redactable:
        raise Refused(f"finding {one.id} is no text that a mark could stand for", fix=one.fix)
    if what is Decision.DROP and one.instance is None:
        raise Refused(f"finding {one.id} is of no single instance", fix=one.fix)
    if what is Decision.ACCEPT and one.severity is Severity.NOTE:
        raise Refused(f"finding {one.id} is a note", fix="nothing to do: a note wants no decision")


def _say_next(decided: dict[str, Decided], *, before: bool) -> None:
    from mergecheck.store.blinding import Decision

    if not before and any(one.decision is Decision.REDACT for one in decided.values()):
        talk(
            "Packets are never rewritten: what is redacted still stands in these. To show a change without it, "
            "run `mergecheck amend ITEM --reissue` and then `mergecheck assign`."
        )
