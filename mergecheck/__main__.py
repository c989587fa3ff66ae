"""`python -m mergecheck`."""

from mergecheck.cli.main import run

run()
