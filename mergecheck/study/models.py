"""When models were released: a bundled table, each entry with its day and where we have it from."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model in the table: the first of its names, its day, and the source of that day in words."""

    name: str
    released: date
    source: str


def known_model(name: str) -> KnownModel | None:
    """The entry of a model, by any of its names; a provider in front of it (`vendor/model`) is passed over."""
    return _table().get(_plain(name))


def known_names() -> list[str]:
    """The first name of every model in the table, in the order of release."""
    return list(dict.fromkeys(model.name for model in _table().values()))


@cache
def _table() -> dict[str, KnownModel]:
    text = resources.files("mergecheck.study").joinpath("models.toml").read_text(encoding="utf-8")
    parsed = tomllib.loads(text)
    return {
        _plain(name): KnownModel(entry["names"][0], entry["released"], parsed["sources"][entry["source"]])
        for entry in parsed["models"]
        for name in entry["names"]
    }


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.rsplit("/", 1)[-1].casefold()).strip("-")
