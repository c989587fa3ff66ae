"""Invariant 1: a packet is a function of the drawn candidates, never of which submission made one."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.assign.design import Design, DrawnRound, Earlier, Sampleable, Shown
from mergecheck.assign.queue import Layout
from mergecheck.assign.round import draw_round
from mergecheck.assign.seal import Seal
from mergecheck.packet.form import Form
from mergecheck.packet.format import Manifest, oldest_format, text_digest
from mergecheck.packet.trees import folders_of
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import GOLDEN, Candidate, CanonicalChange, FileChange, Kind, Reviewer

REVIEWERS = (Reviewer("ada", ("o/a",)), Reviewer("bo", ()))
KEYS = st.binary(min_size=32, max_size=32)
DESIGN = Design(REVIEWERS, 0.5, overlap=0.3, layout=Layout(repeats=0.2))
ALL = Design(REVIEWERS, 1.0, overlap=0.3, layout=Layout(repeats=0.2))


def candidate(instance: str, number: int) -> Candidate:
    text = f"{instance} {number}\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    file = FileChange("a.py", Kind.ADDED, new_text=text, new_digest=digest)
    return Candidate(instance, CanonicalChange("1", (file,)))


def base_tree(instance: str) -> tuple[str, dict[str, str]]:
    """An instance's base tree: a file that all have, and one of its own. What the changes are does not enter."""
    files = {"lib/same.py": "all have this\n", f"lib/{instance}.py": f"{instance} has this\n"}
    root, folders = folders_of({path: text_digest(text) for path, text in files.items()})
    return root, folders | {text_digest(text): text for text in files.values()}


@st.composite
def attempts(draw: st.DrawFn) -> dict[str, dict[str, int]]:
    """Instance → submission → which change it made; golden always made change 0."""
    instances = [f"i{n}" for n in range(draw(st.integers(1, 8)))]
    names = ["brook", "heron", "otter"]
    return {
        instance: {GOLDEN: 0, **draw(st.dictionaries(st.sampled_from(names), st.integers(0, 3)))}
        for instance in instances
    }


def packets(study: dict[str, dict[str, int]], key: bytes) -> dict[str, bytes]:
    made = {(i, k): candidate(i, k) for i, changes in study.items() for k in changes.values()}
    fresh = [
        Sampleable(name, name == GOLDEN, i, "o/a" if int(i[1:]) % 2 else "o/b", made[i, k].id)
        for i, changes in study.items()
        for name, k in changes.items()
    ]
    seal = Seal(key, 1)
    by_id = {one.id: one for one in made.values()}
    found = {}
    for queue in draw_round(fresh, Earlier(), DESIGN, 1, seal).queues:
        items, texts = [], {}
        for assignment in queue.assignments:
            of = by_id[assignment.candidate]
            root, tree = base_tree(of.instance)
            item, needed = make_item(assignment, of, "o/r", f"issue of {of.instance}", root)
            items.append(item)
            texts |= needed | tree
        manifest = Manifest(
            format=oldest_format(amendments=False, trees=True),
            study_id=seal.study_id(),
            study="s",
            reviewer=queue.reviewer,
            round=1,
            rules="1",
            waves=queue.waves,
            form=Form(),
            guidelines="",
            items=(),
        )
        with TemporaryDirectory() as folder:
            path = Path(folder) / "x.packet"
            write_packet(path, manifest, items, texts)
            found[queue.reviewer] = path.read_bytes()
    return found


@settings(max_examples=60, deadline=None)
@given(attempts(), KEYS, st.randoms())
def test_exchanging_attempts_between_submissions_leaves_every_byte(study, key, random):
    before = packets(study, key)
    exchanged = {}
    for instance, changes in study.items():
        agents = [name for name in changes if name != GOLDEN]
        # Other submissions may have made them, and in another order.
        names = random.sample(["brook", "heron", "otter", "new", "newer"], len(agents))
        made = [changes[name] for name in agents]
        random.shuffle(made)
        exchanged[instance] = {GOLDEN: changes[GOLDEN], **dict(zip(names, made, strict=True))}
    shuffled = dict(random.sample(sorted(exchanged.items()), len(exchanged)))
    assert packets(shuffled, key) == before


def listing(packet: bytes) -> list[tuple[object, ...]]:
    """What a ZIP tells of its entries without their contents."""
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        return [
            (
                one.filename,
                one.date_time,
                one.external_attr,
                one.create_system,
                one.comment,
                one.extra,
                one.file_size,
            )
            for one in archive.infolist()
        ]


@settings(max_examples=40, deadline=None)
@given(attempts(), KEYS)
def test_the_listing_tells_of_no_source_by_order_names_times_or_attributes(study, key):
    """In the order of names that are digests or keyed, with one time and one mode for all."""
    for packet in packets(study, key).values():
        rows = listing(packet)
        names = [str(row[0]) for row in rows]
        assert names == ["manifest.json", *sorted(names[1:])]
        assert len({row[1:6] for row in rows}) == 1
        assert rows[0][1] == (1980, 1, 1, 0, 0, 0)
        for name in names[1:]:
            kind, rest = name.split("/")
            assert kind in ("items", "trees", "blobs")
            assert re.fullmatch(r"[0-9a-z]{12,64}(?:\.json)?", rest)


@settings(max_examples=40, deadline=None)
@given(attempts(), KEYS)
def test_a_submission_that_brings_no_new_change_leaves_every_byte(study, key):
    before = packets(study, key)
    copied = {}
    for instance, changes in study.items():
        agents = {name: k for name, k in changes.items() if name != GOLDEN}
        copied[instance] = changes | ({"copycat": next(iter(agents.values()))} if agents else {})
    assert packets(copied, key) == before


@settings(max_examples=40, deadline=None)
@given(attempts(), KEYS)
def test_golden_exchanged_with_an_agent_s_where_both_are_drawn_leaves_every_byte(study, key):
    """With every golden patch drawn, which of the changes is golden shows nowhere."""
    before = everything(study, key)
    turned = {}
    for instance, changes in study.items():
        agents = [name for name in changes if name != GOLDEN]
        turned[instance] = dict(changes)
        if agents:
            turned[instance][GOLDEN], turned[instance][agents[0]] = changes[agents[0]], changes[GOLDEN]
    assert everything(turned, key) == before


def everything(study: dict[str, dict[str, int]], key: bytes) -> list[tuple[str, str, int, int]]:
    fresh = sampleables(study)
    drawn = draw_round(fresh, Earlier(), ALL, 1, Seal(key, 1))
    return [(one.id, one.candidate, one.wave, one.position) for queue in drawn.queues for one in queue.assignments]


@settings(max_examples=40, deadline=None)
@given(attempts(), KEYS)
def test_equal_changes_are_handed_out_once_and_only_what_was_drawn(study, key):
    fresh = sampleables(study)
    design = Design(REVIEWERS, 0.5)
    drawn = draw_round(fresh, Earlier(), design, 1, Seal(key, 1))
    handed = [one.candidate for one in drawn.assignments]
    assert len(handed) == len(set(handed))
    of = {(one.submission, one.instance): one.candidate for one in fresh}
    assert set(handed) == {of[draw.submission, draw.instance] for draw in drawn.draws if draw.sampled}
    again = draw_round(fresh, Earlier(shown=shown(drawn, study)), design, 1, Seal(key, 1))
    assert again.assignments == ()


def shown(drawn: DrawnRound, study: dict[str, dict[str, int]]) -> tuple[Shown, ...]:
    of = {candidate(i, k).id: i for i, changes in study.items() for k in changes.values()}
    return tuple(
        Shown(one.id, one.reviewer, one.candidate, of[one.candidate], "o/a", one.round, repeat_of=one.repeat_of)
        for one in drawn.assignments
    )


@settings(max_examples=60, deadline=None)
@given(attempts(), attempts(), KEYS, st.randoms())
def test_a_later_round_does_not_follow_who_made_what_either(study, more, key, random):
    seal = Seal(key, 1)
    first = draw_round(sampleables(study), Earlier(), DESIGN, 1, seal)
    design = Design(REVIEWERS, 0.5, reserve_share=0.3, earlier_share=0.5, overlap=0.3)
    names = random.sample(["late", "later"], 2)
    made = {i: [k + 10 for name, k in changes.items() if name != GOLDEN][:2] for i, changes in more.items()}

    def second(order: list[str]) -> object:
        due = [
            Sampleable(name, False, i, "o/a", candidate(i, k).id)
            for i, changes in made.items()
            for name, k in zip(order, changes, strict=False)
        ]
        earlier = Earlier(shown=shown(first, study), submissions=frozenset({"brook"}))
        return draw_round(due, earlier, design, 2, seal).queues

    assert second(names) == second(names[::-1])


def sampleables(study: dict[str, dict[str, int]]) -> list[Sampleable]:
    return [
        Sampleable(name, name == GOLDEN, i, "o/a", candidate(i, k).id)
        for i, changes in study.items()
        for name, k in changes.items()
    ]
