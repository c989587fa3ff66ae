"""What the study knows and the audit of the blinding needs, as plain records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, select

from mergecheck.assign.audit.records import Assigned, Known, KnownInstance, KnownSubmission
from mergecheck.assign.audit.redaction import redact_candidate, redacted
from mergecheck.assign.conflicts import conflicts
from mergecheck.changes.paths import named_paths
from mergecheck.records import Candidate, Instance, Policies, Reviewer
from mergecheck.sources.github_record import Wanted, pull_request_of
from mergecheck.store import schema
from mergecheck.store.answers import reviews
from mergecheck.store.blinding import redactions
from mergecheck.store.candidates import instances_of, load_candidate
from mergecheck.store.frames import makers
from mergecheck.store.issues import issue_texts
from mergecheck.store.pull_requests import involved, load_pull_requests
from mergecheck.store.rounds import load_assignments
from mergecheck.store.schema import instances, submissions


def what_is_known(
    connection: Connection, reviewers: Sequence[Reviewer], policies: Policies, conflict_policy: str
) -> Known:
    """What the study knows of instances, submissions, makers, assignments and people; no mirror is asked."""
    known = _instances(connection)
    made_by = {candidate: frozenset(names) for candidate, (_, names) in makers(connection).items()}
    rows = connection.execute(select(submissions).order_by(submissions.c.name)).mappings()
    active = [one for one in reviewers if one.active]
    return Known(
        instances=known,
        submissions=tuple(
            KnownSubmission(row["name"], row["model"], row["agent"], row["is_golden"]) for row in rows
        ),
        makers=made_by,
        assigned=_assigned(connection),
        policies=policies,
        conflict_policy=conflict_policy,
        conflicts=conflicts(reviewers, involved(connection)),
        reviewers=len(active),
        reviewers_with_github=sum(bool(one.github) for one in active),
    )


def _instances(connection: Connection) -> dict[str, KnownInstance]:
    fetched = load_pull_requests(connection)
    people = involved(connection)
    found = {}
    for row in connection.execute(select(instances).order_by(instances.c.number)).mappings():
        one = Instance(row["id"], row["repo"], row["base_commit"], "", "")
        stated = pull_request_of(one)
        pull = fetched.get(one.id)
        number = stated.number if isinstance(stated, Wanted) else None
        found[one.id] = KnownInstance(
            id=one.id,
            repo=one.repo,
            base_commit=one.base_commit,
            number=number if pull is None else pull.number,
            closes=() if pull is None else _numbers(pull.closes, {one.repo, pull.repo}),
            people=people.get(one.id),
            names=() if pull is None else (pull.repo,),
            golden_paths=frozenset(named_paths(row["golden_patch"].encode("utf-8", "surrogatepass"))),
        )
    return found


def _numbers(references: Iterable[str], repos: set[str]) -> tuple[int, ...]:
    """The numbers of `owner/name#number`, of one repository."""
    parts = (reference.rpartition("#") for reference in references)
    return tuple(int(number) for repo, _, number in parts if repo in repos and number.isdigit())


def _assigned(connection: Connection) -> dict[str, Assigned]:
    returned = reviews(connection)
    of = {
        row.id: row.instance
        for row in connection.execute(select(schema.candidates.c.id, schema.candidates.c.instance))
    }
    found = {}
    for one in load_assignments(connection):
        review = returned.get(one.id)
        guess = None if review is None else review.guess
        found[one.id] = Assigned(
            candidate=one.candidate,
            instance=of[one.candidate],
            reviewer=one.reviewer,
            repeat=one.repeat_of is not None,
            conflict=one.conflict,
            recognised=None if guess is None else str(guess.recognised),
        )
    return found


def as_shown(
    connection: Connection, wanted: Collection[str], *, hints: bool
) -> list[tuple[str, Candidate, str, str]]:
    """Candidates as the next round would show them, without what is redacted: id, change, repository, issue."""
    marks = redactions(connection)
    issues = issue_texts(connection, wanted, hints=hints)
    found = []
    for name, instance in instances_of(connection, wanted).items():
        literals = marks.get(instance, [])
        repo, issue = issues[instance]
        shown = redact_candidate(load_candidate(connection, name), literals)
        found.append((name, shown, repo, redacted(issue, literals)))
    return found
