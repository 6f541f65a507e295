"""The compiled picture encoder against the plain one."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

from leafbeam.engine.native.build import NotBuiltError, library  # noqa: E402
from leafbeam.engine.native.vision import NativeVision  # noqa: E402
from leafbeam.model.config import ModelConfig, TextConfig, VisionConfig  # noqa: E402
from leafbeam.model.lightonocr import LightOnOCR  # noqa: E402

SHAPE = ModelConfig(
    VisionConfig(width=256, layers=3, heads=4, mlp_width=384, image_px=560),
    TextConfig(width=128, layers=1, heads=2, kv_heads=1, head_width=64, mlp_width=128, vocabulary=64),
)


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    try:
        return library(tmp_path_factory.mktemp("kernels"))
    except NotBuiltError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = LightOnOCR(SHAPE).requires_grad_(False)
    for parameter in made.parameters():
        if parameter.dim() == 1:
            parameter.uniform_(0.5, 1.5)
        else:
            parameter.normal_(0, parameter[0].numel() ** -0.5)
    return made


@pytest.mark.parametrize(("height", "width"), [(28, 28), (56, 420), (14 * 31, 14 * 33), (560, 560)])
@pytest.mark.parametrize("threads", [1, 2])
@torch.inference_mode()
def test_pictures_are_encoded_as_near_the_truth_as_by_the_plain_layers(kernels, model, height, width, threads):
    picture = torch.randn(3, height, width, generator=torch.Generator().manual_seed(height + width))
    small = model.to(torch.bfloat16)
    fast = NativeVision(small, kernels, threads).encode(picture).float()
    plain = small.encode_images([picture])[0].float()
    exact = model.float().encode_images([picture.bfloat16()])[0]
    distance = (fast - exact).norm() / exact.norm()
    assert fast.shape == exact.shape
    assert distance < 2e-2
    assert distance < 1.2 * (plain - exact).norm() / exact.norm()


@torch.inference_mode()
def test_scores_that_grow_far_beyond_the_first_keys_are_told_apart(kernels, model):
    """Powers are taken over a score that is near the largest; it has to follow where later keys tower above it."""
    loud = copy.deepcopy(model)
    for layer in loud.vision_encoder.transformer.layers:
        layer.attention.q_proj.weight *= 300
        layer.ffn_norm.weight *= 0.1
    picture = torch.randn(3, 560, 560, generator=torch.Generator().manual_seed(5))
    small = loud.to(torch.bfloat16)
    fast = NativeVision(small, kernels, 1).encode(picture).float()
    plain = small.encode_images([picture])[0].float()
    exact = loud.float().encode_images([picture.bfloat16()])[0]
    assert fast.isfinite().all()
    assert (fast - exact).norm() < 1.2 * (plain - exact).norm()


def test_another_type_is_refused_with_its_reason(kernels, model):
    with pytest.raises(NotBuiltError, match="bf16"):
        NativeVision(model.float(), kernels, 1)


def test_the_library_is_compiled_once(kernels, tmp_path, monkeypatch):
    library(tmp_path)
    made = list(tmp_path.iterdir())
    assert [path.suffix for path in made] == [".so"]
    monkeypatch.setattr("leafbeam.engine.native.needs.COMPILERS", ())
    library(tmp_path)
    with pytest.raises(NotBuiltError, match="compiler"):
        library(tmp_path / "elsewhere")
