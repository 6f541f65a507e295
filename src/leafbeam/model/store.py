"""Checkpoints on this machine: where they are, fetching one when told to, and checking its files.

They lie in Hugging Face's own cache, shared with other programs, each revision in a folder of its own. Only ``pull``
goes to the network; an interrupted download goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from leafbeam.errors import LeafbeamError, MissingExtraError, ReaderError, UsageError
from leafbeam.model.catalogue import Published, published

_NEWEST = "main"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_GIT_SHA1 = re.compile(r"[0-9a-f]{40}")
_NEEDED = ("huggingface_hub", "jinja2", "safetensors", "tokenizers", "torch")


@dataclass(frozen=True, slots=True)
class Place:
    """Where checkpoints are kept and fetched from; None: as huggingface_hub is set up (HF_HOME, HF_ENDPOINT)."""

    cache: Path | None = None
    endpoint: str | None = None


class Check(StrEnum):
    """What a look at one file found."""

    GOOD = "good"  # its checksum is the one known
    WRONG = "wrong"
    UNCHECKED = "unchecked"  # no checksum is known


@dataclass(frozen=True, slots=True)
class FileCheck:
    """One file of a checkpoint; ``known_from`` names where the checksum comes from, empty where there is none."""

    name: str
    check: Check
    known_from: str = ""


def missing_libraries() -> tuple[str, ...]:
    """The libraries of the extra ``local`` that are not installed."""
    return tuple(name for name in _NEEDED if importlib.util.find_spec(name) is None)


def require_local() -> None:
    """Raise MissingExtraError when a library of the extra ``local`` is missing."""
    missing = missing_libraries()
    if missing:
        raise MissingExtraError(f"local models need {', '.join(missing)}: pip install 'leafbeam[local]'")


def find(name: str, place: Place | None = None) -> Path:
    """The folder of a checkpoint: ``name`` is one, or names a published one that was pulled. Never goes to the network.

    Raises UsageError for an unknown name, ReaderError that tells the command to type when it is not here.
    """
    if _is_folder(name):
        return Path(name)
    entry = published(name)
    folder = located(entry, place)
    if folder is None:
        raise ReaderError(f"{entry.repo} is not on this machine: leafbeam models pull {entry.name}")
    return folder


def located(entry: Published, place: Place | None = None) -> Path | None:
    """The folder of a published checkpoint when its configuration and weights are here, at the pinned revision."""
    root = _repository(entry, place)
    revision = entry.revision or _kept_revision(root)
    folder = root / "snapshots" / revision if revision else None
    if folder is None or not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        return None
    return folder


def pull(name: str, revision: str | None = None, again: bool = False, place: Place | None = None) -> Path:
    """Fetch a published checkpoint, or what is missing of it; its folder comes back.

    ``revision`` overrides the pinned one: a commit, tag or branch. ``again`` fetches what is here, too. Raises
    ReaderError that tells what to do.
    """
    if _is_folder(name):
        raise UsageError(f"{name} is a folder on this machine: there is nothing to pull")
    entry = published(name)
    require_local()
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    from leafbeam.model.download import Wanted, download

    commit = revision or entry.revision or _NEWEST
    known = entry.sha256 if commit == entry.revision else {}
    wanted = Wanted(entry.repo, commit, _repository(entry, place), known, place.endpoint if place else None, again)
    try:
        return download(wanted)
    except LeafbeamError:
        raise
    except RevisionNotFoundError as error:
        raise ReaderError(
            f"{entry.repo} has no revision {commit}: leafbeam models pull {entry.name} --revision main takes the newest"
        ) from error
    except RepositoryNotFoundError as error:
        raise ReaderError(f"{entry.repo}: not on Hugging Face, or not for you: log in with 'hf auth login'") from error
    except Exception as error:  # the hub's client passes on the errors of several network libraries
        raise ReaderError(
            f"{entry.repo} could not be fetched: {_first_line(error)}. Try again: what came is kept, and the download "
            "goes on from there. HF_HUB_OFFLINE forbids downloads; HF_ENDPOINT names a mirror"
        ) from error


def verify(name: str, place: Place | None = None) -> Iterator[FileCheck]:
    """Check a checkpoint's files one by one, as each is read: checksums, then whether the weights are the model's.

    Checksums come from the catalogue, and else from the names under which the cache keeps downloaded files. The last
    thing that can go wrong, names and shapes that do not fit, raises ReaderError, as does a missing file.
    """
    require_local()
    from leafbeam.model.checkpoint import open_checkpoint
    from leafbeam.model.download import PATTERNS
    from leafbeam.model.weights import check_weights

    folder = find(name, place)
    known = {} if _is_folder(name) else published(name).sha256
    pinned = not _is_folder(name) and folder.name == published(name).revision
    for missing in sorted(known.keys() - {path.name for path in folder.iterdir()}) if pinned else ():
        raise ReaderError(f"{folder / missing}: not found. 'leafbeam models pull {name}' fetches what is missing")
    for path in sorted(path for pattern in PATTERNS for path in folder.glob(pattern)):
        yield _checked(path, known.get(path.name) if pinned else None)
    check_weights(folder, open_checkpoint(folder).config)


def _checked(path: Path, listed: str | None) -> FileCheck:
    from leafbeam.model.download import sha256_of

    blob = path.resolve().name if path.is_symlink() else ""
    if listed:
        return FileCheck(path.name, Check.GOOD if sha256_of(path) == listed else Check.WRONG, "catalogue")
    if _SHA256.fullmatch(blob):
        return FileCheck(path.name, Check.GOOD if sha256_of(path) == blob else Check.WRONG, "download")
    if _GIT_SHA1.fullmatch(blob):
        return FileCheck(path.name, Check.GOOD if _git_sha1(path) == blob else Check.WRONG, "download")
    return FileCheck(path.name, Check.UNCHECKED)


def _git_sha1(path: Path) -> str:
    """The name git gives a file's content; small files are kept under it."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _repository(entry: Published, place: Place | None) -> Path:
    """The folder of all revisions in the cache, whether it is there or not."""
    if place and place.cache:
        root = place.cache
    else:
        require_local()
        from huggingface_hub.constants import HF_HUB_CACHE

        root = Path(HF_HUB_CACHE)
    return root / f"models--{entry.repo.replace('/', '--')}"


def _kept_revision(root: Path) -> str | None:
    """The commit that was newest when it was pulled: later calls stay with it until the next pull."""
    try:
        return (root / "refs" / _NEWEST).read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None


def _is_folder(name: str) -> bool:
    """Whether ``name`` is a folder with a checkpoint, as opposed to a name that a folder happens to have."""
    return (Path(name) / "config.json").is_file()


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
