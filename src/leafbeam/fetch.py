"""Bring what is not a local file (standard input, http and https URLs) into the spool folder, within limits."""

from __future__ import annotations

import http.client
import os
import queue
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO, BinaryIO

from leafbeam.errors import InputError, LeafbeamError, LimitError, UsageError
from leafbeam.names import display_name
from leafbeam.options import InputOptions

_CHUNK_BYTES = 1 << 18
_MAX_REDIRECTS = 5
_MOST_DIGITS = 20  # of a stated length; Python refuses to read numbers of some thousand digits


def is_url(text: str) -> bool:
    """Whether ``text`` is an http or https URL."""
    return text[:8].lower().startswith(("http://", "https://"))


def url_file_name(url: str) -> str:
    """The last part of the URL's path, decoded ("report.pdf"), or its host when the path is empty. Not sanitised."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return "download"
    last = urllib.parse.unquote(parts.path.rstrip("/").rsplit("/", 1)[-1])
    return last or parts.hostname or "download"


def shown_url(url: str) -> str:
    """The URL for messages: without user name, password and query, which may hold secrets."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return display_name(url.partition("?")[0].rpartition("@")[2])
    host = parts.netloc.rsplit("@", 1)[-1]
    return display_name(urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", "")))


def spool_stream(stream: BinaryIO, spool: Path) -> Path:
    """Copy ``stream`` to its end into a new file below ``spool``. Raises OSError."""
    handle, path = _new_file(spool)
    with handle:
        while chunk := stream.read(_CHUNK_BYTES):
            handle.write(chunk)
    return path


def spool_url(url: str, options: InputOptions, spool: Path) -> Path:
    """Download ``url`` into a new file below ``spool``, within ``url_timeout_s`` in all and ``url_max_mb``.

    Redirects are followed five times at most and only to http and https.

    Raises:
        UsageError: the URL is malformed.
        InputError: it cannot be fetched.
        LimitError: it is too large or takes too long.
    """
    name = shown_url(url)
    request = _request(url, name)
    deadline = time.monotonic() + options.url_timeout_s
    outcomes: queue.SimpleQueue[Path | LeafbeamError] = queue.SimpleQueue()

    def download() -> None:
        try:
            outcomes.put(_download(request, name, deadline, options, spool))
        except LeafbeamError as error:
            outcomes.put(error)

    # a socket's own time limit is for one packet: a server may trickle its headers, or redirect, as long as it likes
    threading.Thread(target=download, daemon=True).start()
    try:
        outcome = outcomes.get(timeout=options.url_timeout_s)
    except queue.Empty:
        raise _too_slow(name, options) from None
    if isinstance(outcome, LeafbeamError):
        raise outcome
    return outcome


def _download(request: urllib.request.Request, name: str, deadline: float, options: InputOptions, spool: Path) -> Path:
    """The answer to the request as a file. ``deadline`` is monotonic seconds. Raises InputError and LimitError."""
    opener = urllib.request.build_opener(_WebOnlyRedirects())
    try:
        with opener.open(request, timeout=options.url_timeout_s) as response:
            stated = _stated_bytes(response)
            _check_size(stated, options, name)
            handle, path = _new_file(spool)
            with handle:
                _copy(response, handle, deadline, options, name)
            if path.stat().st_size < stated:
                raise InputError(f"{name}: the connection broke off before the end; try again")
            return path
    except urllib.error.HTTPError as error:
        error.close()
        words = display_name(str(error.reason))
        raise InputError(f"{name}: the server answered {error.code} {words}; check the address") from error
    except TimeoutError as error:
        raise _too_slow(name, options) from error
    except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            raise _too_slow(name, options) from error
        words = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        shown = display_name(words)
        raise InputError(f"{name}: cannot be fetched ({shown}); check the address and the network") from error


def _request(url: str, name: str) -> urllib.request.Request:
    try:
        parts = urllib.parse.urlsplit(url)
        if not parts.hostname or any(char <= " " for char in url):
            raise ValueError("no host, or white space in it")
        quoted = urllib.parse.quote(url, safe=":/?#[]@!$&'()*+,;=%~")
        return urllib.request.Request(quoted, headers={"User-Agent": "leafbeam", "Accept": "*/*"})
    except ValueError as error:
        raise UsageError(f"{name}: not a valid URL ({error}); correct it") from error


def _stated_bytes(response: http.client.HTTPResponse) -> int:
    """The length that the header states; 0 when there is none, or what is no number, or one that nobody can mean."""
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < _MOST_DIGITS else 0


def _copy(
    response: http.client.HTTPResponse, handle: IO[bytes], deadline: float, options: InputOptions, name: str
) -> None:
    """Stream the body. ``read1`` returns after one packet, so a trickling server meets the deadline too."""
    size = 0
    while chunk := response.read1(_CHUNK_BYTES):
        size += len(chunk)
        _check_size(size, options, name)
        if time.monotonic() > deadline:
            raise _too_slow(name, options)
        handle.write(chunk)


def _check_size(size: int, options: InputOptions, name: str) -> None:
    if size > options.url_max_mb * 1e6:
        raise LimitError(f"{name}: larger than {options.url_max_mb:g} MB; raise --url-max-mb or download it yourself")


def _too_slow(name: str, options: InputOptions) -> LimitError:
    return LimitError(f"{name}: no complete answer in {options.url_timeout_s:g} s; raise --url-timeout or try again")


def _new_file(spool: Path) -> tuple[IO[bytes], Path]:
    spool.mkdir(parents=True, exist_ok=True)
    number, path = tempfile.mkstemp(prefix="in-", dir=spool)
    return os.fdopen(number, "wb"), Path(path)


class _WebOnlyRedirects(urllib.request.HTTPRedirectHandler):
    """Few redirects, and never to another scheme (urllib would follow one to ftp)."""

    max_redirections = _MAX_REDIRECTS
    max_repeats = 2

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not is_url(newurl):
            fp.close()
            raise urllib.error.URLError(f"redirected to {shown_url(newurl)}, which is not http or https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
