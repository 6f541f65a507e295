# ruff: noqa: E402  what needs torch is imported once it is known to be there
"""Pictures, prompts and the pieces of the network, each against what it says it is."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'leafbeam[local]'")

from hypothesis import given
from hypothesis import strategies as st
from tiny_models import noise, tiny

from leafbeam.errors import ReaderError
from leafbeam.model.checkpoint import open_checkpoint
from leafbeam.model.layers import attention, frequencies, rotate, turn
from leafbeam.model.pictures import PictureRules, SizeRule, fitted_size, prepare
from leafbeam.model.projector import PatchMerger
from leafbeam.model.tiny import RandomOptions
from leafbeam.model.tokens import Tokens
from leafbeam.model.vision import Grid, cut_patches, patch_angles

RULES = PictureRules()


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    return open_checkpoint(tiny(tmp_path_factory.mktemp("tokens"), RandomOptions())).tokens


@pytest.mark.parametrize(
    ("page", "patch", "token"),
    [
        ((2200, 1700), (1540, 1190, 2310), (1540, 1204, 2365)),  # US Letter at 200 dots per inch
        ((2339, 1654), (1540, 1092, 2145), (1540, 1092, 2145)),  # A4
        ((2800, 1700), (1540, 938, 1815), (1540, 952, 1870)),  # US Legal
        ((1540, 1540), (1540, 1540, 3025), (1540, 1540, 3025)),
        ((1600, 600), (1540, 588, 1155), (1540, 588, 1155)),  # a receipt
        ((1100, 850), (1106, 854, 1170), (1120, 868, 1240)),  # not enlarged, but for the rounding
    ],
)
def test_both_rules_on_usual_pages(page, patch, token):
    """Sizes and tokens as transformers and vLLM have them."""
    for rule, (height, width, count) in ((SizeRule.PATCH, patch), (SizeRule.TOKEN, token)):
        assert fitted_size(*page, RULES, rule) == (height, width)
        assert (height // 28) * (width // 28) == count


@given(st.integers(1, 6000), st.integers(1, 6000), st.sampled_from(SizeRule))
def test_a_fitted_size_is_whole_patches_within_the_bound(height, width, rule):
    fitted = fitted_size(height, width, RULES, rule)
    step = 14 if rule is SizeRule.PATCH else 28
    assert all(side % step == 0 and 28 <= side <= 1540 for side in fitted)
    if max(height, width) <= 1540 and min(height, width) >= 28:
        assert all(0 <= new - old < step for new, old in zip(fitted, (height, width), strict=True))


def test_a_picture_says_what_it_is():
    pixels = noise(100, 60)
    own, other = prepare(pixels, RULES), prepare(pixels, RULES, SizeRule.TOKEN)
    assert (own.pixels_CHW.shape, own.tokens, own.rule) == ((3, 112, 70), 8, SizeRule.PATCH)
    assert (other.pixels_CHW.shape, other.tokens, other.rule) == ((3, 112, 84), 12, SizeRule.TOKEN)
    assert own.pixels_CHW.dtype == np.float32
    white = prepare(np.full((56, 28, 3), 255, np.uint8), RULES).pixels_CHW
    expected = (1 - np.array(RULES.mean_C)) / np.array(RULES.deviation_C)
    assert np.abs(white - expected[:, None, None]).max() < 1e-6


def test_the_prompt(tokens):
    assert tokens.render(1) == (
        "<|im_start|>system<|im_end|>\n<|im_start|>user\n<|image_pad|><|im_end|>\n<|im_start|>assistant\n"
    )
    ids = tokens.prompt([6])
    assert ids.count(tokens.image_token) == 6
    assert tokens.prompt([0]) == tuple(token for token in ids if token != tokens.image_token)
    with_word = tokens.prompt([6], "grounding")
    assert "<|image_pad|>grounding\n<|im_end|>" in tokens.tokenizer.decode(list(with_word), skip_special_tokens=False)
    assert tokens.prompt([2, 3]).count(tokens.image_token) == 5


def test_a_template_that_does_not_fit_is_refused(tokens):
    with pytest.raises(ReaderError, match="0 places for 1"):
        Tokens(tokens.tokenizer, "no picture", tokens.image_token).prompt([4])
    with pytest.raises(ReaderError, match="cannot be rendered"):
        Tokens(tokens.tokenizer, "{{ 1 +", tokens.image_token).prompt([4])
    with pytest.raises(ReaderError, match="cannot be rendered"):
        Tokens(tokens.tokenizer, "{{ messages.__class__.__mro__ }}", tokens.image_token).prompt([4])


@given(text=st.text(max_size=60))
def test_text_survives_its_tokens(tokens, text):
    plain = text.replace("<|", "")
    assert tokens.decode(tokens.encode(plain)) == unicodedata.normalize("NFC", plain)


def test_special_tokens_are_left_out_of_text(tokens):
    assert tokens.decode(tokens.encode("a table<|im_end|>")) == "a table"


@given(st.integers(1, 5), st.integers(1, 5))
def test_patches_are_the_convolution(rows, columns):
    generator = torch.Generator().manual_seed(rows * 10 + columns)
    pixels = torch.randn(3, rows * 14, columns * 14, generator=generator, dtype=torch.float64)
    kernel = torch.randn(8, 3, 14, 14, generator=generator, dtype=torch.float64)
    patches, grid = cut_patches(pixels, 14)
    assert grid == Grid(rows, columns)
    convolved = torch.nn.functional.conv2d(pixels[None], kernel, stride=14)[0].flatten(1).T
    assert torch.allclose(patches @ kernel.flatten(1).T, convolved)


@given(st.integers(2, 7), st.integers(2, 7))
def test_merging_takes_squares_and_drops_what_is_left_over(rows, columns):
    merger = PatchMerger(2, 2)
    squares = merger._squares(torch.arange(rows * columns * 2).view(-1, 2), Grid(rows, columns))
    assert squares.shape == ((rows // 2) * (columns // 2), 8)
    first = 2 * torch.tensor([0, 1, columns, columns + 1])
    assert squares[0].tolist() == [*first.tolist(), *(first + 1).tolist()]


def test_positions_turn_and_keep_lengths():
    angles = patch_angles([Grid(3, 2), Grid(1, 4)], 64, 1e4, torch.device("cpu"))
    assert angles.shape == (10, 32)
    assert angles[0].abs().max() == 0
    assert torch.equal(angles[5, :16], 2 * frequencies(64, 1e4, torch.device("cpu"))[0::2])  # row 2
    assert torch.equal(angles[9, 16:], 3 * frequencies(64, 1e4, torch.device("cpu"))[1::2])  # column 3
    x = torch.randn(10, 2, 64)
    turned = rotate(x, *turn(angles, torch.float32))
    assert torch.allclose(turned.norm(dim=-1), x.norm(dim=-1), rtol=1e-5)
    assert torch.equal(turned[0], x[0])


def test_attention_is_softmax_with_shared_heads():
    q, k, v = torch.randn(5, 4, 8), torch.randn(7, 2, 8), torch.randn(7, 2, 8)
    mask = torch.ones(5, 7, dtype=torch.bool).tril(2)
    scores = torch.einsum("nhd,khd->hnk", q, k.repeat_interleave(2, dim=1)) / 8**0.5
    weights = scores.masked_fill(~mask, float("-inf")).softmax(-1)
    expected = torch.einsum("hnk,khd->nhd", weights, v.repeat_interleave(2, dim=1))
    assert torch.allclose(attention(q, k, v, mask), expected, atol=1e-6)
