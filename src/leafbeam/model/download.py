"""Fetching one revision into Hugging Face's cache, so that a download killed half way goes on, not anew.

The hub's client finishes what it began within one call, but throws a part away with the process. The large files are
therefore fetched here first, into a part beside where the cache wants them, and checked; the client then finds them
there and fetches the small ones.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_url, snapshot_download
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, not marked as exported

from leafbeam.errors import ReaderError

PATTERNS = ("*.json", "*.jinja", "*.safetensors")  # what is read of a checkpoint, and nothing that could be run
_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class Wanted:
    """A revision to fetch: ``revision`` is a commit, tag or branch, ``sha256`` the checksums that its files must have.

    ``root`` is the repository's folder in the cache; ``endpoint`` None stands for the hub itself. ``again`` fetches
    what is here, too.
    """

    repo: str
    revision: str
    root: Path
    sha256: Mapping[str, str]
    endpoint: str | None = None
    again: bool = False


def download(wanted: Wanted) -> Path:
    """Fetch what is missing; the revision's folder comes back. Raises ReaderError for content other than is known, and
    whatever the hub's client raises."""
    api = HfApi(endpoint=wanted.endpoint)
    commit = api.model_info(wanted.repo, revision=wanted.revision).sha
    assert commit is not None, "the hub names the commit of a revision"
    for file in api.list_repo_tree(wanted.repo, revision=commit):
        if isinstance(file, RepoFile) and file.lfs is not None and Path(file.path).match(PATTERNS[-1]):
            known = wanted.sha256.get(file.path, file.lfs.sha256)
            if known != file.lfs.sha256:
                raise ReaderError(
                    f"{wanted.repo}: {file.path} at {commit} has the checksum {file.lfs.sha256}, and {known} is known: "
                    "the file was replaced. Nothing was fetched; please report this"
                )
            _fetch(wanted, commit, file, file.lfs.sha256)
    # By the name that was asked for, so that the cache remembers which commit that was.
    if wanted.again:
        _snapshot(wanted, PATTERNS[:-1], again=True)
    return _snapshot(wanted, PATTERNS, again=False)


def _snapshot(wanted: Wanted, patterns: tuple[str, ...], again: bool) -> Path:
    folder = snapshot_download(
        wanted.repo,
        revision=wanted.revision,
        cache_dir=wanted.root.parent,
        endpoint=wanted.endpoint,
        allow_patterns=list(patterns),
        force_download=again,
    )
    return Path(folder)


def _fetch(wanted: Wanted, commit: str, file: RepoFile, sha256: str) -> None:
    """Bring one large file to where the cache looks for it, from where an earlier part ends."""
    blobs = wanted.root / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    whole, part = blobs / sha256, blobs / f"{sha256}.part"
    with (blobs / f"{sha256}.part.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until closed: two processes must not write one part
        if whole.exists() and not wanted.again:
            return
        with part.open("ab") as stream:
            stream.seek(0, 2)
            if stream.tell() < file.size:
                http_get(
                    hf_hub_url(wanted.repo, file.path, revision=commit, endpoint=wanted.endpoint),
                    stream,
                    resume_size=stream.tell(),
                    headers=build_hf_headers(),
                    expected_size=file.size,
                    displayed_filename=file.path,
                )
        if sha256_of(part) != sha256:
            part.unlink()
            raise ReaderError(
                f"{wanted.repo}: {file.path} came with another checksum than {sha256} and was thrown away. Try again"
            )
        part.replace(whole)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
