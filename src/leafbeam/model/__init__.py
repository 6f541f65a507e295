"""LightOnOCR in plain PyTorch: configuration, pictures, tokens, vision encoder, decoder, weights.

``checkpoint.open_checkpoint`` reads all of a checkpoint; the modules below it know one thing each. Only the modules
that calculate import torch (extra ``local``), so that models can be listed, and fail clearly, without it.
"""
