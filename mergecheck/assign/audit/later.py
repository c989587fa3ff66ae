"""Leak 4 where no history is needed: what a later base tree of the same packet says of an earlier change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mergecheck.assign.audit.records import File, Finding, Item, Leak, Opened, Severity, Shown, Tree
from mergecheck.packet.format import text_digest
from mergecheck.records import Kind

WHAT = "the change as it was merged, in another item's repository"
FIX = "drop one of the two instances, or accept it: only who compares the repositories of two items sees it"


def find_in_later_trees(packets: Iterable[Opened]) -> Iterator[Finding]:
    """Changes whose every file stands, as they leave it, in the base tree of another instance of the packet.

    Somebody merged them: golden patches, or others that are the same byte for byte. A note, since each item shows
    its own base tree alone.
    """
    for packet in packets:
        for item in packet.items:
            for instance, tree in packet.trees.items():
                if instance != item.instance and _stands_in(item.files, tree):
                    yield _finding(packet, item, instance)
                    break


def _stands_in(files: Iterable[File], tree: Tree) -> bool:
    texts = 0
    for file in files:
        if file.kind is Kind.DELETED:
            if file.path in tree.files:
                return False
        elif file.new is None or file.new == file.old or tree.files.get(file.path) != text_digest(file.new):
            return False
        else:
            texts += 1
    return texts > 0


def _finding(packet: Opened, item: Item, other: str) -> Finding:
    return Finding(
        Leak.HISTORY,
        Severity.NOTE,
        WHAT,
        f"base tree of {other}",
        FIX,
        excerpt=", ".join(file.path for file in item.files)[:100],
        instance=item.instance,
        candidates=() if item.candidate is None else (item.candidate,),
        shown=(Shown(packet.file, item.number, item.id),),
    )
