"""Proposals for vLLM from a draft of each page, sent with its request: see README.md beside this package."""
