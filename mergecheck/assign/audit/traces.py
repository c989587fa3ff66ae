"""Leaks 4, 5, 6 and 12: history, scratch files, edited tests, and what a grader or a test run left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from mergecheck.assign.audit.names import LEFT, REDACT, RIGHT, WRITE_ANEW, of_passage
from mergecheck.assign.audit.passages import Of, Passage
from mergecheck.assign.audit.records import File, Finding, Item, Known, Leak, Opened, Severity, Shown
from mergecheck.changes.policies import BY_PATH, TEST_FILES, is_kept
from mergecheck.changes.rules import ANYWHERE, AT_ROOT, Base, Rule

HISTORY_PATH = re.compile(
    r"(?:^|/)(?:\.git|\.hg|\.svn)(?:/|$)|(?:^|/)(?:packed-refs|ORIG_HEAD|FETCH_HEAD|MERGE_HEAD|HEAD)$"
    r"|(?:^|/)refs/(?:heads|tags|remotes|pull)/|(?:^|/)logs/(?:HEAD|refs/)|(?:^|/)objects/(?:pack/|[0-9a-f]{2}/)"
    r"|\.bundle$|(?:^|/)pack-[0-9a-f]{40}\.(?:pack|idx)$"
)
REFLOG = re.compile(r"\b[0-9a-f]{40} [0-9a-f]{40} .*<[^>]*> \d{9,11} [+-]\d{4}")
BUNDLE = re.compile(r"^# v[23] git bundle|^# pack-refs with:|^ref: refs/heads/")
COMMIT_ID = re.compile(LEFT + r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}" + RIGHT)

RESULT_FILE = re.compile(
    r"(?:^|/)(?:report\.json|results?\.json|test_output\.txt|run_instance\.log|eval\.sh|preds?\.jsonl?|"
    r"[\w.-]*all_preds\.jsonl?|[\w.-]*\.traj|[\w.-]*\.eval|junit[\w.-]*\.xml|test[-_]results?[\w.-]*|"
    r"[\w.-]*test[\w-]*\.log|grades?\.(?:csv|json))$",
    re.IGNORECASE,
)
RESULT_KEY = re.compile(
    r"FAIL_TO_PASS|PASS_TO_PASS|PASS_TO_FAIL|FAIL_TO_FAIL|tests_status|patch_successfully_applied|"
    r"\bunresolved_ids\b|\bresolved_ids\b|>>>>> (?:Applied Patch|All Tests Passed|Some Tests Failed|Tests? )|"
    r"APPLY_PATCH_(?:PASS|FAIL)"
)
DIALECT_KEY = re.compile(r"^(?:index|diff|patch|header|prefix|context|raw|mode_line|similarity)$")
"""Names of keys that would carry an author's own diff: leak 7's, not 12's."""
GRADE_KEY = re.compile(
    r"\b(?:resolved|grade[sd]?|passed|failed|report|tests?|score|verdict|submission|outcome)\b", re.IGNORECASE
)
SUMMARY = re.compile(r"=+ .*\b\d+ (?:passed|failed)\b.* in [\d.]+ ?s(?:econds)?\b.*=+|^Ran \d+ tests? in [\d.]+s$")

BACKUPS = (
    "*.bak.*", "*_backup.*", "*_backup_*", "*_bak.*", "*.backup", "* copy.*", "*.orig.*", "*_original.*",
    "*_old.*",
)  # fmt: skip
SUSPECTS = (
    "fix_*", "*_fix.*", "*_fixed.*", "patch_*", "verify_*", "check_fix*", "demo_*", "demo.*", "*_demo.*", "tmp_*",
    "temp_*", "run_*.py", "try_*", "scratch*", "final_*", "*_summary.*", "*SUMMARY*", "*_analysis.*",
    "simple_test*", "minimal_*",
)  # fmt: skip
"""Names of new files that no rule takes, and that a person would hardly give a part of the project."""


def find_history(passages: Iterable[Passage], packets: Sequence[Opened], known: Known) -> Iterator[Finding]:
    """Leak 4: parts of a repository's history in a packet, or the id of a commit later than the base."""
    for passage in passages:
        text, of = passage.text, passage.of
        if of in (Of.ENTRY, Of.PATH, Of.NEW_PATH):
            match = HISTORY_PATH.search(text)
            if match:
                fix = WRITE_ANEW if of is Of.ENTRY else REDACT
                what = "a part of a repository's history"
                yield of_passage(Leak.HISTORY, Severity.LEAK, what, passage, text, fix)
            continue
        if of not in (Of.ADDED, Of.ISSUE, Of.UNKNOWN):
            continue
        match = REFLOG.search(text) or BUNDLE.search(text)
        if match:
            yield of_passage(Leak.HISTORY, Severity.LEAK, "a line of a reflog or bundle", passage, match, REDACT)
            continue
        for match in COMMIT_ID.finditer(text):
            if known.commits.get((passage.instance or "", match[0])):
                what = "a commit that is later than the base"
                yield of_passage(Leak.HISTORY, Severity.LEAK, what, passage, match, REDACT)
    for packet in packets:
        yield from _history_of_trees(packet)


def _history_of_trees(packet: Opened) -> Iterator[Finding]:
    clean: set[str] = set()
    for instance, tree in packet.trees.items():
        for path, digest in tree.files.items():
            line: tuple[int, str] | None = None
            if digest is not None and digest not in clean:
                line = next(_lines_matching(tree.text(digest)), None)
                clean |= {digest} if line is None else set()
            if HISTORY_PATH.search(path) or line is not None:
                yield Finding(
                    Leak.HISTORY,
                    Severity.LEAK,
                    "a part of a repository's history in the base tree",
                    f"base tree: {path}" + (f":{line[0]}" if line else ""),
                    WRITE_ANEW,
                    excerpt=path if line is None else line[1].strip()[:100],
                    instance=instance,
                    shown=(Shown(packet.file),),
                )


def _lines_matching(text: str) -> Iterator[tuple[int, str]]:
    # Most texts of a tree hold nothing like it, and are not taken apart.
    if REFLOG.search(text):
        for number, line in enumerate(text.splitlines(), start=1):
            if REFLOG.search(line):
                yield number, line


def commit_ids(passages: Iterable[Passage], known: Known) -> set[tuple[str, str]]:
    """Instance and text of all that may be a commit's id: for whoever can look them up."""
    return {
        (passage.instance, match[0])
        for passage in passages
        if passage.instance is not None
        and passage.instance in known.instances
        and passage.of in (Of.ADDED, Of.ISSUE)
        for match in COMMIT_ID.finditer(passage.text)
    }


def find_scratch(packets: Iterable[Opened], known: Known) -> Iterator[Finding]:
    """Leak 5: new files that the rules for scratch files take, and others with telling names."""
    for item, file, shown in files_of(packets):
        base = known.bases.get(item.instance or "")
        rule = _scratch_rule(file, base)
        name = file.path.rpartition("/")[2]
        if rule is not None:
            kept = is_kept(file.path, known.policies)
            severity = Severity.NOTE if kept else Severity.LEAK
            what = f"{rule.name} ({rule.why})" + ("; [policies] keeps it" if kept else "")
            yield _of_file(Leak.SCRATCH, severity, what, item, file, shown)
        elif file.is_new and any(fnmatchcase(name, glob) for glob in BACKUPS):
            yield _of_file(Leak.SCRATCH, Severity.LEAK, "a copy of a file beside it", item, file, shown)
        elif file.is_new and any(fnmatchcase(name, glob) for glob in SUSPECTS):
            yield _of_file(Leak.SCRATCH, Severity.NOTE, "a new file with a telling name", item, file, shown)


def _scratch_rule(file: File, base: Base | None) -> Rule | None:
    for rule in BY_PATH:
        if rule.policy != "scratch" or (base is None and rule.where not in (ANYWHERE, AT_ROOT)):
            continue
        if rule.takes(file.path, file.is_new, base or Base(frozenset(), frozenset())):
            return rule
    return None


def find_tests(packets: Iterable[Opened], known: Known) -> Iterator[Finding]:
    """Leak 6: a change that edits tests where the study leaves them out, or where its golden patch has none."""
    base = Base(frozenset(), frozenset())
    for item, file, shown in files_of(packets):
        rule = next((rule for rule in TEST_FILES if rule.takes(file.path, file.is_new, base)), None)
        if rule is None:
            continue
        instance = known.instances.get(item.instance or "")
        golden = instance is not None and any(
            test.takes(path, False, base) for test in TEST_FILES for path in instance.golden_paths
        )
        if known.policies.tests == "strip":
            severity, what = Severity.LEAK, "a test file, in a study that leaves them out"
        elif golden:
            severity, what = Severity.NOTE, "a test file; the golden patch has some too"
        else:
            severity, what = Severity.LEAK, "a test file; the golden patch has none"
        fix = 'set tests = "strip" in [policies] and draw anew, drop the instance, or accept it'
        yield _of_file(Leak.TESTS, severity, what, item, file, shown, fix)


def find_results(passages: Iterable[Passage], packets: Sequence[Opened]) -> Iterator[Finding]:
    """Leak 12: grades, reports, logs of test runs; and whatever else no packet of ours has."""
    unexplained = {
        (packet.file, entry.name) for packet in packets for entry in packet.entries if not entry.expected
    }
    for passage in passages:
        text, of = passage.text, passage.of
        if of in (Of.ENTRY, Of.NEW_PATH) and RESULT_FILE.search(text):
            fix = WRITE_ANEW if of is Of.ENTRY else REDACT
            yield of_passage(Leak.RESULTS, Severity.LEAK, "a file of a grader or a test run", passage, text, fix)
        elif of is Of.ENTRY and (passage.shown[0].packet, text) in unexplained and not HISTORY_PATH.search(text):
            yield of_passage(Leak.RESULTS, Severity.LEAK, "an entry that no packet has", passage, text, WRITE_ANEW)
        elif of is Of.UNKNOWN and "entry " not in passage.place:
            if DIALECT_KEY.search(text.partition(" = ")[0]):
                continue
            what = "a grade or a test result" if GRADE_KEY.search(text) else "a key that no packet has"
            yield of_passage(Leak.RESULTS, Severity.LEAK, what, passage, text, WRITE_ANEW)
        elif of in (Of.ADDED, Of.ISSUE, Of.MANIFEST, Of.UNKNOWN):
            match = RESULT_KEY.search(text)
            if match:
                yield of_passage(
                    Leak.RESULTS, Severity.LEAK, "words of the benchmark's grader", passage, match, REDACT
                )
            elif of is Of.ADDED and (match := SUMMARY.search(text)):
                what = "the last line of a test run"
                yield of_passage(Leak.RESULTS, Severity.NOTE, what, passage, match, REDACT)


def files_of(packets: Iterable[Opened]) -> Iterator[tuple[Item, File, tuple[Shown, ...]]]:
    """Each file of each candidate once, with every item that shows it."""
    shown: dict[tuple[str, str], list[Shown]] = {}
    first: dict[tuple[str, str], tuple[Item, File]] = {}
    for packet in packets:
        for item in packet.items:
            for file in item.files:
                key = (item.candidate or f"{packet.file}/{item.id}", file.path)
                first.setdefault(key, (item, file))
                shown.setdefault(key, []).append(Shown(packet.file, item.number, item.id))
    for key, (item, file) in first.items():
        yield item, file, tuple(shown[key])


def _of_file(
    leak: Leak,
    severity: Severity,
    what: str,
    item: Item,
    file: File,
    shown: tuple[Shown, ...],
    fix: str = "name it in [policies], drop the instance, or accept it",
) -> Finding:
    return Finding(
        leak,
        severity,
        what,
        file.path,
        fix,
        excerpt=f"{file.kind}: {file.path}",
        instance=item.instance,
        candidates=() if item.candidate is None else (item.candidate,),
        shown=shown,
    )
