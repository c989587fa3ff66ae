"""What leads to the fix goes with a visible mark; everything else stays to the character."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.assign.redact import MARK, Fix, named_commits, redact

FIX = Fix(("acme/tables", "old-acme/tables"), 500)
SHA = "3f2a" * 10
LATER = "b" * 39 + "0"
STANDING = {SHA: True, SHA[:8]: True, LATER: False, LATER[:9]: False}

GOES = [
    "#500",
    "#1234",
    "GH-500",
    "gh-501",
    "acme/tables#500",
    "ACME/Tables#500",
    "someone/tables#777",
    "tables#500",
    "acme#500",
    "PR#500",
    "PR 500",
    "PR #500",
    "PRs 501",
    "pull request 500",
    "Pull Request #501",
    "pull request no. 501",
    "issue 500",
    "pull/500",
    "refs/pull/500/head",
    ":pull:`500`",
    ":issue:`501`",
    ":ghpull:`500`",
    "acme/tables/pull/500",
    "https://github.com/acme/tables/pull/500",
    "https://github.com/acme/tables/pull/500/files#diff-12",
    "http://www.github.com/acme/tables/issues/501#issuecomment-9",
    "https://github.com/old-acme/tables/pull/500",
    "github.com/acme/tables/discussions/502",
    "https://api.github.com/repos/acme/tables/pulls/500",
    "https://codecov.io/gh/acme/tables/pull/500",
    "https://web.archive.org/web/2020/https://github.com/acme/tables/pull/500",
    "https://example.org/?to=https%3A%2F%2Fgithub.com%2Facme%2Ftables%2Fpull%2F500",
    f"https://github.com/acme/tables/commit/{LATER}",
    f"https://github.com/acme/tables/commit/{'9' * 8}",
    f"https://github.com/acme/tables/blob/{LATER}/a.py#L3",
    f"https://github.com/fork/tables/commit/{LATER}",
    "https://github.com/acme/tables/compare/main...me:fix",
    "https://github.com/me/tables/tree/fix-it",
    f"https://tracker.example/changeset/{LATER}",
    f"acme/tables@{LATER[:8]}",
    LATER,
    LATER[:9],
]
STAYS = [
    "#499",
    "#1",
    "#0500",
    "#500px",
    "#500.5",
    "&#500;",
    "x#500",
    "bpo-500",
    "python/cpython#5000",
    "cpython#5000",
    "https://github.com/python/cpython/issues/5000",
    "https://github.com/acme/tables-extra/pull/500",
    "https://github.com/acme/tables/pull/499#discussion_r500500",
    "https://github.com/acme/tables/issues/12",
    f"https://github.com/acme/tables/commit/{SHA}",
    f"https://github.com/acme/tables/blob/{SHA[:8]}/a.py#L500",
    f"https://github.com/acme/tables/compare/{SHA}...{SHA[:8]}",
    "https://github.com/acme/tables/blob/main/a.py#L500",
    "https://github.com/acme/tables/tree/main/docs",
    "https://github.com/acme/tables/releases/tag/v500",
    "https://example.org/500",
    "500 rows",
    "line 1234",
    "5000",
    "version 500.1",
    SHA,
    "c" * 40,
    "deadbee",
    "20180101",
]


@pytest.mark.parametrize("reference", GOES)
@pytest.mark.parametrize("around", ["{}", "See {}.", "({})", "a\n{}\nb", "**{}**, ok", "> {}"])
def test_what_leads_there_goes_and_the_words_stay(reference, around):
    assert redact(around.format(reference), FIX, STANDING.get) == around.format(MARK)


@pytest.mark.parametrize("reference", STAYS)
@pytest.mark.parametrize("around", ["{}", "See {}.", "({})", "`{}`", "```\n{}\n```"])
def test_what_does_not_stays(reference, around):
    assert redact(around.format(reference), FIX, STANDING.get) == around.format(reference)


@pytest.mark.parametrize(
    "code",
    [
        "`{}`",
        "``{}``",
        "```css\na {{ color: {} }}\n```",
        "~~~\n{}",
        "text\n\n    {}\n",
        "<pre>{}</pre>",
    ],
)
@pytest.mark.parametrize("number", ["#123456", "#501", "GH-501", "PR 501"])
def test_in_code_a_bare_number_goes_only_if_it_is_the_fix_s(code, number):
    assert redact(code.format(number), FIX) == code.format(number)
    own = re.sub("[0-9]+", "500", number)
    assert redact(code.format(own), FIX) == code.format(MARK)
    address = "https://github.com/acme/tables/pull/501"
    assert redact(code.format(address), FIX) == code.format(MARK)


def test_a_fence_that_ends_is_code_no_further():
    assert redact("```\n#501\n```\n#501\n", FIX) == f"```\n#501\n```\n{MARK}\n"


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("[the fix](https://github.com/acme/tables/pull/500)", f"the fix {MARK}"),
        ('[the fix](https://github.com/acme/tables/pull/500 "title")', f"the fix {MARK}"),
        ("[#500](https://github.com/acme/tables/pull/500)", MARK),
        ("[](../pull/500)", MARK),
        ("[a](../pull/500)", f"a {MARK}"),
        ("[docs](https://example.org/#500)", "[docs](https://example.org/#500)"),
        ("<https://github.com/acme/tables/pull/500>", f"<{MARK}>"),
        ("[1]: https://github.com/acme/tables/pull/500", f"[1]: {MARK}"),
        ('<a href="https://github.com/acme/tables/pull/500">it</a>', f'<a href="{MARK}">it</a>'),
        ("(https://github.com/acme/tables/pull/500).", f"({MARK})."),
        ("#500/#501 and #499", f"{MARK}/{MARK} and #499"),
        ("Fixes #499, closes #500", f"Fixes #499, closes {MARK}"),
    ],
)
def test_links_in_markdown(link, becomes):
    assert redact(link, FIX) == becomes


def test_a_project_with_tickets_elsewhere_keeps_their_numbers():
    fix = Fix(("django/django",), 500)
    text = "see #28862, #500 and https://github.com/django/django/pull/501"
    assert redact(text, fix) == f"see #28862, {MARK} and {MARK}"


def test_without_a_number_only_commits_are_looked_at():
    text = f"#500 https://github.com/acme/tables/pull/500 https://github.com/acme/tables/commit/{LATER}"
    assert redact(text, Fix(("acme/tables",), None)) == f"#500 https://github.com/acme/tables/pull/500 {MARK}"


def test_without_a_mirror_every_link_to_a_commit_goes_and_bare_ids_stay():
    text = f"{SHA} https://github.com/acme/tables/commit/{SHA}"
    assert redact(text, FIX) == f"{SHA} {MARK}"


def test_what_may_be_a_commit_is_asked_about():
    text = f"in {SHA.upper()}, x@{LATER[:9]} https://e.org/%2F{LATER} 20180101 0xdeadbeef g1234abc"
    assert named_commits(text) == {SHA, LATER[:9], LATER}


words = st.text("abc xyz.,!\n", min_size=1, max_size=12)
references = st.sampled_from([(one, True) for one in GOES] + [(one, False) for one in STAYS])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(words, references), max_size=8), words)
def test_only_references_change_whatever_stands_between(parts, end):
    """No word is lost, added or moved, and the text grows by marks alone."""
    # A blank before and after, and a letter that keeps a line from being indented code.
    text = "".join(f"w{before} w {one} " for before, (one, _) in parts) + end
    expected = "".join(f"w{before} w {MARK if goes else one} " for before, (one, goes) in parts) + end
    assert redact(text, FIX, STANDING.get) == expected


pieces = st.sampled_from(
    [*GOES, *STAYS, "`", "```", "\n", "\n\n    ", "[", "](", ")", "(", "#", "/", " ", "w", "500", "@"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=12).map("".join) | st.text(max_size=40))
def test_a_second_time_changes_nothing_and_no_address_or_own_number_is_left(text):
    once = redact(text, FIX, STANDING.get)
    assert redact(once, FIX, STANDING.get) == once
    assert not re.search(r"/acme/tables/(?:pull|issues|discussions)/(?:50[0-9]|1234)(?![0-9A-Za-z])", once)
    assert not re.search(r"(?<![\w&#./-])(?:acme/tables)?#500(?![0-9A-Za-z]|\.[0-9])", once)
    # All that is left was there, in this order.
    at = 0
    for part in once.split(MARK):
        for word in re.findall(r"\w+", part):
            at = text.index(word, at) + len(word)


@pytest.mark.parametrize(
    "hostile",
    ["`", "[", "#", "a/", "/", "<pre>", "a.", "[a](", "    x\n", "github.com/", "0", "a", "` ", "/a/tables/pull/"],
)
def test_hostile_texts_take_no_quadratic_time(hostile):
    text = hostile * (200_000 // len(hostile))
    assert redact(text, FIX) == text


def the_fix(instance: str) -> int:
    return int(instance.rpartition("-")[2])


def test_on_the_real_issues_none_names_its_own_fix_and_few_are_touched(shared_data):
    pd = pytest.importorskip("pandas")
    files = sorted(Path(shared_data / "SWE-bench_Verified").rglob("*.parquet"))
    if not files:
        pytest.skip("../shared/data/SWE-bench_Verified is not here")
    rows = pd.concat([pd.read_parquet(file) for file in files])
    touched = 0
    for instance, repo, issue, hints in rows[["instance_id", "repo", "problem_statement", "hints_text"]].values:
        number = the_fix(instance)
        for text in (issue, hints):
            less = redact(text, Fix((repo,), number))
            name = repo.split("/")[1]
            assert not re.search(rf"(?i){name}/(?:pull|issues)/{number}\b|(?:#|\bPR |\bGH-){number}\b", less), (
                instance
            )
            # What was not touched the first time is the same text the second time.
            assert less == text or redact(less, Fix((repo,), number)) == less
            touched += text is issue and less != issue
    # Without mirrors every link to a commit goes too.
    assert 0 < touched < 0.2 * len(rows)
