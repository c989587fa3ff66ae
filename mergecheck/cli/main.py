"""The command line: registers the commands, prints errors, sets the exit code.

Only Typer and the standard library are imported at the top of this package's modules, so that `--help` is quick
and a reviewer's installation can print it.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Annotated

import typer

from mergecheck import __version__
from mergecheck.cli.amend import amend
from mergecheck.cli.assign import assign
from mergecheck.cli.audit import audit
from mergecheck.cli.close import close
from mergecheck.cli.collect import collect
from mergecheck.cli.demo import demo
from mergecheck.cli.gaps import gaps
from mergecheck.cli.handover import handover
from mergecheck.cli.init import init
from mergecheck.cli.plan import plan
from mergecheck.cli.pull import pull
from mergecheck.cli.report import report
from mergecheck.cli.review import review
from mergecheck.cli.simulate import simulate
from mergecheck.cli.status import status
from mergecheck.errors import MergecheckError, MissingExtra, Problems

STUDY_LIBRARIES = frozenset(
    {"git", "github", "pandas", "numpy", "scipy", "datasets", "pyarrow", "sqlalchemy", "alembic", "matplotlib"}
)
"""What the extra `study` brings; a reviewer's installation has none of it."""

OF_THE_SYSTEM = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room on the disk and run the command again"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "check that you may read and write there"),
}
"""What to do about what the system refuses, where nobody nearer knew better."""

app = typer.Typer(
    name="mergecheck",
    help="An agent's patch passes the tests; would the maintainer merge it?",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (init, pull, status, plan, assign, collect, amend, handover, close, report, gaps, simulate):
    app.command(rich_help_panel="Run a study")(command)
app.add_typer(audit, name="audit", rich_help_panel="Run a study")
app.command(rich_help_panel="Review")(review)
app.command(rich_help_panel="Try it")(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mergecheck {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """An agent's patch passes the tests; would the maintainer merge it?"""


def run() -> None:
    """Run the program: 0 done, 1 refused (with what to do, on stderr), 2 usage."""
    # A terminal that cannot show a character shows its number instead of ending the command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except MergecheckError as error:
        _refuse(error)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in STUDY_LIBRARIES:
            raise
        _refuse(MissingExtra(sys.argv[1] if len(sys.argv) > 1 else "", error.name))
    except BrokenPipeError:
        # Whoever read us has gone (`| head`); Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        fix = OF_THE_SYSTEM.get(error.errno or 0, "")
        _refuse(MergecheckError(error.strerror or str(error), where=str(error.filename or ""), fix=fix))


def _refuse(error: MergecheckError) -> None:
    for problem in error.problems if isinstance(error, Problems) else (error,):
        typer.echo(f"mergecheck: {problem}", err=True)
    sys.exit(1)
