"""A stand-in for Hugging Face that serves one checkpoint's folder, and can break off a download half way."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """``cuts`` are files whose next download ends after half of it; ``served`` lists (file, first byte) in order."""

    folder: Path
    repo: str
    cuts: set[str] = field(default_factory=set)
    served: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def tags(self, name: str) -> tuple[str, bool]:
        """The checksum that the hub names a file by, and whether it is large: SHA-256, or git's SHA-1."""
        content = (self.folder / name).read_bytes()
        if name.endswith(".safetensors"):
            return hashlib.sha256(content).hexdigest(), True
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(), False

    def tree(self) -> list[dict[str, object]]:
        entries: list[dict[str, object]] = []
        for path in sorted(self.folder.iterdir()):
            tag, large = self.tags(path.name)
            entry: dict[str, object] = {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": tag}
            if large:
                entry |= {"oid": "0" * 40, "lfs": {"oid": tag, "size": path.stat().st_size, "pointerSize": 135}}
            entries.append(entry)
        return entries


@contextmanager
def serving(folder: Path, repo: str) -> Iterator[Hub]:
    """Serve ``folder`` as ``repo`` on a free port of this machine until the block ends."""
    hub = Hub(folder, repo)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            api, files = f"/api/models/{hub.repo}", f"/{hub.repo}/resolve/{REVISION}/"
            if path in (f"{api}/revision/main", f"{api}/revision/{REVISION}"):
                siblings = [{"rfilename": entry["path"]} for entry in hub.tree()]
                self._json({"id": hub.repo, "modelId": hub.repo, "sha": REVISION, "siblings": siblings})
            elif path.startswith(f"{api}/tree/{REVISION}"):
                self._json(hub.tree())
            elif path.startswith(files) and (hub.folder / path.removeprefix(files)).is_file():
                self._file(path.removeprefix(files))
            else:
                revision = path.startswith(f"{api}/revision/")
                self.send_response(404)
                self.send_header("X-Error-Code", "RevisionNotFound" if revision else "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def _json(self, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def _file(self, name: str) -> None:
            content = (hub.folder / name).read_bytes()
            first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
            tag, large = hub.tags(name)
            self.send_response(206 if first else 200)
            self.send_header("ETag", f'"{tag}"')
            self.send_header("X-Repo-Commit", REVISION)
            self.send_header("Accept-Ranges", "bytes")
            if large:
                self.send_header("X-Linked-Etag", f'"{tag}"')
                self.send_header("X-Linked-Size", str(len(content)))
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - first))
            self.end_headers()
            if self.command != "GET":
                return
            hub.served.append((name, first))
            if name in hub.cuts:
                hub.cuts.discard(name)
                self.wfile.write(content[first : len(content) // 2])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            self.wfile.write(content[first:])

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
