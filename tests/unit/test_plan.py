"""What a run of the local reader will use, from made-up machines."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

from leafbeam.errors import LimitError, UsageError  # noqa: E402
from leafbeam.local import plan as planning  # noqa: E402
from leafbeam.local.plan import make_plan  # noqa: E402
from leafbeam.model.config import ModelConfig  # noqa: E402
from leafbeam.model.lightonocr import LightOnOCR  # noqa: E402
from leafbeam.model.pictures import PictureRules, SizeRule  # noqa: E402
from leafbeam.options import Device, LocalOptions, NumberType, Quantize  # noqa: E402

CONFIG = ModelConfig()
RULES = PictureRules(SizeRule.TOKEN, 1540, 14, 2)
GIB = 1 << 30


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Eight idle cores with bf16, 16 GiB free, no other device."""
    monkeypatch.setattr(planning, "free_cores", lambda: 8)
    monkeypatch.setattr(planning, "usable_cores", lambda: 8)
    monkeypatch.setattr(planning, "available_memory", lambda: 16 * GIB)
    monkeypatch.setattr(planning, "cpu_features", lambda: ("avx512f", "avx512_bf16"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def made(most=4096, **options):
    return make_plan(LocalOptions(**options), CONFIG, RULES, most)


def test_memory_is_within_what_is_asked_for_and_sums_up():
    for asked in (5.0, 6.0, 12.0):
        plan = made(memory_gb=asked)
        assert plan.weights_bytes + plan.work_bytes + plan.cache_bytes <= asked * GIB
    assert made(memory_gb=5.0).blocks < made(memory_gb=12.0).blocks
    assert made(memory_gb=5.0).pages < made(memory_gb=12.0).pages


def test_memory_that_is_free_is_not_used_up():
    plan = made(pages=64)
    assert 0.7 * 16 * GIB < plan.weights_bytes + plan.work_bytes + plan.cache_bytes <= 0.8 * 16 * GIB


def test_too_little_memory_for_one_page_is_said_with_what_it_needs():
    with pytest.raises(LimitError, match=r"--memory 2 is too little: one page needs about [3-9]\.\d GB in bfloat16"):
        made(memory_gb=2)


def test_a_page_more_is_begun_only_where_half_of_it_fits():
    plan = made(memory_gb=5.0, pages=32)
    page_blocks = -(-(110 * 110 // 4 + 64 + 4096) // 64)
    assert plan.pages == plan.blocks * 2 // page_blocks
    assert made(pages=3).pages == 3


def test_weights_are_counted_as_the_runner_keeps_them():
    with torch.device("meta"):
        stored = sum(parameter.numel() for parameter in LightOnOCR(CONFIG).parameters())
    table = CONFIG.text.vocabulary * CONFIG.text.width
    assert made(kernels=False).weights_bytes == 2 * stored
    assert made(dtype=NumberType.FLOAT32).weights_bytes == 4 * stored
    assert made().weights_bytes == 2 * stored
    small = made(quantize=Quantize.INT8).weights_bytes
    decoder = sum(p.numel() for p in LightOnOCR(CONFIG).language_model.layers.parameters()) + table
    assert small == pytest.approx(2 * (stored + table) - decoder, rel=0.003)


def test_the_number_type_is_the_chip_s(monkeypatch):
    assert made().dtype is torch.bfloat16
    monkeypatch.setattr(planning, "cpu_features", lambda: ("avx2",))
    assert made().dtype is torch.float32
    assert made(dtype=NumberType.BF16).dtype is torch.bfloat16


def test_threads_are_the_free_cores_unless_they_are_given(monkeypatch):
    monkeypatch.setattr(planning, "free_cores", lambda: 3)
    assert made().threads == 3
    assert "3 threads for 8 cores" in made().described("a model")
    assert made(threads=8).threads == 8


def test_a_device_that_is_not_here_is_refused_with_what_is():
    with pytest.raises(UsageError, match="--device cuda: not on this machine"):
        made(device=Device.CUDA)


def test_the_sentence_names_device_type_and_drift():
    said = made(quantize=Quantize.INT8, memory_gb=6.0).described("LightOnOCR-2-1B")
    assert said.startswith(
        "LightOnOCR-2-1B on cpu in bfloat16 with the decoder in int8 (on random weights its scores move by"
    )
    assert "8 threads, " in said
    assert " GB" in said


def test_fewer_bits_are_refused_where_the_kernels_cannot_run():
    with pytest.raises(UsageError, match="not cpu in float32"):
        made(quantize=Quantize.INT4, dtype=NumberType.FLOAT32)
    with pytest.raises(UsageError, match="quantize is int8"):
        made(quantize=Quantize.INT8, kernels=False)


def test_every_kind_of_quantised_weights_has_its_drift_told():
    assert set(planning._DRIFTS) == set(Quantize) - {Quantize.NONE}
