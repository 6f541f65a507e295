"""The installed command with the model in its own process: random weights, so it is the way that is tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the local reader's extra is not installed")

from leafbeam.engine.native.needs import compiler, lacking
from leafbeam.model.tiny import make_tiny

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("tiny"))


def leafbeam(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leafbeam", "read", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280)


@pytest.mark.parametrize(("kernels", "quantize"), [(True, "none"), (False, "none"), (True, "int8")])
def test_pages_are_read_and_each_says_how_it_went(checkpoint, tmp_path, kernels, quantize):
    if quantize != "none" and (lacking() or not compiler()):
        pytest.skip("no kernels here")
    options = tmp_path / "options.toml"
    options.write_text(
        f'[local]\nkernels = {str(kernels).lower()}\nquantize = "{quantize}"\nthreads = 1\nattempts = 2\n'
    )
    inputs = (EXAMPLES / "receipt.jpg", EXAMPLES / "scan.jpg")
    run = leafbeam(
        *inputs, "--reader", "local", "--model", checkpoint, "--options", options, "-o", tmp_path, "--to", "md,json"
    )
    assert run.returncode in (0, 10), run.stderr  # 10: a random answer may be a loop, which is told
    assert "pages at once" in run.stderr
    assert "Traceback" not in run.stderr
    for name in ("receipt", "scan"):
        page = json.loads((tmp_path / f"{name}.json").read_text())["pages"][0]
        assert page["reading"]["reader"].startswith("local")
        assert page["reading"]["usage"]["tokens_out"] > 0
        assert page["reading"]["usage"]["attempts"] >= 1
        usage = page["reading"]["usage"]
        assert 0 < usage["steps"] <= usage["tokens_out"] + usage["attempts"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--model", "LightOnOCR-2-1B-nowhere"), 2, "unknown model"),
        (("--memory", "0.05"), 3, "--memory"),
        (("--device", "toaster"), 2, "cpu"),
        (("--quantize", "int8", "--dtype", "float32"), 2, "bf16"),
    ],
)
def test_what_cannot_be_run_is_told_with_its_remedy(checkpoint, arguments, code, told):
    model = () if "--model" in arguments else ("--model", checkpoint)
    run = leafbeam(EXAMPLES / "receipt.jpg", "--reader", "local", *model, *arguments)
    assert run.returncode == code, run.stderr
    assert told in run.stderr
    assert "Traceback" not in run.stderr
