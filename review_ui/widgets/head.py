"""What the first line of a screen keeps where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from review_ui.diff.cells import columns_of


def head_line(lefts: Sequence[Sequence[str]], rights: Sequence[Sequence[str]], width: int) -> str:
    """The first left and the first right of those that have room beside each other in `width` columns.

    Args:
        lefts: what stands at the left, the best first; where nothing fits, the last stands alone.
        rights: what stands at the right, the best first.
    """
    for left in lefts:
        for right in rights:
            said, there = " · ".join(left), " · ".join(right)
            room = width - columns_of(said) - columns_of(there)
            if room > 0:
                return f"{said}{' ' * room}{there}"
    return " · ".join(lefts[-1])
