"""What is read: start page, issue, change, files, list, end. Lines of text, coloured where that helps.

Nothing here prints, and all text from the packet goes through `shown`. Lines of code have `no_wrap`: they are
neither cut nor broken at words.
"""

from review_ui.pages.change import (
    change_lines,
    change_page,
    contents_page,
    counts,
    file_page,
    found_page,
    named,
    what,
    whole_file_page,
)
from review_ui.pages.lines import FAINT, HEAD, Page, count, heading, prose
from review_ui.pages.review import guidelines_page, issue_page, item_page, send_page, start_page
from review_ui.pages.said import (
    DECISIONS,
    comment_where,
    comments_page,
    counts_line,
    excerpt_page,
    guess_due_line,
    guess_line,
    list_page,
    said_of,
    title_of,
    verdict_line,
    verdict_page,
)

__all__ = [
    "DECISIONS",
    "FAINT",
    "HEAD",
    "Page",
    "change_lines",
    "change_page",
    "comment_where",
    "comments_page",
    "contents_page",
    "count",
    "counts",
    "counts_line",
    "excerpt_page",
    "file_page",
    "found_page",
    "guess_due_line",
    "guess_line",
    "guidelines_page",
    "heading",
    "issue_page",
    "item_page",
    "list_page",
    "named",
    "prose",
    "said_of",
    "send_page",
    "start_page",
    "title_of",
    "verdict_line",
    "verdict_page",
    "what",
    "whole_file_page",
]
