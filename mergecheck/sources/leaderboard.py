"""What a leaderboard folder says of itself in `metadata.yaml`: names, and where its logs are kept."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mergecheck.study.load import OBJECT_STORES

METADATA = "metadata.yaml"

_README = ("README.md", "readme.md")


@dataclass(frozen=True, slots=True)
class Metadata:
    """`name` is the submission's on the leaderboard, `models` what it is tagged with; "" and () where not said.

    `logs` is the address of its logs in object storage. `problem` says why the file cannot be read.
    """

    name: str = ""
    models: tuple[str, ...] = ()
    logs: str = ""
    problem: str = ""

    def notes(self, model: str, agent: str) -> list[str]:
        """What to tell: the leaderboard's name, and what it suggests where study.toml says something else.

        Suggestions only: what stands in study.toml is used.
        """
        if self.problem:
            return [self.problem]
        notes = [f'{METADATA} calls this run "{self.name}"'] if self.name else []
        if self.models and model not in self.models:
            notes.append(f"{METADATA} suggests model = " + " or ".join(f'"{one}"' for one in self.models))
        guess = self.name.split(" + ")[0].strip() if " + " in self.name else ""
        if guess and not agent:
            notes.append(f'{METADATA} suggests agent = "{guess}"')
        return notes


def read_metadata(folder: Path) -> Metadata | None:
    """`metadata.yaml` in a submission's folder; None where there is none.

    Both layouts are read: everything at the top (`name`), and `info.name`, `tags.model`, `assets.logs`.
    """
    import yaml

    path = folder / METADATA
    if not path.is_file():
        return None
    try:
        content = yaml.safe_load(path.read_bytes())
    except (OSError, ValueError, yaml.YAMLError) as error:
        return Metadata(problem=f"{METADATA} cannot be read ({' '.join(str(error).split())[:200]})")
    if not isinstance(content, dict):
        return Metadata(problem=f"{METADATA} is not read: it holds no keys")
    info, tags, assets = (_table(content, key) for key in ("info", "tags", "assets"))
    models = tags.get("model")
    return Metadata(
        name=_text(info.get("name")) or _text(content.get("name")),
        models=tuple(filter(None, map(_text, models if isinstance(models, list) else [models]))),
        logs=next((each for each in (_text(assets.get("logs")), _text(content.get("logs"))) if _stored(each)), ""),
    )


def where_the_logs_are(folder: Path) -> str:
    """Which command fetches the logs of a leaderboard folder that has none; "" where nothing says.

    The address is that of `metadata.yaml`, else the first one of object storage in the folder's README.
    """
    metadata = read_metadata(folder)
    address = (metadata.logs if metadata else "") or next(_in_readme(folder), "")
    return fetch_command(address, folder / "logs") if address else ""


def fetch_command(address: str, folder: Path | str) -> str:
    """The command that copies a folder of object storage to a place on this machine."""
    command = next(words for scheme, words in OBJECT_STORES.items() if address.startswith(scheme))
    return f"{command} {shlex.quote(address)} {shlex.quote(str(folder))}"


def _in_readme(folder: Path) -> Iterator[str]:
    for name in _README:
        path = folder / name
        if path.is_file():
            for word in path.read_text(encoding="utf-8", errors="replace").split():
                bare = word.strip("()[]<>`'\".,;")
                if _stored(bare):
                    yield bare


def _stored(address: str) -> bool:
    return address.startswith(tuple(OBJECT_STORES))


def _table(content: dict[object, object], key: str) -> dict[object, object]:
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
