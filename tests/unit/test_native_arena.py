"""Memory that is given up: what lies in a mapped file of weights leaves this process, everything else stays."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

from safetensors import safe_open  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from leafbeam.engine.native.arena import Arena, forget_pages, give_up  # noqa: E402


def resident_of(path: Path) -> int:
    """Kilobytes of a mapped file that this process has in memory."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    starts = [at for at, line in enumerate(lines) if line.endswith(str(path))]
    found = [next(line for line in lines[at:] if line.startswith("Rss:")) for at in starts]
    return sum(int(line.split()[1]) for line in found)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_mapped_weight_leaves_memory_and_is_read_again(tmp_path):
    path = tmp_path / "model.safetensors"
    weight = torch.arange(1 << 20, dtype=torch.int32)
    save_file({"weight": weight}, path)
    with safe_open(path, framework="pt") as file:
        mapped = file.get_tensor("weight")
    assert torch.equal(mapped, weight)
    before = resident_of(path)
    assert before >= 4096
    forget_pages(mapped)
    assert resident_of(path) < before / 8
    assert torch.equal(mapped, weight)


def test_weights_that_no_file_holds_stay():
    weight = torch.arange(1 << 20)
    forget_pages(weight)
    assert torch.equal(weight, torch.arange(1 << 20))


def test_a_module_that_was_given_up_keeps_its_shapes():
    module = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.Linear(4, 2, bias=False))
    shapes = {name: parameter.shape for name, parameter in module.named_parameters()}
    give_up(module)
    assert {name: parameter.shape for name, parameter in module.named_parameters()} == shapes
    assert all(parameter.is_meta for parameter in module.parameters())


def test_an_arena_hands_out_its_pieces_in_order_and_no_more_than_it_has():
    arena = Arena(64 + 128)
    first, second = arena.take(3, torch.int8), arena.take(20, torch.float32)
    first.fill_(7)
    assert second.tolist() == [0] * 20
    assert (first.data_ptr() % 64, second.data_ptr() - first.data_ptr()) == (0, 64)
    with pytest.raises(AssertionError):
        arena.take(100, torch.int8)
