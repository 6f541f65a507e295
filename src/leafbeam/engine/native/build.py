"""Compiles the kernels for this processor and this PyTorch, once, and loads it."""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import torch

from leafbeam.engine.native.needs import compiler, lacking, without_compiler
from leafbeam.machine import cpu_features, cpu_name

SOURCES = tuple(Path(__file__).with_name(name) for name in ("packed.cpp", "text.cpp", "vision.cpp"))
_HEADERS = tuple(Path(__file__).with_name(name) for name in ("tiles.h", "packed.h"))
_FLAGS = ("-std=c++20", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")
_TIMEOUT_S = 300


class NotBuiltError(Exception):
    """Why the kernels are not to be had here. The plain path does the same more slowly."""


def library(folder: Path | None = None) -> ctypes.CDLL:
    """The compiled kernels, kept in ``folder`` (the user's cache when None) for the next time.

    Raises NotBuiltError when the processor lacks what they use, or when there is no compiler.
    """
    missing = lacking()
    if missing:
        raise NotBuiltError(missing)
    path = (folder or Path.home() / ".cache" / "leafbeam" / "kernels") / f"{_key()}.so"
    if not path.is_file():
        _compile(path)
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise NotBuiltError(f"{path} cannot be loaded: {error}") from error
    loaded.leafbeam_ready.restype = ctypes.c_int64
    if not loaded.leafbeam_ready():
        raise NotBuiltError("PyTorch multiplies no packed bf16 matrices on this processor")
    return loaded


def _key() -> str:
    """Changes with the source, the flags, PyTorch and the processor."""
    told = (torch.__version__, cpu_name(), *cpu_features(), *_FLAGS)
    source = b"".join(path.read_bytes() for path in (*_HEADERS, *SOURCES))
    return hashlib.sha256(source + "\n".join(told).encode()).hexdigest()[:24]


def _compile(path: Path) -> None:
    program = compiler()
    if program is None:
        raise NotBuiltError(without_compiler())
    root = Path(torch.__file__).parent
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".so", dir=path.parent)
    except OSError as error:
        raise NotBuiltError(f"{path.parent}: {error.strerror}") from error
    os.close(handle)
    made = Path(name)
    command = [program, *_FLAGS, f"-I{root / 'include'}", *map(str, SOURCES), "-o", name]
    command += [f"-L{root / 'lib'}", f"-Wl,-rpath,{root / 'lib'}", "-ltorch_cpu", "-lc10"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        if done.returncode:
            raise NotBuiltError(f"{program} could not compile the kernels: {done.stderr.strip()[-400:]}")
        made.replace(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuiltError(f"{program} could not compile the kernels: {error}") from error
    finally:
        made.unlink(missing_ok=True)
