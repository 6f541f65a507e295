"""What compiling the kernels takes. Standard library only, so that it can be told without PyTorch."""

from __future__ import annotations

import shutil

from leafbeam.machine import cpu_features

FEATURES = ("avx512f", "avx512_bf16")
COMPILERS = ("g++", "clang++", "c++")


def compiler() -> str | None:
    """The C++ compiler that is on the path, the first of those known."""
    return next((found for name in COMPILERS if (found := shutil.which(name))), None)


def lacking() -> str | None:
    """What the processor lacks of what the kernels use; None when nothing."""
    missing = [name for name in FEATURES if name not in cpu_features()]
    return f"this processor has no {' and no '.join(missing)}" if missing else None


def without_compiler() -> str:
    """That there is none, and what to do."""
    return f"there is no C++ compiler ({', '.join(COMPILERS)}); Debian: apt-get install g++"
