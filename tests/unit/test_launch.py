"""Starting and stopping a model server, with a stand-in for the vllm command (the real one: make test-vllm)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from leafbeam.errors import MissingExtraError, ReaderError, UsageError
from leafbeam.remote.launch import (
    DRAFTS_MODEL,
    LaunchOptions,
    ModelServer,
    command,
    known_breakage,
    stored_revision,
    versions_of,
)


@pytest.fixture
def vllm(tmp_path, monkeypatch):
    """A ``vllm`` on the PATH."""
    tests = Path(__file__).resolve().parents[1]
    program = tmp_path / "vllm"
    lines = [
        f"#!{sys.executable}",
        "import runpy, sys",
        f"sys.path.insert(0, {str(tests)!r})",
        f"runpy.run_path({str(tests / 'fake_vllm.py')!r})",
    ]
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return program


def test_a_server_is_started_with_the_advised_flags_and_stopped(vllm):
    with ModelServer(LaunchOptions(model="lightonai/LightOnOCR-2-1B", revision="abc")) as server:
        with urllib.request.urlopen(f"{server.url}/models") as response:
            assert json.load(response)["data"][0]["id"] == "lightonai/LightOnOCR-2-1B"
        arguments = Path(f"/proc/{server._process.pid}/cmdline").read_text().split("\0")
        url = server.url
    assert "--no-enable-prefix-caching" in arguments
    assert arguments[arguments.index("--limit-mm-per-prompt") + 1] == '{"image": 1}'
    assert arguments[arguments.index("--mm-processor-cache-gb") + 1] == "0"
    assert arguments[arguments.index("--revision") + 1] == "abc"
    assert arguments[arguments.index("--max-model-len") + 1] == "8192"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{url}/models", timeout=2)


@pytest.mark.skipif(sys.platform != "linux", reason="the system must tell of a parent's end")
def test_a_server_ends_when_who_started_it_is_killed(vllm, tmp_path):
    told = tmp_path / "url"
    script = (
        "import pathlib, sys, time\n"
        "from leafbeam.remote.launch import LaunchOptions, ModelServer\n"
        "with ModelServer(LaunchOptions(model='m')) as server:\n"
        "    pathlib.Path(sys.argv[1]).write_text(server.url)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(told)])
    deadline = time.monotonic() + 60
    while not (told.exists() and told.read_text()):
        assert time.monotonic() < deadline
        assert parent.poll() is None
        time.sleep(0.05)
    url = told.read_text()
    urllib.request.urlopen(f"{url}/models", timeout=10).close()
    parent.kill()
    parent.wait()
    while True:
        try:
            urllib.request.urlopen(f"{url}/models", timeout=2).close()
        except OSError:
            break
        assert time.monotonic() < deadline, "it still answers"
        time.sleep(0.05)


def test_a_server_that_ends_at_once_shows_what_it_said(vllm):
    with pytest.raises(ReaderError, match="no such model"), ModelServer(LaunchOptions(extra=("--die",))):
        pass


def test_without_vllm_the_remedy_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingExtraError, match="pip install vllm"), ModelServer(LaunchOptions()):
        pass


@pytest.mark.parametrize(
    ("vllm_version", "transformers", "bad"),
    [
        ("0.10.2", "4.57.0", True),
        ("0.11.0", "4.57.0", True),
        ("0.11.1", "5.0.0", False),
        ("0.27.1", "5.10.0", True),
        ("0.27.1+cpu", "5.10.0", True),
        ("0.27.0", "5.10.0", False),
        ("0.27.10", "5.10.0", False),
        ("0.11.0rc1", "4.57.0", True),
        ("0.30.0", "5.19.0", True),  # a class renamed in 5.17 stays renamed
        ("0.30.0", "5.17.0", True),
        ("0.30.0", "5.17.3", True),
        ("0.30.1", "5.17.0", False),
        ("0.30.0", "5.16.1", False),
        ("0.32.0+cpu", "5.19.0", False),  # read pages of several sizes when it was tried
        ("0.33.0", "5.19.0", False),
    ],
)
def test_versions_known_to_break_are_told(vllm_version, transformers, bad):
    assert (known_breakage({"vllm": vllm_version, "transformers": transformers}) is not None) == bad
    assert known_breakage({}) is None


def test_drafts_ask_for_the_plug_in_and_say_so_to_clients():
    words = command(LaunchOptions(model="a/b", drafts=True), "vllm", 80)
    told = json.loads(words[words.index("--speculative-config") + 1])
    assert told["method"] == "custom_class"
    assert words[words.index("--served-model-name") + 1 :][:2] == ["a/b", DRAFTS_MODEL]
    plain = command(LaunchOptions(model="a/b"), "vllm", 80)
    assert not {"--speculative-config", "--scheduler-cls", "--served-model-name"} & set(plain)


def test_without_the_plug_in_drafts_name_the_remedy(vllm, monkeypatch):
    monkeypatch.setattr("leafbeam.remote.launch.versions_of", lambda program: {"vllm": "0.32.0"})
    with pytest.raises(MissingExtraError, match=r"plugins/vllm_drafts"), ModelServer(LaunchOptions(drafts=True)):
        pass
    with ModelServer(LaunchOptions(drafts=True, check_versions=False)) as server:
        assert server.url


def test_the_revision_on_the_disk_is_the_one_to_start(tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    model = tmp_path / "hub" / "models--some--model"
    assert stored_revision("some/model", {"HF_HOME": str(tmp_path)}) is None
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text(f"{commit}\n")
    assert stored_revision("some/model", {"HF_HOME": str(tmp_path)}) is None, "its files are not there"
    (model / "snapshots" / commit).mkdir(parents=True)
    assert stored_revision("some/model", {"HF_HOME": str(tmp_path)}) == commit
    assert stored_revision("some/model", {"HF_HUB_CACHE": str(tmp_path / "hub")}) == commit
    assert stored_revision("some/other", {"HF_HOME": str(tmp_path)}) is None
    assert stored_revision(str(tmp_path), {"HF_HOME": str(tmp_path)}) is None, "a folder has no revisions"
    (model / "refs" / "main").write_text("../../elsewhere")
    assert stored_revision("some/model", {"HF_HOME": str(tmp_path)}) is None


def test_bad_versions_stop_the_start(vllm, monkeypatch):
    monkeypatch.setattr("leafbeam.remote.launch.versions_of", lambda program: {"vllm": "0.27.1"})
    with pytest.raises(UsageError, match="loop"), ModelServer(LaunchOptions()):
        pass


def test_versions_are_those_of_the_commands_own_interpreter(vllm):
    assert "vllm" not in versions_of(str(vllm))  # it is not installed here; transformers may be
