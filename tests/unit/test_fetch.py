"""Downloads within limits, from a server on this machine."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from robust_files import one_page

from leafbeam.errors import InputError, LeafbeamError, LimitError, UsageError
from leafbeam.fetch import is_url, shown_url, spool_url, url_file_name
from leafbeam.load import LoadFailure, find_sources
from leafbeam.options import InputOptions
from leafbeam.types import Source


class Handler(BaseHTTPRequestHandler):
    """/doc/report.pdf is a PDF; the other paths misbehave as they are called."""

    def do_GET(self) -> None:
        name = self.path.partition("?")[0]
        body = one_page()
        if name == "/loop" or name == "/ftp":
            self.send_response(302)
            self.send_header("Location", "/loop?" + "x" * len(self.path) if name == "/loop" else "ftp://127.0.0.1/x")
            self.end_headers()
            return
        if name == "/escape":
            self.send_response(404, "\x1b[31mgone\x07")
            self.end_headers()
            return
        if name == "/moved":
            self.send_response(301)
            self.send_header("Location", "/doc/report.pdf")
            self.end_headers()
            return
        if name == "/slow-headers":
            self._trickle()
            return
        self.send_response(404 if name == "/missing.pdf" else 200)
        lengths = {"/huge-stated": str(10**12), "/short": str(len(body) + 100), "/squared": "²", "/long": "9" * 5000}
        if name in lengths:
            self.send_header("Content-Length", lengths[name])
        self.end_headers()
        if name == "/huge":
            body = bytes(3_000_000)
        try:
            if name == "/slow":
                for _ in range(50):
                    self.wfile.write(b"%")
                    time.sleep(0.1)
            elif name != "/huge-stated":
                self.wfile.write(body)
        except OSError:
            pass  # the client has had enough

    def _trickle(self) -> None:
        """Headers that never end, each packet within the limit."""
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            for number in range(60):
                self.wfile.write(b"X-%d: y\r\n" % number)
                time.sleep(0.1)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.mark.parametrize("path", ["/doc/report.pdf", "/moved", "/squared", "/long"])
def test_downloads(server: str, path: str, tmp_path: Path) -> None:
    fetched = spool_url(server + path, InputOptions(), tmp_path / "spool")
    assert fetched.parent == tmp_path / "spool"
    assert fetched.read_bytes() == one_page()


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("/missing.pdf", InputError, "404"),
        ("/escape", InputError, r"404 \\u001b\[31mgone\\u0007"),
        ("/loop", InputError, "redirect"),
        ("/ftp", InputError, "not http or https"),
        ("/huge", LimitError, "--url-max-mb"),
        ("/huge-stated", LimitError, "--url-max-mb"),
        ("/slow", LimitError, "--url-timeout"),
        ("/slow-headers", LimitError, "--url-timeout"),
        ("/short", InputError, "broke off"),
    ],
)
def test_limits_and_errors(server: str, path: str, error: type[LeafbeamError], message: str, tmp_path: Path) -> None:
    options = InputOptions(url_max_mb=1, url_timeout_s=0.5 if path.startswith("/slow") else 20)
    with pytest.raises(error, match=message) as caught:
        spool_url(server + path + "?token=secret", options, tmp_path)
    assert type(caught.value) is error
    assert "secret" not in str(caught.value)


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be fetched \(Connection refused\)"):
        spool_url("http://127.0.0.1:1/a.pdf", InputOptions(url_timeout_s=5), tmp_path)


@pytest.mark.parametrize("url", ["http://", "http:///a.pdf", "http://a b/c", "http://[::1/a"])
def test_malformed_urls(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a valid URL"):
        spool_url(url, InputOptions(), tmp_path)


def test_a_url_is_a_source_and_its_failure_is_alone(server: str, tmp_path: Path) -> None:
    urls = [server + "/missing.pdf", server + "/doc/report.pdf"]
    failure, source = find_sources(urls, InputOptions(), tmp_path)
    assert isinstance(failure, LoadFailure)
    assert isinstance(source, Source)
    assert source.relative == "report"


def test_url_names() -> None:
    assert is_url("HTTPS://example.org/a.pdf")
    assert not is_url("httpd.pdf")
    assert url_file_name("https://example.org/a/b%20c.pdf?x=1") == "b c.pdf"
    assert url_file_name("https://example.org/") == "example.org"
    assert shown_url("https://me:secret@example.org/a.pdf?key=secret") == "https://example.org/a.pdf"
