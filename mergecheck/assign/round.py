"""Draw a round: what is sampled, and everybody's queue. Pure: attempts and earlier rounds in, a round out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from mergecheck.assign.conflicts import ToReview
from mergecheck.assign.deal import Dealer, Request, weights
from mergecheck.assign.design import Design, DrawnRound, Earlier, Reissue, Sampleable, Shown
from mergecheck.assign.draw import draw_attempts, draw_golden, draw_refused, stratified
from mergecheck.assign.queue import Queue, Showing, make_queue
from mergecheck.assign.seal import Seal
from mergecheck.errors import AssignError
from mergecheck.records import GOLDEN, Draw, Reviewer, Why

NO_LONGER = "cannot be reviewed any more"


def draw_round(due: Sequence[Sampleable], earlier: Earlier, design: Design, number: int, seal: Seal) -> DrawnRound:
    """Draw a round.

    The queues are a function of the drawn candidates, the earlier rounds, the reviewers, the round and the seal.
    Which submission made a candidate decides only whether it is drawn, and, where a conflict of interest bars a
    reviewer from golden patches alone, who may review it.

    Args:
        due: attempts that no round has drawn, and drawn ones that have changed since. Golden ones are sampled by
            instance, those that passed the grader all, those that it refused by instance where the design says so.
        earlier: what earlier rounds did.
        design: how to draw.
        number: the round's number, from 1.
        seal: the study's.

    Raises:
        AssignError: nobody has ever reviewed a repository and nobody does now, or an instance has more candidates
            than there are waves.
    """
    adds_model = any(one.passed and not one.is_golden and one.submission not in earlier.submissions for one in due)
    draws = [*_golden(due, earlier, design, number, seal, adds_model), *_agents(due, design, number, seal)]
    wanted = _wanted(draws, due, earlier)
    fresh, unplaced = _requests(wanted, earlier, design)
    again = _shown_again(earlier, design, number, seal, adds_model)
    reissued, not_reissued = _reissued(earlier, design)
    dealer = Dealer(weights(design.active), seal, number)
    given = dealer.deal([*again, *reissued])
    drawn = dealer.deal(fresh)
    wanted_twice, twice = _overlap(drawn, design, number, seal)
    given += drawn + dealer.deal(twice[:wanted_twice])
    return DrawnRound(
        draws=tuple(draws),
        queues=queues(given, design, number, seal),
        wanted=tuple(wanted),
        unplaced=(*unplaced, *not_reissued),
        adds_model=adds_model,
        overlap_wanted=wanted_twice,
        overlap_possible=len(twice),
    )


def hand_over(
    reviewer: str, undone: Sequence[Shown], earlier: Earlier, design: Design, number: int, seal: Seal
) -> DrawnRound:
    """Give what a reviewer has not done to the others, as a round of its own; a repeat is nobody else's.

    Args:
        reviewer: who gives up the work.
        undone: their assignments without a verdict.
        earlier: what earlier rounds did.
        design: how to draw; its reviewers are those who may take the work.
        number: the round's number.
        seal: the study's.

    Returns:
        A round without draws; `unplaced` is what nobody else may review.
    """
    requests, unplaced = [], []
    others = [one for one in design.active if one.id != reviewer]
    for shown in undone:
        if shown.repeat_of is not None:
            continue
        one = ToReview(shown.candidate, shown.instance, shown.repo, shown.candidate in earlier.golden_candidates)
        able = _able(one, others, earlier, design)
        if able:
            requests.append(Request(one.candidate, one.instance, able, Why.HANDED_OVER, replaces=shown.assignment))
        else:
            unplaced.append(one)
    given = Dealer(weights(others), seal, number).deal(requests)
    return DrawnRound(
        draws=(), queues=queues(given, design, number, seal), unplaced=tuple(unplaced), replaces=Why.HANDED_OVER
    )


def _golden(
    due: Sequence[Sampleable], earlier: Earlier, design: Design, number: int, seal: Seal, adds_model: bool
) -> list[Draw]:
    """Draws of golden: of new instances, of changed ones, and from the reserve where the round adds a model."""
    fresh = {
        one.instance: one.repo for one in due if one.is_golden and not one.changed and one.candidate is not None
    }
    draws = draw_golden(fresh, design.golden_share, number, seal)
    changed = {one.instance: one for one in due if one.is_golden and one.changed}
    for since in sorted({one.since for one in earlier.golden}):
        members = {one.instance: one for one in earlier.golden if one.since == since}
        candidates = {instance: one.candidate for instance, one in members.items()}
        candidates |= {instance: one.candidate for instance, one in changed.items()}
        before = max(one.share for one in members.values())
        share = min(1.0, before + design.reserve_share) if adds_model else before
        repositories = {instance: one.repo for instance, one in members.items()}
        # Drawn among all that they were first drawn with: else one that was reviewed could fall out of the sample.
        for draw in draw_golden(repositories, share, number, seal, since):
            touched = members[draw.instance].in_scope and (share > before or draw.instance in changed)
            if touched and candidates[draw.instance] is None:
                draws.append(Draw(GOLDEN, draw.instance, number, False, share, NO_LONGER))
            elif touched:
                draws.append(draw)
    return sorted(draws, key=lambda draw: draw.instance)


def _agents(due: Sequence[Sampleable], design: Design, number: int, seal: Seal) -> list[Draw]:
    """Draws of the agents' attempts; what changed and can no longer be drawn is noted as not sampled."""
    passing: dict[str, list[str]] = defaultdict(list)
    refused: dict[str, list[str]] = defaultdict(list)
    gone: list[Draw] = []
    for one in due:
        if one.is_golden:
            continue
        if one.candidate is not None and one.passed:
            passing[one.submission].append(one.instance)
        elif one.candidate is not None and design.unresolved_share > 0:
            refused[one.submission].append(one.instance)
        elif one.changed:
            why = NO_LONGER if one.candidate is None else "no longer passes the grader"
            gone.append(Draw(one.submission, one.instance, number, False, 0.0, why))
    draws = draw_attempts(passing, number) + draw_refused(refused, design.unresolved_share, number, seal) + gone
    return sorted(draws, key=lambda draw: (draw.submission, draw.instance))


def _wanted(draws: Iterable[Draw], due: Sequence[Sampleable], earlier: Earlier) -> list[ToReview]:
    """The candidates to hand out, each once, whoever and however many made it."""
    of = {(GOLDEN, one.instance): (one.candidate, one.repo) for one in earlier.golden}
    of |= {(one.submission, one.instance): (one.candidate, one.repo) for one in due}
    golden = earlier.golden_candidates | {one.candidate for one in due if one.is_golden and one.candidate}
    found = {one.candidate: one for one in earlier.unplaced}
    placed = earlier.handed_out | {one.candidate for one in earlier.reissues}
    for draw in draws:
        candidate, repo = of[draw.submission, draw.instance]
        if draw.sampled and candidate is not None and candidate not in placed:
            found[candidate] = ToReview(candidate, draw.instance, repo, candidate in golden)
    return sorted(found.values(), key=lambda one: (one.instance, one.candidate))


def _able(one: ToReview, reviewers: Sequence[Reviewer], earlier: Earlier, design: Design) -> tuple[str, ...]:
    seen = earlier.seen_by(one.candidate)
    return tuple(name for name in design.able(one, reviewers) if name not in seen)


def _requests(
    wanted: Sequence[ToReview], earlier: Earlier, design: Design
) -> tuple[list[Request], list[ToReview]]:
    """A request for each candidate, and those that nobody may review."""
    requests, unplaced = [], []
    left = {one.candidate for one in earlier.unplaced}
    for one in wanted:
        able = _able(one, design.active, earlier, design)
        if able:
            requests.append(Request(one.candidate, one.instance, able))
            continue
        known = one.candidate in left or one.repo in earlier.repositories
        if not known and not any(_knows(reviewer, one.repo) for reviewer in design.active):
            raise AssignError(
                f"nobody reviews {one.repo}",
                where="reviewers.toml",
                fix="give a reviewer this repository, or leave it out of [benchmark] repositories",
            )
        unplaced.append(one)
    return requests, unplaced


def _knows(reviewer: Reviewer, repo: str) -> bool:
    return not reviewer.repositories or repo in reviewer.repositories


def _shown_again(earlier: Earlier, design: Design, number: int, seal: Seal, adds_model: bool) -> list[Request]:
    """Earlier candidates: to those who saw them, where a model is added, and to everybody who is new."""
    newcomers = [one for one in design.active if one.id not in earlier.reviewers]
    if not adds_model and not newcomers:
        return []
    shown: dict[str, dict[str, list[Shown]]] = defaultdict(lambda: defaultdict(list))
    repositories = {}
    reissued = {one.was for one in earlier.reissues}
    for one in earlier.shown:
        if one.live and one.candidate not in reissued:
            repositories[one.instance] = one.repo
            if one.repeat_of is None:
                shown[one.instance][one.candidate].append(one)
    requests = []
    chosen = stratified(repositories, design.earlier_share, seal, "earlier", number)
    for instance in sorted(chosen & shown.keys()):
        candidate = seal.order(shown[instance], "earlier", number, instance)[0]
        again = ToReview(candidate, instance, repositories[instance], candidate in earlier.golden_candidates)
        if adds_model:
            requests += _to_who_saw(again, shown[instance][candidate], earlier, design, number, seal)
        able = _able(again, newcomers, earlier, design)
        requests += [Request(candidate, instance, (name,), Why.EARLIER) for name in able]
    return requests


def _to_who_saw(
    again: ToReview, shown: Sequence[Shown], earlier: Earlier, design: Design, number: int, seal: Seal
) -> list[Request]:
    """One request: for somebody who saw the candidate, or where all of them have gone for another."""
    first = {one.reviewer: one.assignment for one in reversed(shown)}
    able = design.able(again, design.active)
    there = seal.order([name for name in first if name in able], "earlier", number, again.candidate)
    if there:
        return [Request(again.candidate, again.instance, (there[0],), Why.EARLIER, repeat_of=first[there[0]])]
    others = [one for one in design.active if one.id in earlier.reviewers]
    rest = _able(again, others, earlier, design)
    return [Request(again.candidate, again.instance, rest, Why.EARLIER)] if rest else []


def _reissued(earlier: Earlier, design: Design) -> tuple[list[Request], list[ToReview]]:
    """What is shown again as it should have been, and what of it nobody may review.

    It goes to those who had it, or where none of them may have it any more to one of the others.
    """
    requests, unplaced = [], []
    holders: dict[str, list[Reissue]] = defaultdict(list)
    for one in earlier.reissues:
        # What it has become may be a change that has been handed out already: then that one is reviewed.
        if one.candidate == one.was or one.candidate not in earlier.handed_out:
            holders[one.candidate].append(one)
    for candidate, old in sorted(holders.items()):
        again = ToReview(candidate, old[0].instance, old[0].repo, candidate in earlier.golden_candidates)
        able = design.able(again, design.active)
        if not able:
            unplaced.append(again)
            continue
        takers: dict[tuple[str, ...], str] = {
            (one.reviewer,): one.assignment for one in old if one.reviewer in able
        }
        requests += [
            Request(candidate, again.instance, names, Why.REISSUED, replaces=assignment)
            for names, assignment in (takers or {able: old[0].assignment}).items()
        ]
    return requests, unplaced


def _overlap(
    drawn: Sequence[tuple[str, Request]], design: Design, number: int, seal: Seal
) -> tuple[int, list[Request]]:
    """How many candidates are to have a second reviewer, and the requests of all that can, in an order drawn."""
    able = {one.candidate: (one, tuple(name for name in one.able if name != first)) for first, one in drawn}
    wanted = design.overlap if isinstance(design.overlap, int) else round(design.overlap * len(drawn))
    order = seal.order([name for name, (_, others) in able.items() if others], "overlap", number)
    return wanted, [
        Request(candidate, able[candidate][0].instance, able[candidate][1], Why.OVERLAP) for candidate in order
    ]


def queues(given: Collection[tuple[str, Request]], design: Design, number: int, seal: Seal) -> tuple[Queue, ...]:
    """Everybody's queue of what they were given, in the order of the reviewers."""
    mine: dict[str, list[Showing]] = defaultdict(list)
    for name, one in given:
        flagged = one.instance in design.conflicts.get(name, frozenset())
        mine[name].append(
            Showing(one.candidate, one.instance, one.why, one.repeat_of, one.replaces, conflict=flagged)
        )
    return tuple(
        make_queue(reviewer.id, mine[reviewer.id], seal, number, design.layout)
        for reviewer in design.reviewers
        if mine[reviewer.id]
    )
