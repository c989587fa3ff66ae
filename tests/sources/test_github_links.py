"""Issues that a pull request closes or names."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.sources.github_links import Links, issue_links


def closes(text: str, title: str = "") -> tuple[str, ...]:
    return issue_links(title, text, "o/lib").closes


@pytest.mark.parametrize(
    "keyword",
    ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved", "FIXES", "Closes:"],
)
def test_the_keywords(keyword):
    assert closes(f"This {keyword} #12.") == ("o/lib#12",)


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("Fixes #12", "o/lib#12"),
        ("Fixed #31055 -- Made checks quicker.", "o/lib#31055"),
        ("fixes other/repo.py#3", "other/repo.py#3"),
        ("fixes GH-3", "o/lib#3"),
        ("closes https://github.com/other/repo/issues/4", "other/repo#4"),
        ("closes https://www.GitHub.com/other/repo/issues/4#issuecomment-1", "other/repo#4"),
        ("(fixes #12)", "o/lib#12"),
        ("**Fixes** nothing, fixes\n#12", "o/lib#12"),
    ],
)
def test_ways_to_write_an_issue(text, issue):
    assert closes(text) == (issue,)
    assert issue_links(text, "", "o/lib") == Links((issue,), ())


@pytest.mark.parametrize(
    "text", ["see #12", "prefixes #12", "fixes issue #12", "a fix for #12", "unresolved #12", "refs GH-12", "#12"]
)
def test_without_a_keyword_it_is_named_only(text):
    assert issue_links("", text, "o/lib") == Links((), ("o/lib#12",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# 12",
        "fixes #0",
        "fixes #twelve",
        "fixes #12a",
        "a#12",
        "https://x.example/page/#12",
        "https://gitlab.example/other/repo/issues/4",
        "&#39;",
        "<!-- fixes #12 -->",
        "<!-- fixes #12",
        "`fixes #12`",
        "``a ` fixes #12``",
        "```\nfixes #12\n```",
        "~~~\nfixes #12",
        "#1234567890123",
    ],
)
def test_what_is_no_link(text):
    assert issue_links("", text, "o/lib") == Links((), ())


def test_what_stands_around_code_and_comments_is_read():
    text = (
        "fixes #1 `x` fixes #2\n```\nfixes #3\n```\nfixes #4 <!-- fixes #5 --> fixes #6\n\na ` fixes #7\n\nb ` #8"
    )
    assert issue_links("", text, "o/lib") == Links(
        ("o/lib#1", "o/lib#2", "o/lib#4", "o/lib#6", "o/lib#7"), ("o/lib#8",)
    )


def test_each_once_in_order_and_closing_counts_more_than_naming():
    assert issue_links("Fix #3 (#2)", "see #4, fixes #2 and closes #3", "o/lib") == Links(
        ("o/lib#3", "o/lib#2"), ("o/lib#4",)
    )


def test_addresses_of_the_host_that_the_pull_request_is_on():
    text = "fixes https://git.example/a/b/issues/1 and https://github.com/c/d/pull/2"
    assert issue_links("", text, "o/lib", "git.example") == Links(("a/b#1",), ())


@given(st.text(), st.text())
def test_any_text_is_read(title, body):
    found = issue_links(title, body, "o/lib")
    assert not set(found.closes) & set(found.mentions)
    for issue in found.closes + found.mentions:
        name, number = issue.split("#")
        assert name.count("/") == 1
        assert int(number) > 0


@given(
    st.lists(st.tuples(st.sampled_from(["fixes ", "see ", ""]), st.integers(1, 10**6)), max_size=20),
    st.sampled_from([". ", "\n", ", "]),
)
def test_what_was_written_is_found(written, between):
    text = between.join(f"{word}#{number}" for word, number in written)
    closed = dict.fromkeys(f"o/lib#{number}" for word, number in written if word == "fixes ")
    named = dict.fromkeys(f"o/lib#{number}" for word, number in written if word != "fixes ")
    assert issue_links("", text, "o/lib") == Links(tuple(closed), tuple(one for one in named if one not in closed))


@pytest.mark.parametrize(
    "piece", ["a-", "a/", "<!--", "```\n", "` ", "fixes ", "https://", "a.", "a/b#", "fixes\t\t", "~~~ "]
)
def test_a_hostile_text_as_long_as_github_takes_does_not_hang(piece):
    began = time.monotonic()
    issue_links("", (piece * 65536)[:65536], "o/lib")
    # A quadratic search takes minutes.
    assert time.monotonic() - began < 10
