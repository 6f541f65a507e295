"""The compiled decoder against the plain one."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

from leafbeam.engine.memory import PagedMemory, Part  # noqa: E402
from leafbeam.engine.native.build import NotBuiltError, library  # noqa: E402
from leafbeam.engine.native.text import NativeOptions, NativeText  # noqa: E402
from leafbeam.model.config import TextConfig  # noqa: E402
from leafbeam.model.text import Decoder  # noqa: E402
from leafbeam.options import Quantize  # noqa: E402

SHAPE = TextConfig(width=256, layers=3, heads=4, kv_heads=2, head_width=64, mlp_width=384, vocabulary=1000)
BLOCKS = 60
# New tokens of three sequences, pass by pass: prompts, chunks that begin at odd places, single steps and drafts.
PASSES = [(5, 130, 1), (200, 1, 0), (1, 1, 1), (17, 9, 33), (60, 100, 90), (9, 331, 0), (1, 64, 17), (40, 0, 0)]
HELD = [[3, 4, 5, 6, 7, 8, 9], [20, 1, 30, 2, 35, 59, 0, 41, 40, 22, 51], [10, 11, 39, 12]]  # in a row, and scattered


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    try:
        return library(tmp_path_factory.mktemp("kernels"))
    except NotBuiltError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def decoder():
    torch.manual_seed(0)
    made = Decoder(SHAPE).requires_grad_(False)
    for parameter in made.parameters():
        if parameter.dim() == 1:
            parameter.uniform_(0.5, 1.5)
        else:
            parameter.normal_(0, parameter[0].numel() ** -0.5)
    return made.bfloat16()


class Plain:
    """The plain decoder asked as the compiled one is."""

    def __init__(self, decoder):
        self.decoder = decoder
        self.memory = PagedMemory(SHAPE, BLOCKS, 64, decoder.embed_tokens.weight)

    def decode(self, x, parts):
        self.memory.prepare(parts)
        positions = torch.cat([torch.arange(part.kept, part.kept + part.new) for part in parts])
        return self.decoder(x.to(self.decoder.embed_tokens.weight.dtype), positions, self.memory)

    def logits(self, hidden):
        return self.decoder.logits(hidden)


def passes():
    generator = torch.Generator().manual_seed(1)
    kept = [0] * len(HELD)
    for new in PASSES:
        parts = [Part(blocks, before, count) for blocks, before, count in zip(HELD, kept, new, strict=True) if count]
        yield parts, torch.randn(sum(new), SHAPE.width, generator=generator).bfloat16()
        kept = [before + count for before, count in zip(kept, new, strict=True)]


def distance(found, exact):
    return float((found.float() - exact).norm() / exact.norm())


@pytest.mark.parametrize("threads", [1, 2, 3])
@torch.inference_mode()
def test_passes_are_as_near_the_truth_as_by_the_plain_layers(kernels, decoder, threads):
    fast = NativeText(decoder, kernels, NativeOptions(threads, BLOCKS))
    plain, exact = Plain(decoder), Plain(copy.deepcopy(decoder).float())
    for parts, x in passes():
        hidden = [one.decode(x, parts) for one in (fast, plain, exact)]
        logits = [one.logits(rows) for one, rows in zip((fast, plain, exact), hidden, strict=True)]
        for found, slow, truth in (hidden, logits):
            assert found.shape == truth.shape
            assert distance(found, truth) < 1.2 * distance(slow, truth) < 2e-2


def in_eight_bits(x):
    """Rows rounded to 255 steps between their own largest number and its negative."""
    step = x.abs().amax(-1, keepdim=True) / 127
    return (x / step).round() * step


def in_four_bits(x):
    """Rows rounded to 15 steps, whose size is a multiple of the row's own in each 64 numbers."""
    step = x.abs().amax(-1, keepdim=True)[..., None] / 126
    groups = x.unflatten(-1, (-1, 64))
    factor = (groups.abs().amax(-1, keepdim=True) / (7 * step)).round().clamp(1, 18)
    return ((groups / (step * factor)).round().clamp(-7, 7) * (step * factor)).flatten(-2)


class Rounded(torch.nn.Module):
    """The plain twin of a matrix in fewer bits: its columns rounded, everything else exact."""

    def __init__(self, linear, rounded):
        super().__init__()
        self.weight = torch.nn.Parameter(rounded(linear.weight.float()), requires_grad=False)

    def forward(self, x):
        return torch.nn.functional.linear(x, self.weight)


class RoundedPlain(Plain):
    """The plain decoder with every matrix replaced by its twin; the table of embeddings stays as it is."""

    def __init__(self, decoder, rounded):
        made = copy.deepcopy(decoder).float()
        self.head = Rounded(made.embed_tokens, in_eight_bits)
        for module in list(made.layers.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, torch.nn.Linear):
                    setattr(module, name, Rounded(child, rounded))
        super().__init__(made)

    def logits(self, hidden):
        return self.head(hidden)


@pytest.mark.parametrize(
    ("quantize", "rounded", "most"), [(Quantize.INT8, in_eight_bits, 4e-2), (Quantize.INT4, in_four_bits, 4e-1)]
)
@torch.inference_mode()
def test_fewer_bits_are_those_of_the_plain_twin(kernels, decoder, quantize, rounded, most):
    """As near to it as bf16 is to float32, and nearer than the twin is to the truth."""
    fast = NativeText(decoder, kernels, NativeOptions(2, BLOCKS, quantize))
    twin, exact, plain = RoundedPlain(decoder, rounded), Plain(copy.deepcopy(decoder).float()), Plain(decoder)
    for parts, x in passes():
        hidden, expected, truth, slow = (one.decode(x, parts) for one in (fast, twin, exact, plain))
        assert distance(expected, truth) < most
        assert distance(hidden, expected) < 2 * distance(slow, truth) < 2e-2
        assert distance(hidden, truth) < 1.3 * distance(expected, truth)
        scores, wanted = fast.logits(hidden), twin.logits(hidden.float())
        assert distance(scores, wanted) < 1e-3


@torch.inference_mode()
def test_weights_that_are_given_up_are_not_needed_any_more(kernels, decoder):
    own = copy.deepcopy(decoder)
    kept = NativeText(decoder, kernels, NativeOptions(1, BLOCKS))
    alone = NativeText(own, kernels, NativeOptions(1, BLOCKS, drop=True))
    assert {parameter.device.type for parameter in own.layers.parameters()} == {"meta"}
    ids = torch.tensor([0, 1, 31, 32, 999, 500])
    assert torch.equal(own.embed_tokens(ids), decoder.embed_tokens(ids))
    for parts, x in passes():
        hidden = kept.decode(x, parts)
        assert torch.equal(alone.decode(x, parts), hidden)
        assert torch.equal(alone.logits(hidden), kept.logits(hidden))


@torch.inference_mode()
def test_tokens_do_not_depend_on_the_pass_they_come_in(kernels, decoder):
    """Each row's sums are taken in one order, whatever stands beside it: drafts cannot change what is written."""
    whole, single = (NativeText(decoder, kernels, NativeOptions(2, BLOCKS)) for _ in range(2))
    x = torch.randn(300, SHAPE.width, generator=torch.Generator().manual_seed(3)).bfloat16()
    together = whole.decode(x[:40], [Part(HELD[1], 0, 40)])
    one_by_one = torch.cat([single.decode(x[at : at + 1], [Part(HELD[1], at, 1)]) for at in range(40)])
    assert torch.equal(together, one_by_one)
    assert torch.equal(whole.logits(together), torch.cat([single.logits(row[None]).clone() for row in one_by_one]))


@torch.inference_mode()
def test_another_type_or_shape_is_refused_with_its_reason(kernels, decoder):
    with pytest.raises(NotBuiltError, match="bf16"):
        NativeText(copy.deepcopy(decoder).float(), kernels, NativeOptions(1, 4))
    odd = Decoder(TextConfig(width=96, layers=1, heads=2, kv_heads=1, head_width=64, mlp_width=64, vocabulary=64))
    with pytest.raises(NotBuiltError, match="64"):
        NativeText(odd.bfloat16(), kernels, NativeOptions(1, 4))
