"""``leafbeam models``: what can be read, what is here, fetching, checking. Importing this loads nothing heavy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from leafbeam.errors import ReaderError
from leafbeam.model.catalogue import CATALOGUE

app = typer.Typer(no_args_is_help=True, help="The checkpoints of the local reader: list, fetch, check.")
_Name = Annotated[str, typer.Argument(help="A name that 'models list' shows, owner/name, or a folder.")]


@app.command("list")
def list_command() -> None:
    """List the published checkpoints that can be read, and whether they are on this machine."""
    from leafbeam.model.store import located

    width = max(len(entry.name) for entry in CATALOGUE)
    for entry in CATALOGUE:
        here = "here" if located(entry) else "-"
        print(f"{entry.name:<{width}}  {here:<4}  {entry.about}")


@app.command("pull")
def pull_command(
    name: _Name,
    revision: Annotated[str | None, typer.Option(help="Another commit, tag or branch than the pinned one.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Fetch what is here, too: mends damaged files.")] = False,
) -> None:
    """Fetch a checkpoint from Hugging Face, about 2 GB; what is here already is not fetched again."""
    from leafbeam.model.store import pull

    print(pull(name, revision, again))


@app.command("verify")
def verify_command(name: _Name) -> None:
    """Check a checkpoint's files: checksums where they are known, and every weight's name and shape."""
    from leafbeam.model.store import Check, verify

    wrong = []
    for found in verify(name):
        print(
            f"{found.check:<9}  {found.name}"
            + (f"  (checksum from the {found.known_from})" if found.known_from else "")
        )
        if found.check is Check.WRONG:
            wrong.append(found.name)
    print("good       all names and shapes of weights")
    if wrong:
        raise ReaderError(f"{name}: {', '.join(wrong)} damaged: leafbeam models pull {name} --again")


@app.command("path")
def path_command(name: _Name) -> None:
    """Print the folder of a checkpoint that is on this machine."""
    from leafbeam.model.store import find

    print(find(name))


@app.command("make-tiny")
def make_tiny_command(
    folder: Annotated[Path, typer.Argument(help="A new folder, or one with a checkpoint to replace.")],
    seed: Annotated[int, typer.Option(help="Another seed gives other weights.")] = 0,
) -> None:
    """Write a tiny checkpoint with random weights: it answers nonsense, for tests and demonstrations."""
    from leafbeam.model.store import require_local

    require_local()
    from leafbeam.model.tiny import RandomOptions, make_tiny

    make_tiny(folder, RandomOptions(seed=seed))
    print(folder)
    print("The weights are random: what this model writes means nothing.", file=sys.stderr)
