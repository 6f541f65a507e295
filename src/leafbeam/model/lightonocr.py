"""LightOnOCR: pictures to embeddings, embeddings and what was written so far to the next token.

    embeddings = model.encode_images(pictures)              one (T, A) each
    x_NA = model.embed(prompt_ids_N, torch.cat(embeddings))
    hidden_NA = model.decode(x_NA, positions_N, memory)
    logits_1V = model.logits(hidden_NA[-1:])

Shapes: T tokens of a picture, N tokens of a pass, A width of the decoder, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from leafbeam.model.config import ModelConfig
from leafbeam.model.layers import Attention, attention
from leafbeam.model.projector import Projector
from leafbeam.model.text import Decoder, KeyValues
from leafbeam.model.vision import VisionEncoder


class LightOnOCR(nn.Module):
    """The model. Parameters carry the published names, less the leading ``model.``."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.vision_encoder = VisionEncoder(config.vision)
        self.vision_projection = Projector(config)
        self.language_model = Decoder(config.text)

    @property
    def dtype(self) -> torch.dtype:
        return self.language_model.embed_tokens.weight.dtype

    @property
    def device(self) -> torch.device:
        return self.language_model.embed_tokens.weight.device

    def encode_images(self, pictures: Sequence[Tensor], attend: Attention = attention) -> list[Tensor]:
        """Embeddings (T, A) of each picture; a picture is normalised pixels, (3, height, width), of any float type,
        whose sides are multiples of the patch.

        All of them go through the encoder together: hand over as many as memory allows, one after the other being the
        least. ``attend`` may be replaced by a faster function of the same contract.
        """
        ready = [picture.to(self.device, self.dtype) for picture in pictures]
        grids = [self.vision_encoder.grid(picture) for picture in ready]
        tokens_TA: Tensor = self.vision_projection(self.vision_encoder(ready, attend), grids)
        return list(tokens_TA.split_with_sizes([grid.merged(self.config.merge).patches for grid in grids]))

    def embed(self, ids_N: Tensor, images_TA: Tensor | None = None) -> Tensor:
        """Embeddings (N, A) of tokens; the image tokens among them take all rows of ``images_TA``, in order."""
        x_NA: Tensor = self.language_model.embed_tokens(ids_N)
        if images_TA is None:
            return x_NA
        places_T = (ids_N == self.config.image_token).nonzero()[:, 0]
        assert len(places_T) == len(images_TA), f"{len(places_T)} image tokens for {len(images_TA)} embeddings"
        return x_NA.index_copy(0, places_T, images_TA.to(x_NA.dtype))

    def decode(self, x_NA: Tensor, positions_N: Tensor, memory: KeyValues) -> Tensor:
        """Hidden states (N, A) of embedded tokens, of one or many sequences; ``memory`` keeps their keys and values."""
        hidden_NA: Tensor = self.language_model(x_NA, positions_N, memory)
        return hidden_NA

    def logits(self, hidden_NA: Tensor) -> Tensor:
        """Scores (N, V) for the token that follows each of the rows."""
        return self.language_model.logits(hidden_NA)
