"""The command ``leafbeam models``, in this process; what it calls is tested with the store."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from leafbeam import cli
from leafbeam.errors import MissingExtraError, ReaderError, UsageError
from leafbeam.model import store
from leafbeam.model.catalogue import CATALOGUE

run = CliRunner().invoke


def test_the_help_loads_nothing_heavy():
    heavy = "torch", "transformers", "huggingface_hub", "tokenizers", "safetensors", "jinja2"
    code = f"import sys, leafbeam.cli; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    assert "make-tiny" in run(cli.app, ["models", "--help"]).stdout


@pytest.mark.skipif(bool(store.missing_libraries()), reason="needs torch: pip install 'leafbeam[local]'")
def test_make_tiny_path_verify(tmp_path):
    folder = tmp_path / "tiny"
    result = run(cli.app, ["models", "make-tiny", str(folder)])
    assert (result.exit_code, result.stdout.strip()) == (0, str(folder))
    assert "means nothing" in result.stderr
    assert run(cli.app, ["models", "path", str(folder)]).stdout.strip() == str(folder)
    result = run(cli.app, ["models", "verify", str(folder)])
    assert result.exit_code == 0
    assert "unchecked  model.safetensors" in result.stdout
    assert result.stdout.splitlines()[-1] == "good       all names and shapes of weights"
    (folder / "model.safetensors").write_bytes(b"")
    assert isinstance(run(cli.app, ["models", "verify", str(folder)]).exception, ReaderError)


@pytest.mark.skipif(bool(store.missing_libraries()), reason="needs huggingface_hub: pip install 'leafbeam[local]'")
def test_list_and_path_look_only_at_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    lines = run(cli.app, ["models", "list"]).stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[entry.name, "-"] for entry in CATALOGUE]
    entry = CATALOGUE[0]
    folder = tmp_path / f"models--{entry.repo.replace('/', '--')}" / "snapshots" / str(entry.revision)
    folder.mkdir(parents=True)
    (folder / "config.json").touch()
    (folder / "model.safetensors").touch()
    assert run(cli.app, ["models", "list"]).stdout.splitlines()[0].split()[1] == "here"
    assert run(cli.app, ["models", "path", "3-1b"]).stdout.strip() == str(folder)
    failed = run(cli.app, ["models", "path", "2-1b"]).exception
    assert isinstance(failed, ReaderError)
    assert "leafbeam models pull LightOnOCR-2-1B" in str(failed)
    assert isinstance(run(cli.app, ["models", "pull", "nothing"]).exception, UsageError)


def test_without_the_extra_the_remedy_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(store, "missing_libraries", lambda: ("torch", "huggingface_hub"))
    for arguments in (["make-tiny", str(tmp_path / "x")], ["pull", "2-1b"], ["list"]):
        failed = run(cli.app, ["models", *arguments]).exception
        assert isinstance(failed, MissingExtraError)
        assert "pip install 'leafbeam[local]'" in str(failed)
