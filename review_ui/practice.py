"""A practice item of our own: a small packet at a desk of its own, of which nothing is kept."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from mergecheck.packet.form import Form
from mergecheck.packet.format import Manifest
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Front, Hunk, Kind
from review_ui.desk import Desk

ISSUE = """\
# `total` counts an empty basket as `None`

`total([])` gives `None`. It should give `0`, so that callers can add to it:

```python
>>> total([]) + 5
TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'
```

_This is a practice item. It is not part of the study, and nothing that you answer here is kept._
"""
OLD = '''\
"""Baskets."""


def total(prices):
    """The sum of the prices."""
    result = None
    for price in prices:
        result = price if result is None else result + price
    return result


def cheapest(prices):
    """The lowest price."""
    return sorted(prices)[0]
'''
NEW = OLD.replace(
    """\
    result = None
    for price in prices:
        result = price if result is None else result + price
    return result
""",
    """\
    result = 0
    for price in prices:
        result = result + price
    return result
""",
)
HUNK = Hunk(
    3,
    10,
    3,
    10,
    (
        " ",
        " def total(prices):",
        '     """The sum of the prices."""',
        "-    result = None",
        "+    result = 0",
        "     for price in prices:",
        "-        result = price if result is None else result + price",
        "+        result = result + price",
        "     return result",
        " ",
        " ",
        " def cheapest(prices):",
    ),
)


class PracticeDesk(Desk):
    """A desk that leaves nothing behind."""

    def leave(self) -> None:
        """Go, and take the packet and the answers away."""
        folder = self.packet.path.parent
        super().leave()
        shutil.rmtree(folder, ignore_errors=True)


def practice_desk(front: Front) -> PracticeDesk:
    """The practice item on a desk; `leave` it."""
    folder = Path(tempfile.mkdtemp(prefix="practice-"))
    path = folder / "practice.zip"
    file = FileChange(
        "basket.py", Kind.MODIFIED, old_text=OLD, new_text=NEW, old_digest="1", new_digest="2", hunks=(HUNK,)
    )
    change = CanonicalChange("practice", (file,))
    item, texts = make_item(
        Assignment("practice", "practice", "practice", 1, 1, 1), Candidate("practice", change), "practice", ISSUE
    )
    manifest = Manifest(
        study_id="practice",
        study="Practice",
        reviewer="practice",
        round=1,
        rules="practice",
        waves=1,
        form=Form(),
        guidelines="This is for practice.",
        items=(),
    )
    write_packet(path, manifest, [item], texts)
    return PracticeDesk.open(path, front=front)
