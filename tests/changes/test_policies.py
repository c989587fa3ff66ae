"""What the rules take, alike from golden and agents, and what they leave alone."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from mergecheck.changes.canonical import LeftOut, made_with, make_change
from mergecheck.changes.policies import PREPARATION, TABLE, taken_by
from mergecheck.changes.preparation import SUBSTITUTIONS, only_prepares
from mergecheck.changes.rules import Base
from mergecheck.records import Disposition, Policies

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared/data"
VERIFIED = DATA / "SWE-bench_Verified/data/test-00000-of-00001.parquet"
EXPERIMENTS = DATA / "experiments/evaluation/verified"

BASE = Base.of(
    ["setup.py", "CHANGES.rst", "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/data/x.txt",
     "src/other/__init__.py", "tests/__init__.py", "tests/test_a.py", "docs/index.rst",
     "docs/ext/__init__.py", "scripts/release.py"]
)  # fmt: skip
MODULES = Base.of(["six.py", "setup.py", "tests/__init__.py", "documentation/conf.py"])


def rule_of(path: str, *, new: bool, policies: Policies | None = None, base: Base = BASE) -> str | None:
    rule = taken_by(path, new, base, policies or Policies())
    return None if rule is None else rule.name


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("tests/test_a.py", "tests: folders"),
        ("pkg/tests/data.json", "tests: folders"),
        ("testing/x.py", "tests: folders"),
        ("e2e/a.ts", "tests: folders"),
        ("test_a.py", "tests: names"),
        ("pkg/a_test.go", "tests: names"),
        ("conftest.py", "tests: names"),
        ("docs/index.rst", "docs: folders"),
        ("docs/ext/__init__.py", "docs: folders"),
        ("doc/whats_new/v1.rst", "docs: folders"),
        ("scripts/docs/use.txt", "docs: folders"),
        ("CHANGES.rst", "docs: change log"),
        ("CHANGES", "docs: change log"),
        ("ChangeLog", "docs: change log"),
        ("HISTORY.txt", "docs: change log"),
        ("changelog/9999.bugfix.rst", "docs: change log's fragments"),
        ("newsfragments/1.feature", "docs: change log's fragments"),
        ("changes/1.fix", "docs: change log's fragments"),
        ("AUTHORS", "docs: authors"),
        ("CONTRIBUTORS.md", "docs: authors"),
        (".mailmap", "docs: authors"),
        ("README.md", "docs: texts"),
        ("INSTALL.txt", "docs: texts"),
        (".github/ISSUE_TEMPLATE.md", "docs: texts"),
        ("scripts/README", "docs: texts"),
    ],
)
def test_tests_and_documentation_are_taken_whether_new_or_not(path, rule):
    assert rule_of(path, new=False) == rule
    assert rule_of(path, new=True) == rule


@pytest.mark.parametrize(
    "path",
    [
        "pkg/unittest.py",
        "pkg/testimony.py",
        "pkg/contest.py",
        "pkg/randtest.py",
        "latest/a.py",
        "setup.py",
        "setup.cfg",
        "tox.ini",
        "requirements.txt",
        "requirements-dev.txt",
        "LICENSE.txt",
        "LICENSE.md",
        "MANIFEST.in",
        "pkg/data/template.rst",
        "pkg/README.md",
        "pkg/sub/templates/HISTORY.txt",
        "src/other/docs/words.txt",
        "pkg/doc/__init__.py",
        "pkg/changelog.py",
        "pkg/news/feed.py",
        "pkg/history.py",
        "scripts/words.txt",
        "changes.py",
        "news.py",
    ],
)
def test_what_a_package_may_need_is_left_alone_when_it_is_changed(path):
    assert rule_of(path, new=False) is None


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("pkg/a.py.orig", "scratch: *.orig, *.rej"),
        ("pkg/a.py.rej", "scratch: *.orig, *.rej"),
        ("pkg/a.py.bak", "scratch: backups"),
        ("pkg/.a.py.swp", "scratch: backups"),
        ("pkg/a.py~", "scratch: backups"),
        ("pkg/__pycache__/a.cpython-311.pyc", "scratch: *.pyc"),
        (".pytest_cache/v/cache/lastfailed", "scratch: caches"),
        (".tox/py/log/1.txt", "scratch: caches"),
        (".coverage", "scratch: caches"),
        (".venv/bin/activate", "scratch: environments"),
        ("pkg/node_modules/x/index.js", "scratch: environments"),
        ("env/bin/python", "scratch: venv, env"),
        ("pkg.egg-info/PKG-INFO", "scratch: *.egg-info"),
        ("build/lib/pkg/a.py", "scratch: build output"),
        ("_build/html/index.html", "scratch: build output"),
        ("pkg/run.log", "scratch: *.log"),
        ("pkg/fast.so", "scratch: compiled"),
        ("pkg/a.py.patch", "scratch: patch of a file"),
        ("fix.patch", "scratch: patch"),
        ("patch.txt", "scratch: patch"),
        ("db.sqlite3", "scratch: data"),
        ("plot.png", "scratch: data"),
        ("reproduce.py", "scratch: reproduce*"),
        ("pkg/reproduce_issue.py", "scratch: reproduce*"),
        ("debug_sum.py", "scratch: debug*"),
        ("app/models.py", "scratch: new folder at the root"),
        ("example.py", "scratch: new file at the root"),
        ("notes.txt", "scratch: new file at the root"),
        (".gitignore", "scratch: new file at the root"),
    ],
)
def test_scratch_files_are_taken_where_they_are_new_and_never_else(path, rule):
    assert rule_of(path, new=True) == rule
    assert rule_of(path, new=False) is None
    assert rule_of(path, new=True, policies=Policies(scratch="show")) is None
    assert rule_of(path, new=True, policies=Policies(keep=("*",))) is None


@pytest.mark.parametrize(
    "path",
    [
        "pkg/new.py",
        "pkg/debug.py",
        "pkg/debughelpers.py",
        "pkg/data/logo.png",
        "pkg/data/geo.db",
        "pkg/env/__init__.py",
        "pkg/build/__init__.py",
        "pkg/patches.py",
        "scripts/new.py",
        "src/third/__init__.py",
        "setup.py",
        "pyproject.toml",
        "requirements-dev.txt",
    ],
)
def test_new_files_of_the_package_and_of_packaging_are_left_alone(path):
    assert rule_of(path, new=True) is None


def test_a_new_module_is_outside_only_where_there_is_a_package():
    assert rule_of("seven.py", new=True, base=MODULES) is None
    assert rule_of("reproduce.py", new=True, base=MODULES) == "scratch: reproduce*"
    assert rule_of("seven.py", new=True) == "scratch: new file at the root"


def test_what_is_shown_as_tests_or_documentation_is_not_scratch_for_that():
    shown = Policies(tests="show", docs="show")
    for path in (
        "README.md",
        "CHANGES.md",
        "AUTHORS",
        "conftest.py",
        "tests/new.py",
        "docs/new.rst",
        "testing/x.py",
    ):
        assert rule_of(path, new=True, policies=shown) is None
    assert rule_of("test_bug.py", new=True, policies=shown) == "scratch: new file at the root"


def test_keep_overrules_scratch_rules_and_no_others():
    keep = Policies(keep=("example.py", "app/", "pkg/*.so"))
    assert rule_of("example.py", new=True, policies=keep) is None
    assert rule_of("app/models/x.py", new=True, policies=keep) is None
    assert rule_of("pkg/fast.so", new=True, policies=keep) is None
    assert rule_of("other.py", new=True, policies=keep) is not None
    assert rule_of("README.md", new=True, policies=Policies(keep=("*",))) == "docs: texts"


def test_no_rule_can_see_whose_change_it_is():
    for rule in TABLE:
        assert set(inspect.signature(rule.takes).parameters) == {"path", "is_new", "base"}


def test_policies_are_named_whole():
    policies = [
        Policies(),
        Policies("show"),
        Policies(docs="show"),
        Policies(scratch="show"),
        Policies(keep=("a", "b")),
    ]
    assert len({made_with(one) for one in policies}) == len(policies)
    assert made_with(Policies(keep=("a", "b"))) == made_with(Policies(keep=("b", "a")))
    assert made_with(Policies()) == "rules 3, tests strip, docs strip, scratch strip"


def test_the_documentation_lists_every_rule_as_it_is():
    page = (ROOT / "docs/canonical-changes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `((?:scratch|tests|docs): .*?)` \| (.*) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(rule.name, rule.described(), rule.why) for rule in TABLE]


TREE = {
    "pkg/__init__.py": b"",
    "pkg/a.py": b"one\ntwo\n",
    "tests/test_a.py": b"x\n",
    "docs/index.rst": b"x\n",
    "CHANGES": b"x\n",
    "tox.ini": b"[testenv]\ncommands =\n    pytest {posargs}\n",
    "setup.py": b"install_requires = [\n    'Jinja2>=2.3',\n    'packaging',\n]\n",
    "pkg/notes.log": b"x\n",
}
MESS = {
    "reproduce.py": b"print()\n",
    "pkg/a.py.orig": b"one\n",
    "tests/test_new.py": b"x\n",
    "docs/index.rst": b"y\n",
    "CHANGES": b"y\n",
    "app/models.py": b"x\n",
    "tox.ini": TREE["tox.ini"].replace(b"pytest", b"pytest -rA"),
    "setup.py": TREE["setup.py"].replace(b"Jinja2>=2.3", b"Jinja2<3.0"),
}


def test_every_removal_is_listed_with_its_rule(repository, workspace):
    base = repository.commit(TREE)
    patch = repository.patch({"pkg/a.py": b"one\n", "pkg/notes.log": b"y\n", **MESS})
    place = workspace()
    made = make_change(place, base, patch, Policies())
    assert [file.path for file in made.change.files] == ["pkg/a.py", "pkg/notes.log"]
    assert made.left_out == (
        LeftOut("CHANGES", "docs: change log"),
        LeftOut("app/models.py", "scratch: new folder at the root"),
        LeftOut("docs/index.rst", "docs: folders"),
        LeftOut("pkg/a.py.orig", "scratch: *.orig, *.rej"),
        LeftOut("reproduce.py", "scratch: reproduce*"),
        LeftOut("setup.py", PREPARATION.name),
        LeftOut("tests/test_new.py", "tests: folders"),
        LeftOut("tox.ini", PREPARATION.name),
    )
    shown = make_change(place, base, patch, Policies("show", "show", "show"))
    assert len(shown.change.files) == 10
    assert shown.left_out == ()
    clean = make_change(place, base, repository.patch({"pkg/a.py": b"one\n", "pkg/notes.log": b"y\n"}), Policies())
    # What the policies leave is one candidate with the change of somebody who left nothing about.
    assert clean.change.digest() == made.change.digest()


def test_nothing_but_what_the_rules_take_is_empty_after_policy_and_says_which(repository, workspace):
    base = repository.commit(TREE)
    made = make_change(workspace(), base, repository.patch(MESS), Policies())
    assert made.disposition is Disposition.EMPTY_AFTER_POLICY
    assert len(made.left_out) == len(MESS)
    assert "docs: change log; docs: folders; scratch: " in made.detail


def test_a_file_that_was_moved_out_of_the_package_is_not_new(repository, workspace):
    base = repository.commit({**TREE, "pkg/b.py": b"".join(b"line %d\n" % n for n in range(9))})
    (repository.work / "pkg/b.py").rename(repository.work / "example.py")
    made = make_change(workspace(), base, repository.patch({}), Policies())
    (file,) = made.change.files
    assert (file.kind, file.old_path, file.path) == ("renamed", "pkg/b.py", "example.py")


@pytest.mark.parametrize("path", sorted(SUBSTITUTIONS))
def test_a_preparation_is_one_only_where_nothing_else_is_done(path):
    for old, new in SUBSTITUTIONS[path]:
        before = f"first\n    {old} more\nlast\n".encode()
        after = before.replace(old.encode(), new.encode(), 1)
        assert only_prepares(path, before, after)
        assert not only_prepares(path, after, before)
        assert not only_prepares(path, before, after.replace(b"last", b"lost"))
        assert not only_prepares(path, before, after + b"more\n")
        assert not only_prepares(f"sub/{path}", before, after)
        assert not only_prepares(path, before, before)


def test_a_preparation_with_more_is_the_author_s(repository, workspace):
    base = repository.commit(TREE)
    prepared = TREE["setup.py"].replace(b"Jinja2>=2.3", b"Jinja2<3.0")
    place = workspace()
    patch = repository.patch({"setup.py": prepared + b"more = 1\n"})
    assert make_change(place, base, patch, Policies()).disposition is Disposition.REVIEWABLE
    patch = repository.patch({"setup.py": prepared})
    assert make_change(place, base, patch, Policies()).disposition is Disposition.EMPTY_AFTER_POLICY
    for kept in (Policies(scratch="show"), Policies(keep=("setup.py",))):
        assert make_change(place, base, patch, kept).disposition is Disposition.REVIEWABLE


def patches() -> Iterator[tuple[str, str, str]]:
    """Submission, instance and patch: golden and the six submissions at hand."""
    import pandas as pd

    frame = pd.read_parquet(VERIFIED)
    known = set(frame["instance_id"])
    for instance, patch in zip(frame["instance_id"], frame["patch"], strict=True):
        yield "golden", instance, patch
    for file in sorted((EXPERIMENTS / "20240620_sweagent_claude3.5sonnet/logs").glob("*/patch.diff")):
        yield "claude-3.5-sonnet", file.parent.name, file.read_text(encoding="utf-8", errors="surrogateescape")
    for file in sorted((DATA / "runs/claude-opus-4.5").rglob("patch.diff")):
        yield "claude-opus-4.5", file.parent.name, file.read_text(encoding="utf-8", errors="surrogateescape")
    gemini = EXPERIMENTS / "20251118_mini-v1.15.0_gemini-3-pro-preview-20251118/preds.json"
    for instance, row in json.loads(gemini.read_text()).items():
        yield "gemini-3-pro", instance, row["model_patch"] or ""
    for run in ("minimax-m2.5", "gpt-4-1106", "gpt-4-0125"):
        (file,) = (DATA / "runs" / run).glob("*pred*.jsonl")
        for line in file.read_text().splitlines():
            row = json.loads(line)
            if row["instance_id"] in known:
                yield run, row["instance_id"], row["model_patch"] or ""


def sections(patch: str) -> Iterator[tuple[str, bool, str]]:
    """Path, whether it is new, and the text of each file's part."""
    for part in re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE):
        head = re.match(r"diff --git a/(\S+) b/(\S+)", part)
        if head:
            yield head[2], "\nnew file mode" in part[:500] or "\n--- /dev/null" in part[:500], part


PACKAGES = {
    "astropy": "astropy", "django": "django", "matplotlib": "lib/matplotlib", "mwaskom": "seaborn",
    "pallets": "src/flask", "psf": "requests", "pydata": "xarray", "pylint-dev": "pylint",
    "pytest-dev": "src/_pytest", "scikit-learn": "sklearn", "sphinx-doc": "sphinx", "sympy": "sympy",
}  # fmt: skip


@pytest.mark.skipif(not VERIFIED.exists(), reason="../shared/data is not here")
def test_over_verified_no_golden_patch_loses_a_file_and_agents_lose_what_they_left_about():
    """By path alone, since the repositories need not be at hand: a base tree is what patches change of it."""
    read = [(name, instance, list(sections(patch))) for name, instance, patch in patches()]
    trees: dict[str, set[str]] = {
        owner: {f"{package}/__init__.py", "docs/x"} for owner, package in PACKAGES.items()
    }
    for _, instance, parts in read:
        trees[instance.split("__")[0]] |= {path for path, new, _ in parts if not new}
    bases = {owner: Base.of(paths) for owner, paths in trees.items()}
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    lost = set()
    for name, instance, parts in read:
        owner = instance.split("__")[0]
        for path, new, part in parts:
            rule = taken_by(path, new, bases[owner], Policies())
            if rule is None and path in SUBSTITUTIONS:
                rule = PREPARATION if only_prepares(path, side(part, "-"), side(part, "+")) else None
            if rule is not None:
                taken[name][rule.name] += 1
                if rule.policy == "scratch" and rule is not PREPARATION and path.startswith(f"{PACKAGES[owner]}/"):
                    lost.add(path)
    assert "golden" not in taken
    assert sum(rules.total() for rules in taken.values()) > 2000
    # Backups and patches beside a file are all that the rules for scratch files take from packages.
    assert {path.rpartition(".")[2] for path in lost} == {"orig", "bak", "patch"}
    prepared = {name: rules[PREPARATION.name] for name, rules in taken.items() if rules[PREPARATION.name]}
    assert prepared.keys() == {"claude-3.5-sonnet", "gemini-3-pro", "minimax-m2.5"}
    assert all(60 <= count <= 100 for count in prepared.values())
    assert 200 <= taken["claude-3.5-sonnet"]["scratch: reproduce*"] <= 300


def side(part: str, sign: str) -> bytes:
    """The old (-) or new (+) lines of a file's part of a patch."""
    body = part[part.index("\n@@ ") :].split("\n") if "\n@@ " in part else []
    return "\n".join(line[1:] for line in body if line[:1] in (" ", sign)).encode()


@pytest.mark.skipif(not VERIFIED.exists(), reason="../shared/data is not here")
def test_over_verified_every_file_of_a_test_patch_is_a_test():
    import pandas as pd

    for instance, patch in pd.read_parquet(VERIFIED)[["instance_id", "test_patch"]].itertuples(index=False):
        base = Base.of([f"{PACKAGES[instance.split('__')[0]]}/__init__.py"])
        for path, new, _ in sections(patch):
            rule = taken_by(path, new, base, Policies(scratch="show"))
            assert rule is not None
            assert rule.policy == "tests"
