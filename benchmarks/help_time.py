"""How long `mergecheck --help` takes, against an empty Typer program with as many commands, in one run.

    python benchmarks/help_time.py

Prints the median of both and their ratio. The two are run in turn, so that a busy machine slows both alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

RUNS = 21
# Our modules are compiled once, as the libraries' are: both are then loaded as a user has them.
AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
OURS = "import sys; sys.argv = ['mergecheck', '--help']; from mergecheck.cli.main import run; run()"
PEER = """
import sys
import typer
app = typer.Typer()
for name in "abcdefghij":
    @app.command(name)
    def command(folder: str = ".", as_json: bool = False) -> None:
        "Does nothing."
sys.argv = ["empty", "--help"]
app()
"""


def seconds(code: str) -> float:
    """Wall time of one run in a process of its own."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=AS_INSTALLED)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    ours, peer = [], []
    seconds(OURS)
    for _ in range(RUNS):
        ours.append(seconds(OURS))
        peer.append(seconds(PEER))
    mine, theirs = statistics.median(ours), statistics.median(peer)
    print(f"mergecheck --help  {mine * 1000:.0f} ms")
    print(f"empty Typer        {theirs * 1000:.0f} ms")
    print(f"ratio              {mine / theirs:.2f}")


if __name__ == "__main__":
    main()
