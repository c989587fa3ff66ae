"""The issues as a round shows them: without what leads to their fix, and with hints only where asked for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from mergecheck.assign.redact import Fix, redact
from mergecheck.records import Instance
from mergecheck.sources.github_record import Wanted, pull_request_of
from mergecheck.store.candidates import save_text
from mergecheck.store.pull_requests import load_pull_requests
from mergecheck.store.schema import instances
from mergecheck.store.trees import known_commits, of_candidates

LATER = "Said later in the discussion:"
"""Heading of the hints."""


def shown_issues(connection: Connection, shown: Collection[str], *, hints: bool) -> dict[str, list[str]]:
    """Instance → repository and digest of the text that is shown, which is kept; see `issue_texts`."""
    found = issue_texts(connection, shown, hints=hints)
    return {instance: [repo, save_text(connection, text)] for instance, (repo, text) in found.items()}


def issue_texts(connection: Connection, shown: Collection[str], *, hints: bool) -> dict[str, tuple[str, str]]:
    """Instance → repository and the text that is shown, of the instances of these candidates.

    References to the pull request behind the golden patch and to what came after it are redacted: of that one if
    it is known, else of the one that the instance's id ends in.
    """
    known = load_pull_requests(connection)
    commits = known_commits(connection)
    rows = connection.execute(select(instances).where(of_candidates(shown)).order_by(instances.c.id)).mappings()
    found = {}
    for row in rows:
        instance = Instance(row["id"], row["repo"], row["base_commit"], row["problem_statement"], "")
        fetched = known.get(instance.id)
        stated = pull_request_of(instance)
        number = stated.number if isinstance(stated, Wanted) else None
        repos = (instance.repo,) if fetched is None else (instance.repo, fetched.repo)
        fix = Fix(repos, number if fetched is None else fetched.number)
        in_history = commits.get(instance.id, {}).get
        text = redact(instance.problem_statement, fix, in_history)
        if hints and row["hints"].strip():
            text = f"{text.rstrip()}\n\n---\n\n{LATER}\n\n{redact(row['hints'], fix, in_history)}"
        found[instance.id] = (instance.repo, text)
    return found
