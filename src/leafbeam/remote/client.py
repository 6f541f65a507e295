"""One page picture to one streamed answer, over HTTP, in OpenAI's chat form. Knows nothing of pages or retries."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast

import aiohttp

from leafbeam.answers.families import Family
from leafbeam.errors import ReaderError
from leafbeam.remote.trouble import RefusedError, TroubleError
from leafbeam.serial import JsonValue
from leafbeam.types import StopReason

Json = Mapping[str, JsonValue]
_BUSY = frozenset({429, 503, 529})
_OPTIONAL = ("logprobs", "stream_options", "chat_template_kwargs", "top_p", "seed", "vllm_xargs")
_PICTURE = "<picture>"  # stands for it in a body
_GATHER_S = 0.1
_END_S = 0.5
_MOST_LINE_BYTES = 16 << 20
_STOPS = {"stop": StopReason.END, "length": StopReason.LENGTH, "end_turn": StopReason.END, "eos": StopReason.END}


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is and how to speak to it. ``url`` ends in ``/v1``; times in seconds."""

    url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 20.0
    idle_timeout_s: float = 300.0
    answer_timeout_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Question:
    """One request: an encoded picture, and the sampling of this attempt. ``draft`` is what the answer may be like."""

    picture: bytes
    mime: str
    family: Family
    temperature: float
    max_tokens: int
    seed: int | None = None
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``tokens`` are (text, log probability), empty when the server gives none.

    ``drafted`` and ``accepted`` count tokens of a draft, ``steps`` the decoder's passes, where that is known.
    """

    text: str
    stop: StopReason
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    first_token_s: float = 0.0
    tokens: tuple[tuple[str, float], ...] = ()
    drafted: int = 0
    accepted: int = 0
    steps: int = 0


Watch = Callable[[str], bool]  # sees the text so far; True ends the answer


class Client:
    """Talks to one server over one connection pool. An async context manager."""

    def __init__(self, server: Server, connections: int) -> None:
        self._server = server
        self._connections = connections
        self._without: set[str] = set()  # optional fields that the server refused
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self._server.api_key}"} if self._server.api_key else {}
        timeout = aiohttp.ClientTimeout(
            total=self._server.answer_timeout_s,
            sock_connect=self._server.connect_timeout_s,
            sock_read=self._server.idle_timeout_s,
        )
        connector = aiohttp.TCPConnector(limit=self._connections)
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def models(self) -> tuple[str, ...]:
        """The models the server offers. Raises TroubleError, or ReaderError when it wants a key."""
        assert self._session is not None
        try:
            async with self._session.get(f"{self._server.url}/models") as response:
                await self._check(response)
                listing = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise TroubleError(f"{self._server.url} does not answer: {_told(error)}") from error
        data = listing.get("data") if isinstance(listing, dict) else None
        names = [entry.get("id") for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
        return tuple(name for name in names if isinstance(name, str))

    async def ask(self, question: Question, watch: Watch) -> Answer:
        """The answer, streamed; cut with stop LOOP as soon as ``watch`` says so.

        Raises TroubleError (try again), RefusedError (this page never) or ReaderError (no page ever).
        """
        while True:
            body = self._body(question)
            try:
                return await self._stream(_with_picture(body, question), watch)
            except RefusedError as refusal:
                field_name = next((name for name in _OPTIONAL if name in body and name in str(refusal)), None)
                if field_name is None:
                    raise
                self._without.add(field_name)

    def _body(self, question: Question) -> dict[str, JsonValue]:
        content: list[JsonValue] = [{"type": "image_url", "image_url": {"url": _PICTURE}}]
        if question.family.prompt:
            content.append({"type": "text", "text": question.family.prompt})
        body: dict[str, JsonValue] = {
            "model": self._server.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": question.max_tokens,
            "temperature": question.temperature,
            "top_p": question.family.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
            "logprobs": True,
        }
        if question.seed is not None:
            body["seed"] = question.seed
        if question.family.template:
            body["chat_template_kwargs"] = dict(question.family.template)
        if question.draft:
            body["vllm_xargs"] = {"leafbeam_draft": question.draft}
        return {name: value for name, value in body.items() if name not in self._without}

    async def _stream(self, body: bytes, watch: Watch) -> Answer:
        assert self._session is not None
        growing = _Growing(watch)
        try:
            url = f"{self._server.url}/chat/completions"
            async with self._session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                await self._check(response)
                if response.content_type == "application/json":  # a server that does not stream
                    growing.whole(_object(await response.text()))
                elif response.content_type == "text/event-stream":
                    async for event in _events(response):
                        if growing.take(event):
                            break
                else:
                    raise TroubleError(f"the server answered with {response.content_type}, not with a chat answer")
        except aiohttp.ClientError as error:
            raise TroubleError(f"the connection to {self._server.url} broke: {_told(error)}") from error
        except TimeoutError as error:
            raise TroubleError(f"{self._server.url} gave no whole answer in time") from error
        return growing.answer()

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        """Raise for a status that is not an answer."""
        status = response.status
        if status == 200:
            return
        said = _message(await response.text(errors="replace"))
        if status in _BUSY:
            raise TroubleError(f"the server is busy ({status}): {said}", busy=True, wait_s=_retry_after(response))
        if status in (401, 403):
            raise ReaderError(f"{self._server.url} refuses the key ({status}): give the right one, see --api-key-env")
        if status == 404:
            raise ReaderError(
                f"{self._server.url} has no model {self._server.model!r} or no chat ({status}): {said}. "
                "Look at --server and --model"
            )
        if status in (408, 409, 425) or status >= 500:
            raise TroubleError(f"the server failed ({status}): {said}")
        raise RefusedError(f"the server refused the request ({status}): {said}")


class _Growing:
    """An answer while it comes in."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._start = time.monotonic()
        self._first_token_s = 0.0
        self._text = ""
        self._tokens: list[tuple[str, float]] = []
        self._stop: StopReason | None = None
        self._tokens_in = 0
        self._tokens_out = 0
        self._drafted = self._accepted = 0

    def take(self, event: str) -> bool:
        """One event of the stream; True when the answer was cut."""
        chunk = _object(event)
        if "error" in chunk:
            raise TroubleError(f"the server broke off: {_message(event)}")
        self._usage(chunk)
        choice = _choice(chunk)
        delta = choice.get("delta") if choice else None
        piece = delta.get("content") if isinstance(delta, dict) else None
        if isinstance(piece, str) and piece:
            self._first_token_s = self._first_token_s or time.monotonic() - self._start
            self._text += piece
            self._tokens_out += 1
        if choice:
            self._tokens += _logprobs(choice)
            self._finish(choice)
        if piece and self._stop is None and self._watch(self._text):
            self._stop = StopReason.LOOP
            return True
        return False

    def whole(self, answer: Json) -> None:
        """An answer that came in one piece."""
        self._usage(answer)
        choice = _choice(answer)
        message = choice.get("message") if choice else None
        text = message.get("content") if isinstance(message, dict) else None
        if choice is None or not isinstance(text, str):
            raise TroubleError("the server's answer holds no message")
        self._text = text
        self._tokens += _logprobs(choice)
        self._finish(choice)

    def answer(self) -> Answer:
        """The complete answer. Raises TroubleError when it just stopped."""
        if self._stop is None:
            raise TroubleError("the answer broke off in the middle")
        seconds = time.monotonic() - self._start
        tokens_out = max(self._tokens_out, len(self._tokens))
        return Answer(
            self._text,
            self._stop,
            self._tokens_in,
            tokens_out,
            seconds,
            self._first_token_s,
            tuple(self._tokens),
            self._drafted,
            self._accepted,
        )

    def _finish(self, choice: Json) -> None:
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self._stop = _STOPS.get(reason, StopReason.CANCELLED)

    def _usage(self, chunk: Json) -> None:
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
            self._tokens_in = given if isinstance(given, int) else self._tokens_in
            self._tokens_out = made if isinstance(made, int) else self._tokens_out
        if (drafts := _drafts(chunk)) is not None:
            self._drafted, self._accepted = drafts


def _with_picture(body: Mapping[str, JsonValue], question: Question) -> bytes:
    """The request's body; the picture is put in as bytes, so that nothing walks through it as text."""
    before, _, after = json.dumps(body).encode().partition(_PICTURE.encode())
    start = f"data:{question.mime};base64,".encode()
    return b"".join([before, start, base64.b64encode(question.picture), after])


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    """The data of each server-sent event up to the last (WHATWG HTML, section 9.2); other fields are skipped."""
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _MOST_LINE_BYTES:
            raise TroubleError("the server sent an endless line")
        for line in lines:
            if line.startswith(b"data:"):
                event = line[5:].strip()
                if event == b"[DONE]":
                    with contextlib.suppress(TimeoutError):  # read to its end, the connection can be used again
                        await asyncio.wait_for(response.content.read(), _END_S)
                    return
                yield event.decode("utf-8", "replace")
        await _gather(response)


async def _gather(response: aiohttp.ClientResponse) -> None:
    """Leave what comes to the socket for a moment: one event a token would wake us thousands of times a second."""
    transport = response.connection.transport if response.connection is not None else None
    if transport is None:
        return  # all of the answer is here
    transport.pause_reading()
    try:
        await asyncio.sleep(_GATHER_S)
    finally:
        transport.resume_reading()


def _object(text: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise TroubleError("the server's answer is not JSON") from error
    if not isinstance(value, dict):
        raise TroubleError("the server's answer is not a JSON object")
    return cast(Json, value)


def _choice(chunk: Json) -> Json | None:
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def _drafts(chunk: Json) -> tuple[int, int] | None:
    """Tokens drafted and accepted: OpenAI's usage says how many were accepted and rejected, llama.cpp's timings how
    many were drafted and accepted. vLLM tells only sums over all requests, in its metrics."""
    usage, timings = chunk.get("usage"), chunk.get("timings")
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    if isinstance(details, dict):
        accepted, rejected = details.get("accepted_prediction_tokens"), details.get("rejected_prediction_tokens")
        if isinstance(accepted, int) and isinstance(rejected, int):
            return accepted + rejected, accepted
    if isinstance(timings, dict):
        drafted, accepted = timings.get("draft_n"), timings.get("draft_n_accepted")
        if isinstance(drafted, int) and isinstance(accepted, int):
            return drafted, accepted
    return None


def _logprobs(choice: Json) -> list[tuple[str, float]]:
    given = choice.get("logprobs")
    content = given.get("content") if isinstance(given, dict) else None
    found = []
    for entry in content if isinstance(content, list) else ():
        token, value = (entry.get("token"), entry.get("logprob")) if isinstance(entry, dict) else (None, None)
        if isinstance(token, str) and isinstance(value, int | float):
            found.append((token, float(value)))
    return found


def _message(text: str) -> str:
    """What an error body says, short."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    error = value.get("error", value) if isinstance(value, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return " ".join(str(said if said else text).split())[:300]


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    given = response.headers.get("Retry-After", "")
    return min(float(given), 120.0) if given.replace(".", "", 1).isdecimal() else None


def _told(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
