"""Edits that the benchmark's environments made before any agent began, and that many agents' diffs carry along.

SWE-bench's images pin requirements and change how tests are called, in files that are tracked. Whoever takes
`git diff` in such an image hands these edits in as well: on Sphinx nearly every agent does, and no golden patch.
To a reviewer they say at a glance that no person made the change.
"""

from __future__ import annotations

# Old and new piece of a line, as the harness's `sed` commands put them: the first of a line only.
SUBSTITUTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "tox.ini": (("pytest", "pytest -rA"),),
    "pyproject.toml": (('requires = ["setuptools",', 'requires = ["setuptools==68.0.0",'),),
    "setup.py": (
        ("Jinja2>=2.3", "Jinja2<3.0"),
        ("'packaging',", "'packaging', 'markupsafe<=2.0.1',"),
        ("alabaster>=0.7,<0.8", "alabaster>=0.7,<0.7.12"),
        ("sphinxcontrib-applehelp", "sphinxcontrib-applehelp<=1.0.7"),
        ("sphinxcontrib-devhelp", "sphinxcontrib-devhelp<=1.0.5"),
        ("sphinxcontrib-qthelp", "sphinxcontrib-qthelp<=1.0.6"),
        ("sphinxcontrib-htmlhelp", "sphinxcontrib-htmlhelp<=2.0.4"),
        ("sphinxcontrib-htmlhelp>=2.0.0", "sphinxcontrib-htmlhelp>=2.0.0,<=2.0.4"),
        ("sphinxcontrib-serializinghtml", "sphinxcontrib-serializinghtml<=1.1.9"),
        ("sphinxcontrib-serializinghtml>=1.1.5", "sphinxcontrib-serializinghtml>=1.1.5,<=1.1.9"),
    ),
}


def only_prepares(path: str, old: bytes, new: bytes) -> bool:
    """Whether all that a change does to a file is what an environment of the benchmark did before.

    Every line must be its old self, or its old self after one of the `SUBSTITUTIONS`; one edit more, and the
    whole file is the author's.
    """
    rules = SUBSTITUTIONS.get(path, ())
    before, after = old.split(b"\n"), new.split(b"\n")
    if not rules or len(before) != len(after) or old == new:
        return False
    return all(one == other or other in _prepared(one, rules) for one, other in zip(before, after, strict=True))


def _prepared(line: bytes, rules: tuple[tuple[str, str], ...]) -> set[bytes]:
    return {line.replace(before.encode(), after.encode(), 1) for before, after in rules if before.encode() in line}
