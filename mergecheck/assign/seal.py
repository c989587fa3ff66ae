"""The study's key and seed as the source of every chance and every blind id.

HMAC-SHA256 instead of a generator: what is drawn for one instance does not depend on which others there are, in
which order they come, or on which machine and library it runs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item", str, int)

BLIND_ID_LENGTH = 12
"""Characters of base 32: 60 bits, so that a collision among a million assignments has odds of 1 in two million."""


class Seal:
    """Draws, orders and blind ids of one study.

    Args:
        key: the 32 bytes of `seal.key`.
        seed: `seed` of `study.toml`: another seed is another draw under the same key.
    """

    def __init__(self, key: bytes, seed: int) -> None:
        self._key = hmac.digest(key, f"mergecheck|seed|{seed}".encode(), hashlib.sha256)
        self._study_key = key

    def _digest(self, *parts: str | int) -> bytes:
        # Lengths keep ("a", "bc") and ("ab", "c") apart.
        message = "".join(f"{len(str(part))}:{part}" for part in parts)
        return hmac.digest(self._key, message.encode(), hashlib.sha256)

    def order(self, items: Iterable[Item], *label: str | int) -> list[Item]:
        """The items in an order drawn at random under this label, whatever order they come in."""
        return sorted(items, key=lambda item: self._digest("order", *label, item))

    def uniform(self, *label: str | int) -> float:
        """A number drawn at random from [0, 1) under this label."""
        return int.from_bytes(self._digest("uniform", *label)[:7], "big") / (1 << 56)

    def blind_id(self, reviewer: str, candidate: str, round_number: int, showing: int = 1) -> str:
        """The blind id of an assignment: the same reviewer may be shown a candidate again, under another id."""
        digest = self._digest("assignment", reviewer, candidate, round_number, showing)
        return base64.b32encode(digest)[:BLIND_ID_LENGTH].decode().lower()

    def study_id(self) -> str:
        """What tells this study's packets and answers from another's; the key cannot be had from it."""
        return hmac.new(self._study_key, b"mergecheck|study", hashlib.sha256).hexdigest()[:16]
