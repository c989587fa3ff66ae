"""Where GitHub's interface is and what opens it, from the environment; the token shows nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mergecheck.errors import SourceError

PUBLIC_API = "https://api.github.com"
TOKEN_NAMES = ("GITHUB_TOKEN", "GH_TOKEN")

_WITH_TOKEN, _WITHOUT_TOKEN = 5000, 60
_SECONDS_A_REQUEST = 0.7


@dataclass(frozen=True, slots=True)
class Access:
    """Where GitHub's interface is and what opens it. The token shows in no text that is made of this."""

    base_url: str = PUBLIC_API
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Access:
        """As MERGECHECK_GITHUB_API and GITHUB_TOKEN (or GH_TOKEN) say.

        Raises:
            SourceError: an address that is none, or a token that cannot be one.
        """
        base_url = environment.get("MERGECHECK_GITHUB_API", "").strip().rstrip("/") or PUBLIC_API
        if not _is_address(base_url):
            raise SourceError(
                "this is no address of a GitHub interface",
                where="MERGECHECK_GITHUB_API",
                fix=f"write it as {PUBLIC_API} or https://your.host/api/v3, without user, password or query",
            )
        for name in TOKEN_NAMES:
            token = environment.get(name, "").strip()
            if token:
                # Checked here because the client below would print what it cannot send.
                if not re.fullmatch(r"[!-~]+", token):
                    raise SourceError(
                        "this is no token: it holds spaces, line breaks or letters that are not ASCII",
                        where=name,
                        fix=f"copy the token again, or unset {name} to go on without one",
                    )
                if not _is_private(base_url):
                    raise SourceError(
                        f"the token in {name} would be sent to this address unencrypted",
                        where="MERGECHECK_GITHUB_API",
                        fix=f"write the address with https://, or unset {name} to go on without a token",
                    )
                return cls(base_url, token)
        return cls(base_url)

    @property
    def an_hour(self) -> int:
        """How many requests an hour github.com answers."""
        return _WITHOUT_TOKEN if self.token is None else _WITH_TOKEN

    def seconds_for(self, requests: int) -> float:
        """About how long so many requests take, limits included."""
        return requests * _SECONDS_A_REQUEST + 3600.0 * (max(requests - 1, 0) // self.an_hour)

    def without_token(self, text: str) -> str:
        """The text on one line, cut to 200 characters, and without the token should a server send it back."""
        line = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))
        return (line if self.token is None else line.replace(self.token, "***"))[:200]


def _is_private(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        plain = parts.username is None and not parts.query and not parts.fragment
        return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and parts.port != 0
    except ValueError:
        # A port that is no number, or brackets that do not close.
        return False
