"""The command `caresim`: finds the command asked for and turns errors into words and exit codes.

Exit codes: 0 done; 1 some runs failed; 2 a fault in what the user wrote; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

import click

import caresim
from caresim.errors import CaresimError, ClusterLost, RunError

COMMANDS = {
    "init": "Start a scenario of your own from one that ships with caresim.",
    "check": "Tell every fault of a scenario at once.",
    "explain": "Show what will really be simulated.",
    "run": "Simulate a scenario and write a results folder.",
    "compare": "Set results, or the variants of a sweep, side by side, with paired differences.",
    "report": "Draw the figures of a results folder and a page to read or print.",
    "sweep": "Run every variant of an experiment, into a store that loses nothing.",
    "results": "Show what a sweep's store holds, or ask it in SQL.",
    "combine": "Put the stores of a sweep's shards together.",
    "sensitivity": "Say which of the things that vary matter most.",
    "warmup": "Say whether a scenario's warm-up is long enough.",
    "replications": "Say how many replications a figure needs.",
    "rerun": "Run one replication again and say whether it is the same.",
}
"""Command -> what it does; each is `command` in the module of caresim.cli of that name."""

FAILED, WRONG, STOPPED = 1, 2, 130


class Commands(click.Group):
    """Commands that are imported when they are called, and errors that end in words."""

    def main(self, *words: Any, **options: Any) -> Any:
        keep_standard_streams()
        with ending_at_once():
            return super().main(*words, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in COMMANDS:
            raise click.exceptions.NoSuchCommand(cmd_name, possibilities=COMMANDS, ctx=ctx)
        command: click.Command = import_module(f"caresim.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)
        except CaresimError as error:
            click.echo(str(error), err=True)
            ctx.exit(FAILED if isinstance(error, RunError | ClusterLost) else WRONG)
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except OSError as error:
            click.echo(f"{error.filename or 'a file'}: {error.strerror or error}.", err=True)
            ctx.exit(WRONG)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Ctrl-C ends the program there and then; what must end whole (runs, sweeps) takes Ctrl-C for itself.

    As an exception it may come while a library is being loaded that forgives whatever is raised then.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_signal: int, _frame: FrameType | None) -> None:
    os.write(2, b"Stopped.\n")
    os._exit(STOPPED)


def keep_standard_streams() -> None:
    """Where the caller closed one, a null device takes its place: else the next file that is opened gets its
    number, and what is meant for the terminal would be written into results."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # Takes the lowest number that is free, this one; workers are to have it, too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(caresim.__version__, message="caresim %(version)s")
def main() -> None:
    """Simulate a local health-and-care system, one person at a time.

    Start with: caresim init mine, then caresim check mine.yaml, then caresim run mine.yaml.
    """
