"""What this machine can run: looked up, never tried out, and nothing heavy is imported."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from leafbeam import __version__, machine
from leafbeam.engine.native.needs import compiler, lacking, without_compiler
from leafbeam.errors import ReaderError
from leafbeam.model.catalogue import CATALOGUE
from leafbeam.model.store import located, missing_libraries

_WEIGHTS = Path(__file__).parent / "offline" / "weights"
_SUMS = _WEIGHTS / "SHA256SUMS"
_ENGINES = ("openvino", "onnxruntime")
_LIBRARIES = {  # by the name that pip knows: the module, which another build of OpenCV brings as well
    "numpy": "numpy",
    "opencv-python-headless": "cv2",
    "pypdfium2": "pypdfium2",
    "pikepdf": "pikepdf",
    "pillow": "PIL",
    "pyclipper": "pyclipper",
    "rapidocr": "rapidocr",
    "markdown-it-py": "markdown_it",
    "rich": "rich",
    "typer": "typer",
}
_PROGRAMS = {
    "tesseract": "reads black letter and scripts that the models lack, with its data for them "
    "(apt-get install tesseract-ocr tesseract-ocr-frk for black letter, -rus for Russian, -ell for Greek, ...)",
    "chromium": "only the tests use it",
}
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``ok`` is None for what is only told. ``note`` names the remedy when it is not ok."""

    group: str
    name: str
    note: str
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was looked at; ``exit_code`` is 0 when the offline reader can run."""

    items: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0, or the code of ReaderError when something that is needed is missing or damaged."""
        return ReaderError.exit_code if any(item.ok is False for item in self.items) else 0

    def lines(self) -> list[str]:
        """One line each, under the names of their groups."""
        lines: list[str] = []
        width = max(len(item.name) for item in self.items)
        for group in dict.fromkeys(item.group for item in self.items):
            lines.append(group)
            for item in self.items:
                if item.group == group:
                    mark = {True: "ok", False: "NO", None: "--"}[item.ok]
                    lines.append(f"  {mark}  {item.name:<{width}}  {item.note}")
        return lines


def examine() -> Findings:
    """Look at the machine and the installation. The models' hashes are computed."""
    needed = [*_engines(), *_libraries(), *_models()]
    return Findings((*_machine(), *needed, *_optional(), _reader(needed), *_local()))


def _machine() -> list[Finding]:
    total, free = machine.total_memory(), machine.available_memory()
    memory = f"{total / _GIB:.1f} GiB" if total else "unknown"
    memory += f", {free / _GIB:.1f} GiB available" if free is not None else ""
    features = " ".join(machine.cpu_features())
    speed = "bfloat16 recognition" if "amx_bf16" in features or "avx512_bf16" in features else "32-bit recognition"
    return [
        Finding("machine", "leafbeam", __version__),
        Finding("machine", "python", f"{platform.python_version()} ({sys.executable})", sys.version_info >= (3, 11)),
        Finding("machine", "system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        Finding("machine", "processor", machine.cpu_name() or platform.processor() or "unknown"),
        Finding("machine", "extensions", f"{features or 'none that the engines use'}: {speed}"),
        Finding("machine", "cores", str(machine.usable_cores())),
        Finding("machine", "memory", memory),
    ]


def _engines() -> list[Finding]:
    found = {name: _version(name) for name in _ENGINES}
    notes = {
        "openvino": "not installed: recognition is about three times slower; pip install openvino",
        "onnxruntime": "not installed; pip install onnxruntime",
    }
    needed = any(found.values())
    return [
        Finding("engines", name, version or notes[name], True if version else (None if needed else False))
        for name, version in found.items()
    ]


def _libraries() -> list[Finding]:
    findings = []
    for name, module in _LIBRARIES.items():
        there = importlib.util.find_spec(module) is not None
        note = (_version(name) or "from another package") if there else f"missing; pip install {name}"
        findings.append(Finding("libraries", name, note, there))
    return findings


def _models() -> list[Finding]:
    findings = []
    for line in _SUMS.read_text("ascii").splitlines():
        expected, name = line.split()
        path = _model_path(name)
        if path is None:
            findings.append(Finding("models", name, "missing; reinstall leafbeam with its dependencies", False))
            continue
        sound = hashlib.sha256(path.read_bytes()).hexdigest() == expected
        size = f"{path.stat().st_size / 1e6:.1f} MB"
        note = f"{size}, hash as expected" if sound else f"{size}, not the expected content; reinstall its package"
        findings.append(Finding("models", name, note, sound))
    return findings


def _model_path(name: str) -> Path | None:
    """The file in the package, or in the rapidocr package, which brings the larger recognition models."""
    spec = importlib.util.find_spec("rapidocr")
    places = [_WEIGHTS] + ([Path(spec.origin).parent / "models"] if spec and spec.origin else [])
    return next((place / name for place in places if (place / name).is_file()), None)


def _optional() -> list[Finding]:
    programs = [
        Finding("optional", name, f"{shutil.which(name) or 'not found'}; {use}") for name, use in _PROGRAMS.items()
    ]
    return [*programs, Finding("optional", "tesseract data", _tesseract_data()), Finding("optional", "gpu", _gpu())]


def _tesseract_data() -> str:
    """The languages that Tesseract has data for."""
    tool = shutil.which("tesseract")
    if tool is None:
        return "none"
    try:
        done = subprocess.run([tool, "--list-langs"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "it does not tell"
    return ", ".join(line.strip() for line in done.stdout.splitlines()[1:]) or "none"


def _gpu() -> str:
    """What the driver's own tool lists; torch is not imported for this."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "none found; the offline reader runs on the processor"
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return "a driver, but no GPU answers"
    return "; ".join(line.split(" (UUID")[0] for line in listed.splitlines()) + "; not used by the offline reader"


def _reader(needed: list[Finding]) -> Finding:
    broken = [item.name for item in needed if item.ok is False]
    note = f"cannot run: {', '.join(broken)}" if broken else "profiles accurate and fast"
    return Finding("readers", "offline", note, not broken)


def _local() -> list[Finding]:
    """The reader in this process is extra: what it lacks is told, and keeps nothing else from running."""
    missing = missing_libraries()
    here = [entry.name for entry in CATALOGUE if "huggingface_hub" not in missing and located(entry)]
    note = f"needs {', '.join(missing)}: pip install 'leafbeam[local]'"
    if not missing:
        note = (
            f"models here: {', '.join(here)}" if here else "no model is here yet: leafbeam models pull LightOnOCR-2-1B"
        )
    program, lack = compiler(), lacking()
    kernels = lack or (f"compiled by {program} when first used" if program else without_compiler())
    if lack or not program:
        kernels += "; PyTorch does the same more slowly"
    torch = _version("torch") or "not installed: pip install 'leafbeam[local]'"
    return [
        Finding("readers", "local", note, True if here and not missing else None),
        Finding("readers", "torch", torch, True if _version("torch") else None),
        Finding("readers", "kernels", kernels, None if lack or not program else True),
    ]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
