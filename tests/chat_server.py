"""An OpenAI-compatible chat server that plays a script, faults included. It knows a page by the rim of its picture."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from aiohttp import web


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it. ``attempt`` counts from 0 for each page."""

    page: int
    attempt: int
    body: dict[str, Any]
    headers: dict[str, str]
    size: tuple[int, int]  # width, height of the picture
    port: int = 0  # of the client: one for each connection


@dataclass(frozen=True)
class Say:
    """An answer, streamed in ``piece`` characters with ``pause_s`` between them; ``finish`` None breaks off.

    ``told`` goes into the last event, beside or inside its usage.
    """

    text: str
    finish: str | None = "stop"
    piece: int = 12
    pause_s: float = 0.0
    logprob: float = -0.1
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fail:
    """A status with a body; ``kind`` "reset" closes the connection, "garbage" streams no JSON."""

    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "status"
    text: str = "no"
    content_type: str = "application/json"


Act = Say | Fail
Script = Callable[[Asked], Act]


def page_picture(page: int, width: int = 400, height: int = 520) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A page with words on it; its rim, nearly white, says its number, also when it is turned or cut in two."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    for row in range(6):
        cv2.putText(pixels, f"Page {page} row {row}", (40, 80 + 60 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2)
    rim = np.ones((height, width), bool)
    rim[8:-8, 8:-8] = False
    pixels[rim] = (255 - page % 64, 255 - page // 64, 255)
    return pixels


class ChatServer:
    """The server, in a thread. ``asked`` holds every request, ``cut`` counts the streams that the client left."""

    def __init__(self, script: Script, models: Sequence[str] = ("lightonai/LightOnOCR-2-1B",), port: int = 0) -> None:
        self._script = script
        self._models = models
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._counts: Counter[int] = Counter()
        self.asked: list[Asked] = []
        self.answers: defaultdict[int, int] = defaultdict(int)
        self.cut = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/v1/models", self._list)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}/v1"

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": name} for name in self._models]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            asked = self._asked(await request.json(), dict(request.headers))
            assert request.transport is not None
            asked = replace(asked, port=request.transport.get_extra_info("peername")[1])
            self.asked.append(asked)
            act = self._script(asked)
            if isinstance(act, Fail):
                return await self._fail(request, act)
            response = await self._say(request, act, bool(asked.body.get("stream")), "logprobs" in asked.body)
            self.answers[asked.page] += 1
            return response
        finally:
            self.in_flight -= 1

    def _asked(self, body: dict[str, Any], headers: dict[str, str]) -> Asked:
        url = body["messages"][0]["content"][0]["image_url"]["url"]
        data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        pixels = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        page = 255 - int(pixels[2, 2, 0]) + 64 * (255 - int(pixels[2, 2, 1]))
        attempt = self._counts[page]
        self._counts[page] += 1
        return Asked(page, attempt, body, headers, (pixels.shape[1], pixels.shape[0]))

    async def _fail(self, request: web.Request, act: Fail) -> web.StreamResponse:
        if act.kind == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if act.kind == "garbage":
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            await response.write(b"data: {not json\n\n")
            await response.write_eof()
            return response
        body = act.text if act.content_type != "application/json" else json.dumps({"error": {"message": act.text}})
        return web.Response(status=act.status, headers=act.headers, text=body, content_type=act.content_type)

    async def _say(self, request: web.Request, act: Say, stream: bool, logprobs: bool) -> web.StreamResponse:
        if not stream:
            choice = {"message": {"content": act.text}, "finish_reason": act.finish}
            return web.json_response({"choices": [choice]})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for at in range(0, len(act.text), act.piece):
                piece = act.text[at : at + act.piece]
                choice: dict[str, Any] = {"delta": {"content": piece}, "finish_reason": None}
                if logprobs:
                    choice["logprobs"] = {"content": [{"token": piece, "logprob": act.logprob}]}
                await response.write(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())
                if act.pause_s:
                    await asyncio.sleep(act.pause_s)
            if act.finish is not None:
                last = {"choices": [{"delta": {}, "finish_reason": act.finish}]}
                counts = {"prompt_tokens": 7, "completion_tokens": len(act.text) // act.piece}
                usage = {"choices": [], **act.told, "usage": {**counts, **act.told.get("usage", {})}}
                await response.write(f"data: {json.dumps(last)}\n\ndata: {json.dumps(usage)}\n\n".encode())
                await response.write(b"data: [DONE]\n\n")
        except ConnectionError:  # the client has seen enough
            self.cut += 1
            return response
        await response.write_eof()
        return response
