"""What our client costs beside a server that answers at once: pages/s and processor time, against the plain loops.

    python benchmarks/client_overhead.py PDF PAGES

The server runs in a process of its own. The plain loop is the model card's: render, PNG by Pillow, base64,
``requests.post``, one page after the other; the second is the same in a thread pool of 64.
"""

from __future__ import annotations

import base64
import io
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pypdfium2
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
PDFIUM = threading.Lock()  # it crashes when two threads use it
ANSWER = "# A page\n\n" + "\n".join(
    f"Line {i} names {i * 7919 % 1000} sheep and {i * 31} goats of herd {i}." for i in range(60)
)


def serve(pipe: multiprocessing.connection.Connection) -> None:
    from chat_server import ChatServer, Say

    with ChatServer(lambda asked: Say(ANSWER, piece=4)) as server:
        pipe.send(server.url)
        pipe.recv()


def plain(document: pypdfium2.PdfDocument, index: int, url: str) -> str:
    with PDFIUM:
        image = document[index].render(scale=2.77).to_pil()
    image.thumbnail((1540, 1540))
    data = io.BytesIO()
    image.save(data, "PNG")
    picture = f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
    content = [{"type": "image_url", "image_url": {"url": picture}}]
    body = {"model": "m", "messages": [{"role": "user", "content": content}], "max_tokens": 4096, "temperature": 0.2}
    return requests.post(f"{url}/chat/completions", json=body, timeout=600).json()["choices"][0]["message"]["content"]


def measured(name: str, pages: int, work: Callable[[], object], who: int, plain_ms: float = 0.0) -> float:
    """Prints a row of the table; gives back the processor milliseconds a page."""
    before, start = resource.getrusage(who), time.perf_counter()
    work()
    seconds, after = time.perf_counter() - start, resource.getrusage(who)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    cost_ms = 1000 * (user + system) / pages
    row = (
        f"{pages / seconds:.1f}",
        f"{1000 * user / pages:.0f} + {1000 * system / pages:.0f}",
        f"{cost_ms / (plain_ms or cost_ms):.2f}",
        f"{5.71 * cost_ms / 1000:.2f}",
    )
    print(f"| {name} | {' | '.join(row)} |", flush=True)
    return cost_ms


def main(pdf: str, pages: int) -> None:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    server.start()
    url = ours.recv()
    document = pypdfium2.PdfDocument(pdf)
    print("| client | pages/s | processor ms/page, user + system | of the plain loop | cores at 5.71 pages/s |")
    print("| --- | --- | --- | --- | --- |")
    indexes = [i % len(document) for i in range(pages)]
    loop = measured("plain loop", pages, lambda: [plain(document, i, url) for i in indexes], resource.RUSAGE_SELF)
    with ThreadPoolExecutor(64) as pool:
        jobs = lambda: list(pool.map(lambda i: plain(document, i, url), indexes))  # noqa: E731
        measured("thread pool of 64", pages, jobs, resource.RUSAGE_SELF, loop)
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "leafbeam", "read", pdf, "-o", out, "--server", url, "--jobs", "1", "-q"]
        for extra in ([], ["--image-format", "jpeg"]):
            run = partial(subprocess.run, [*command, *extra], check=True)
            measured(" ".join(["leafbeam", *extra]), len(document), run, resource.RUSAGE_CHILDREN, loop)
    ours.send(None)
    server.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
