"""What this machine offers: cores, memory, processor features. Standard library only; every answer is a fresh look."""

from __future__ import annotations

import os
import time
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_CPU_FEATURES = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16", "amx_int8")


def usable_cores() -> int:
    """Cores this process may run on: affinity and the container's CPU quota, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _words(_CGROUP / "cpu.max")
    if len(quota) == 2 and quota[0].isdigit():
        cores = min(cores, max(1, round(int(quota[0]) / int(quota[1]))))
    return cores


def free_cores(moment_s: float = 0.2) -> int:
    """Of the usable cores, those that other programs leave idle while it looks for a moment; at least 1.

    All of them where the system does not tell. Whoever shares a core makes every thread wait that works in step with
    the one on that core.
    """
    usable = usable_cores()
    before = _core_ticks()
    own = sum(os.times()[:2])
    time.sleep(moment_s)
    after = _core_ticks()
    own = sum(os.times()[:2]) - own
    spent = [(after[core][0] - busy, after[core][1] - all_) for core, (busy, all_) in before.items() if core in after]
    taken = sum(busy / all_ for busy, all_ in spent if all_ > 0) - own / moment_s
    return min(usable, max(1, round(max(usable, len(spent)) - max(taken, 0.0))))


def available_memory() -> int | None:
    """Bytes that can be used without swapping, within the container's limit; None where the system does not tell."""
    amounts = [amount for amount in (_meminfo("MemAvailable"), _cgroup_headroom()) if amount is not None]
    return min(amounts, default=None)


def total_memory() -> int | None:
    """Bytes of memory of the machine; None where the system does not tell."""
    return _meminfo("MemTotal")


def cpu_name() -> str:
    """The processor as it calls itself, or an empty string."""
    return _cpuinfo("model name")


def cpu_features() -> tuple[str, ...]:
    """The vector and matrix extensions that the readers' engines use, as Linux names them."""
    flags = set(_cpuinfo("flags").split())
    return tuple(name for name in _CPU_FEATURES if name in flags)


def _core_ticks() -> dict[int, tuple[int, int]]:
    """Ticks that each core this process may run on was busy, and ticks in all, since the machine started."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    ticks: dict[int, tuple[int, int]] = {}
    for line in _text(Path("/proc/stat")).splitlines():
        name, *numbers = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in allowed:
            counts = [int(number) for number in numbers[:8]]  # guests are counted among the users
            ticks[int(name[3:])] = sum(counts) - sum(counts[3:5]), sum(counts)
    return ticks


def _cgroup_headroom() -> int | None:
    limit, used = _words(_CGROUP / "memory.max"), _words(_CGROUP / "memory.current")
    if limit and used and limit[0].isdigit() and used[0].isdigit():
        return max(0, int(limit[0]) - int(used[0]))
    return None


def _meminfo(key: str) -> int | None:
    for line in _text(Path("/proc/meminfo")).splitlines():
        name, _, rest = line.partition(":")
        if name == key:
            return int(rest.split()[0]) * 1024
    return None


def _cpuinfo(key: str) -> str:
    for line in _text(Path("/proc/cpuinfo")).splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == key:
            return rest.strip()
    return ""


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
