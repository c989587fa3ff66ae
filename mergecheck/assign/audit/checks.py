"""What each of the twelve checks looked at, and what it could not look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mergecheck.assign.audit.order import ENTRIES, POSITIONS, Tested, recognised_by_source
from mergecheck.assign.audit.passages import of_changes
from mergecheck.assign.audit.records import Check, Known, Leak, Opened
from mergecheck.assign.audit.traces import commit_ids


def checks(packets: Sequence[Opened], known: Known, tested: Sequence[Tested], lines: int) -> Iterator[Check]:
    """A check for each leak, in their order; `lines` is how many lines of changes and issues there are."""
    written = [packet for packet in packets if packet.file]
    items = [item for packet in packets for item in packet.items]
    files = sum(len(item.files) for item in items)
    entries = sum(len(packet.entries) for packet in written)
    unknown = sum(item.candidate is None for item in items)
    strangers = f"{unknown} items have blind ids that the study does not know" if unknown else ""
    no_packet = "" if written else "there is no packet yet"
    here = {item.instance for item in items if item.instance}
    counted = f"{len(items)} items, {files} files, {lines} lines"
    numbers = sum(known.instances[name].number is not None for name in here if name in known.instances)
    yield Check(
        Leak.INSTANCE,
        f"{counted}, {entries} entries; pull request numbers of {numbers} of {len(here)} instances",
        _and(strangers, no_packet and "names of entries: " + no_packet),
    )
    agents = sum(not one.is_golden for one in known.submissions)
    people = sum(one.people is not None for name, one in known.instances.items() if name in here)
    yield Check(
        Leak.NAMES,
        f"{counted}, {entries} entries; names of {agents} submissions, authors of {people} of {len(here)} fixes",
        "" if people == len(here) else f"authors of {len(here) - people} fixes (`mergecheck pull --github`)",
    )
    yield Check(Leak.FILE_NAMES, f"{len(written)} file names", no_packet)
    trees = sum(len(packet.trees) for packet in packets)
    ids = commit_ids(of_changes(packets), known)
    looked_up = {(instance, name) for instance, name in ids if known.commits.get((instance, name)) is not None}
    yield Check(
        Leak.HISTORY,
        f"{entries} entries, {files} files, {trees} base trees, {len(looked_up)} commit ids",
        f"{len(ids - looked_up)} texts that may be commit ids could not be looked up" if ids - looked_up else "",
    )
    without_base = len(here - known.bases.keys())
    yield Check(
        Leak.SCRATCH,
        f"{files} files",
        f"base trees of {without_base} instances: rules for new files at the root were not asked"
        if without_base
        else "",
    )
    yield Check(Leak.TESTS, f'{files} files; tests = "{known.policies.tests}"', strangers)
    endings = [one for one in tested if one.what not in (POSITIONS, ENTRIES)]
    yield Check(
        Leak.DIALECT,
        f"{files} files with {sum(len(file.hunks) for item in items for file in item.files)} hunks; "
        f"{len(endings)} kinds of endings and modes against golden",
        "" if known.own_diff else "git is not at hand: hunks were compared with the texts, not with our own diff",
    )
    issues = len({item.issue for item in items})
    yield Check(Leak.LINKS, f"{issues} issues, {lines} lines", strangers)
    yield Check(
        Leak.TOO_NEAR, f"{len(written)} queues, {sum(len(packet.items) for packet in written)} items", no_packet
    )
    yield _order_check(tested, entries, no_packet)
    yield _remembered_check((items and here) or set(), known, len(items), no_packet)
    yield Check(
        Leak.RESULTS,
        f"{entries} entries, {len(items)} items, {lines} lines",
        no_packet and "entries: " + no_packet,
    )


def _and(*reasons: str) -> str:
    return "; ".join(reason for reason in reasons if reason)


def _order_check(tested: Sequence[Tested], entries: int, no_packet: str) -> Check:
    said = []
    for what in (POSITIONS, ENTRIES):
        mine = [one for one in tested if one.what == what and one.adjusted is not None]
        if mine:
            least = min(mine, key=lambda one: one.adjusted or 0.0)
            test = f"n = {least.result.n}, smallest p = {least.adjusted:.3f} ({least.source})"
            said.append(f"{what} of {len(mine)} sources: {test}")
    missing = no_packet or ("" if said else "no source has both something in a queue and something else beside it")
    return Check(Leak.ORDER, "; ".join([*said, f"times of {entries} entries"]), missing)


def _remembered_check(here: set[str], known: Known, items: int, no_packet: str) -> Check:
    found = sum(known.instances[name].people is not None for name in here if name in known.instances)
    said = [
        f"{items} items; people of {found} of {len(here)} fixes, GitHub names of {known.reviewers_with_github} of "
        f"{known.reviewers} reviewers"
    ]
    for source, (yes, familiar, n) in recognised_by_source(known).items():
        if n:
            said.append(f"{source}: {yes} recognised and {familiar} familiar of {n}")
    missing = []
    if found < len(here):
        missing.append(f"people of {len(here) - found} fixes (`mergecheck pull --github`)")
    if known.reviewers_with_github < known.reviewers:
        missing.append(f"GitHub names of {known.reviewers - known.reviewers_with_github} reviewers")
    return Check(Leak.REMEMBERED, "; ".join(said), no_packet or "; ".join(missing))
