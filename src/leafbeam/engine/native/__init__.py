"""Layers in C++ for processors with AVX-512 and bf16: compiled on first use, left out where that is not possible."""
