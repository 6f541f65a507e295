"""What the machine offers, from made-up system files."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafbeam import machine


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of system files that stand for the real ones."""
    real = machine._text
    monkeypatch.setattr(machine, "_text", lambda path: real(tmp_path / path.name))
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    return tmp_path


def test_memory_is_what_the_machine_and_the_container_leave(system: Path) -> None:
    assert machine.available_memory() is None
    (system / "meminfo").write_text("MemTotal: 4000 kB\nMemAvailable:    3000 kB\n")
    assert machine.available_memory() == 3000 * 1024
    assert machine.total_memory() == 4000 * 1024
    (system / "memory.max").write_text("max\n")
    (system / "memory.current").write_text("1000\n")
    assert machine.available_memory() == 3000 * 1024
    (system / "memory.max").write_text("5000\n")
    assert machine.available_memory() == 4000
    (system / "memory.max").write_text("500\n")
    assert machine.available_memory() == 0


def test_cores_are_what_affinity_and_quota_leave(system: Path) -> None:
    assert machine.usable_cores() == 8
    (system / "cpu.max").write_text("max 100000\n")
    assert machine.usable_cores() == 8
    (system / "cpu.max").write_text("250000 100000\n")
    assert machine.usable_cores() == 2
    (system / "cpu.max").write_text("20000 100000\n")
    assert machine.usable_cores() == 1


def ticks(*busy: int, whole: int = 0) -> str:
    """/proc/stat of cores that were busy so long of ``whole`` ticks."""
    return "\n".join(["cpu 0 0 0 0", *(f"cpu{core} {own} 0 0 {whole - own} 0 0 0 0" for core, own in enumerate(busy))])


@pytest.mark.parametrize(
    ("busy", "free"),
    [([0] * 8, 8), ([20] * 8, 8), ([900, 900, *[0] * 6], 6), ([1000] * 8, 1), ([300] * 4 + [0] * 4, 7)],
)
def test_free_cores_are_those_that_others_leave(
    system: Path, monkeypatch: pytest.MonkeyPatch, busy: list[int], free: int
) -> None:
    (system / "stat").write_text(ticks(*[0] * 8))
    monkeypatch.setattr("time.sleep", lambda _: (system / "stat").write_text(ticks(*busy, whole=1000)))
    monkeypatch.setattr("os.times", lambda: (0.0, 0.0, 0.0, 0.0, 0.0))
    assert machine.free_cores() == free
    (system / "cpu.max").write_text("100000 100000\n")
    assert machine.free_cores() == 1


def test_this_process_does_not_count_as_another(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([(1.0, 0.0, 0.0, 0.0, 0.0), (1.3, 0.1, 0.0, 0.0, 0.0)])
    (system / "stat").write_text(ticks(*[0] * 8))
    monkeypatch.setattr("time.sleep", lambda _: (system / "stat").write_text(ticks(20, 20, *[0] * 6, whole=20)))
    monkeypatch.setattr("os.times", lambda: next(times))
    assert machine.free_cores(0.2) == 8


def test_where_the_system_does_not_tell_all_cores_are_free(system: Path) -> None:
    assert machine.free_cores(0.001) == 8


def test_the_processor_is_named_with_the_features_that_count(system: Path) -> None:
    assert (machine.cpu_name(), machine.cpu_features()) == ("", ())
    (system / "cpuinfo").write_text("model name\t: Some CPU: fast\nflags\t\t: fpu avx2 sse amx_bf16\n")
    assert machine.cpu_name() == "Some CPU: fast"
    assert machine.cpu_features() == ("avx2", "amx_bf16")
