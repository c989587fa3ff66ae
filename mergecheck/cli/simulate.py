"""`mergecheck simulate`: reviewers with known parameters answer the packets; marked as simulated everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.terminal import StudyFolder, progress, talk

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mergecheck.packet.form import Form
    from mergecheck.records import Assignment
    from mergecheck.stats.generate import Parameters

GOLDEN_ACCEPTANCE = 0.68
ATTEMPT_ACCEPTANCE = 0.45
"""Round numbers near METR's: 32 of 47 golden patches were merged, and about half of the passing ones."""

Spread = Annotated[float, typer.Option(min=0, max=4, help="In logits.")]


def simulate(
    study: StudyFolder = Path(),
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help=f"How often changes of a submission are accepted; again for each. "
            f"Default: golden={GOLDEN_ACCEPTANCE}, others {ATTEMPT_ACCEPTANCE}.",
        ),
    ] = None,
    reason: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=SHARE",
            help="How often a core reason of the form is given among refusals; again for each. "
            "Default: near METR's for METR's reasons, else all alike.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other reviewers.")] = 0,
    leniency_sd: Spread = 0.4,
    difficulty_sd: Spread = 0.8,
    order_effect: Annotated[float, typer.Option(help="In logits, a wave.")] = 0.0,
    skip_rate: Annotated[float, typer.Option(min=0, max=1, help="Share of changes that are skipped.")] = 0.0,
) -> None:
    """Answer every packet in `packets/` with simulated reviewers, through the desk that real ones use.

    The answers are marked as simulated where they stand and on everything that is made of them. A packet whose
    answers a person has begun is refused. Example:

        mergecheck simulate --study my-study --accept golden=0.7 --accept my-agent=0.4
    """
    from mergecheck.errors import Refused
    from mergecheck.stats.generate import Parameters
    from mergecheck.store.answers import known_packets
    from mergecheck.store.attempts import all_submissions
    from mergecheck.store.database import Database, write_journal
    from mergecheck.store.frames import makers
    from mergecheck.store.rounds import load_assignments
    from mergecheck.study import load_study

    plan = load_study(study)
    database = Database.open(plan.database)
    with database.reading() as connection:
        sources = makers(connection)
        made_by = {name for _, submissions in sources.values() for name in submissions}
        names = sorted({submission.name for submission in all_submissions(connection)} | made_by)
        packets = known_packets(connection)
        assignments = {one.id: one for one in load_assignments(connection)}
    if not packets:
        raise Refused("no packet has been handed out", fix="run `mergecheck assign` first")
    parameters = Parameters(
        acceptance=_acceptance(names, accept or []),
        seed=seed,
        leniency_sd=leniency_sd,
        difficulty_sd=difficulty_sd,
        order_effect=order_effect,
        skip_rate=skip_rate,
    )
    with database.writing() as connection:
        write_journal(connection, "simulate", f"seed {seed}, {len(packets)} packets")
    reasons = _shares(reason or [], "--reason")
    for packet in packets:
        answers = _answer(plan.packets / packet.file, parameters, reasons, assignments, sources)
        talk(f"simulated answers: {answers}")
    talk("Next: `mergecheck collect` with these files.")


def _acceptance(names: Collection[str], given: Collection[str]) -> dict[str, float]:
    from mergecheck.records import GOLDEN

    shares = {name: GOLDEN_ACCEPTANCE if name == GOLDEN else ATTEMPT_ACCEPTANCE for name in names}
    wanted = _shares(given, "--accept")
    unknown = sorted(wanted.keys() - shares.keys())
    if unknown:
        raise typer.BadParameter(
            f"there is no submission {', '.join(unknown)}; there are {', '.join(names)}", param_hint="--accept"
        )
    return shares | wanted


def _shares(given: Collection[str], option: str) -> dict[str, float]:
    """NAME=SHARE, as given to an option."""
    shares = {}
    for text in given:
        name, _, number = text.rpartition("=")
        try:
            shares[name] = float(number)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} does not end in a number", param_hint=option) from error
        if not 0 <= shares[name] <= 1:
            raise typer.BadParameter(f"{number} is no share from 0 to 1", param_hint=option)
    return shares


def _for_form(parameters: Parameters, form: Form, reasons: Mapping[str, float]) -> Parameters:
    """The parameters with reasons that the packet's form has: those given, the usual ones, or all alike."""
    from mergecheck.errors import Refused

    keys = [choice.key for choice in form.reasons]
    skips = [choice.key for choice in form.skip_reasons]
    unknown = sorted(reasons.keys() - set(keys))
    if unknown:
        raise Refused(f"the form has no reason {', '.join(unknown)}", fix=f"its reasons are {', '.join(keys)}")
    usual = parameters.reasons if set(keys) == set(parameters.reasons) else dict.fromkeys(keys, 1.0)
    skip = parameters.skip_reason if parameters.skip_reason in skips else next(iter(skips), "")
    return replace(parameters, reasons=reasons or usual, skip_reason=skip)


def _answer(
    packet: Path,
    parameters: Parameters,
    reasons: Mapping[str, float],
    assignments: Mapping[str, Assignment],
    sources: Mapping[str, tuple[str, tuple[str, ...]]],
) -> Path:
    """Answer what is open in one packet; returns the answers file."""
    from mergecheck.records import Front
    from mergecheck.stats.generate import Reviewers
    from review_ui.desk import Desk

    # The clock stands still: a simulated reviewer's time is given, not measured.
    with Desk.open(packet, front=Front.ANSWERS_FILE, simulated=True, clock=lambda: 0.0) as desk:
        answers = desk.answers_path
        reviewers = Reviewers(_for_form(parameters, desk.form, reasons))
        with progress(f"simulating {packet.name}", len(desk.queue)) as advance:
            while (item := desk.first_open) is not None:
                one = assignments[item]
                instance, made_by = sources[one.candidate]
                answer = reviewers.answer(item, made_by, instance, one.reviewer, one.wave)
                desk.show(item)
                desk.spend(answer.active_seconds)
                desk.verdict(item, answer.verdict)
                if answer.guess is not None:
                    desk.open_guess(item)
                    desk.guess(item, answer.guess)
                advance()
        desk.finish()
        desk.leave()
    return answers
