# ruff: noqa: E402  what needs torch is imported once it is known to be there
"""Our LightOnOCR against transformers', on random checkpoints: same pixels, prompts, logits and greedy tokens."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'leafbeam[local]'")
transformers = pytest.importorskip("transformers", reason="transformers is not installed: pip install 'leafbeam[dev]'")

from PIL import Image
from tiny_models import greedy, noise, prompt_embeddings, prompt_logits, relative_error, tiny

from leafbeam.model.checkpoint import open_checkpoint
from leafbeam.model.pictures import SizeRule, prepare
from leafbeam.model.tiny import RandomOptions
from leafbeam.model.weights import load_model

# Odd grids of patches (both ways), an even one, a strip, a large page that is shrunk, a small one that is not.
SIZES = [(154, 154), (170, 220), (224, 98), (42, 224), (900, 640), (61, 75)]
FORMS = ["mistral3", "lighton_ocr"]


class Twin:
    """One checkpoint, opened by both."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        self.checkpoint = open_checkpoint(folder)
        self.ours = load_model(folder, self.checkpoint.config, dtype)
        self.theirs = transformers.LightOnOcrForConditionalGeneration.from_pretrained(folder, dtype=dtype).eval()
        self.processor = transformers.LightOnOcrProcessor.from_pretrained(folder)
        self.processor.tokenizer.padding_side = "left"
        self.dtype = dtype

    def inputs(self, *pages: list[np.ndarray]) -> dict[str, torch.Tensor]:
        """transformers' inputs for a batch, each page a prompt's pictures."""
        talks = [
            [{"role": "user", "content": [{"type": "image", "image": Image.fromarray(pixels)} for pixels in page]}]
            for page in pages
        ]
        inputs = self.processor.apply_chat_template(
            talks,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )
        inputs["pixel_values"] = inputs["pixel_values"].to(self.dtype)
        return dict(inputs)

    def pictures(self, page: list[np.ndarray]) -> list:
        return [prepare(pixels, self.checkpoint.rules) for pixels in page]


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("checkpoints"), {}

    def make(form: str = "mistral3", rule: SizeRule = SizeRule.PATCH, dtype: torch.dtype = torch.float32) -> Twin:
        if (form, rule, dtype) not in made:
            made[form, rule, dtype] = Twin(tiny(folder, RandomOptions(form=form, rule=rule)), dtype)
        return made[form, rule, dtype]

    return make


@pytest.mark.parametrize("rule", list(SizeRule))
@pytest.mark.parametrize("form", FORMS)
@torch.inference_mode()
def test_pixels_prompts_and_logits(twins, form, rule):
    twin = twins(form, rule)
    for height, width in SIZES:
        page = [noise(height, width)]
        inputs = twin.inputs(page)
        (picture,) = twin.pictures(page)
        assert picture.rule is rule
        assert np.abs(picture.pixels_CHW - inputs["pixel_values"][0].numpy()).max() < 1e-5
        assert list(twin.checkpoint.tokens.prompt([picture.tokens])) == inputs["input_ids"][0].tolist()
        ours = prompt_logits(twin.ours, twin.checkpoint, [picture])
        assert relative_error(ours, twin.theirs(**inputs).logits[0]) < 1e-5, (height, width)


@pytest.mark.parametrize("form", FORMS)
@torch.inference_mode()
def test_logits_in_bfloat16(twins, form):
    twin = twins(form, dtype=torch.bfloat16)
    for height, width in SIZES:
        page = [noise(height, width)]
        inputs = twin.inputs(page)
        # The same pixels for both: a bfloat16 that rounds the other way is no difference of the models.
        pictures = [torch.from_numpy(np.array(picture.pixels_CHW)) for picture in twin.pictures(page)]
        inputs["pixel_values"] = torch.stack(pictures).to(torch.bfloat16)
        ours = prompt_logits(twin.ours, twin.checkpoint, twin.pictures(page))
        assert relative_error(ours, twin.theirs(**inputs).logits[0]) < 2e-2, (height, width)


@pytest.mark.parametrize("form", FORMS)
@torch.inference_mode()
def test_greedy_tokens_page_by_page(twins, form):
    twin = twins(form)
    seen = set()
    for height, width in SIZES:
        page = [noise(height, width)]
        inputs = twin.inputs(page)
        theirs = twin.theirs.generate(**inputs, max_new_tokens=40, do_sample=False, eos_token_id=-1)
        expected = theirs[0, inputs["input_ids"].shape[1] :].tolist()
        prompt = prompt_embeddings(twin.ours, twin.checkpoint, twin.pictures(page))
        assert greedy(twin.ours, twin.checkpoint, [prompt], 40) == [expected]
        seen.add(tuple(expected))
        assert len(set(expected)) > 5, "an answer that says one thing only would prove nothing"
    assert len(seen) == len(SIZES), "the pictures must matter"


@torch.inference_mode()
def test_greedy_tokens_of_a_batch(twins):
    twin = twins()
    pages = [[noise(height, width)] for height, width in SIZES[:4]]
    inputs = twin.inputs(*pages)
    theirs = twin.theirs.generate(**inputs, max_new_tokens=24, do_sample=False, eos_token_id=-1)
    prompts = [prompt_embeddings(twin.ours, twin.checkpoint, twin.pictures(page)) for page in pages]
    assert greedy(twin.ours, twin.checkpoint, prompts, 24) == theirs[:, inputs["input_ids"].shape[1] :].tolist()


@torch.inference_mode()
def test_several_pictures_in_one_prompt(twins):
    twin = twins()
    page = [noise(height, width) for height, width in SIZES[:3]]
    ours = prompt_logits(twin.ours, twin.checkpoint, twin.pictures(page))
    assert relative_error(ours, twin.theirs(**twin.inputs(page)).logits[0]) < 1e-5


@torch.inference_mode()
def test_pictures_encoded_together_are_those_encoded_alone(twins):
    twin = twins()
    pictures = [torch.from_numpy(prepare(noise(*size), twin.checkpoint.rules).pixels_CHW) for size in SIZES]
    inputs = twin.inputs(*([noise(*size)] for size in SIZES))
    theirs = twin.theirs.get_image_features(inputs["pixel_values"], inputs["image_sizes"]).pooler_output
    together = twin.ours.encode_images(pictures)
    for picture, mine, other in zip(pictures, together, theirs, strict=True):
        assert relative_error(mine, other) < 1e-5
        assert relative_error(twin.ours.encode_images([picture])[0], mine) < 1e-6


@torch.inference_mode()
def test_in_pieces_is_as_at_once(twins):
    """Cached is recomputed: a prompt handed over in pieces of any length gives the same logits."""
    from leafbeam.model.text import PlainMemory

    twin = twins()
    pictures = twin.pictures([noise(154, 154)])
    x_NA = prompt_embeddings(twin.ours, twin.checkpoint, pictures)
    whole = prompt_logits(twin.ours, twin.checkpoint, pictures)
    memory = PlainMemory(twin.checkpoint.config.text.layers, 1)
    pieces = []
    for start, stop in pairwise([0, 1, 2, 9, 30, len(x_NA)]):
        memory.lengths = [stop - start]
        pieces.append(twin.ours.logits(twin.ours.decode(x_NA[start:stop], torch.arange(start, stop), memory)))
    assert memory.length(0) == len(x_NA)
    assert relative_error(torch.cat(pieces), whole) < 1e-5
    memory.cut(0, 9)  # forgotten tokens can be given again
    memory.lengths = [len(x_NA) - 9]
    again = twin.ours.logits(twin.ours.decode(x_NA[9:], torch.arange(9, len(x_NA)), memory))
    assert relative_error(again, whole[9:]) < 1e-5
