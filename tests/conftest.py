"""Puts this folder on the import path, for the modules of helpers beside it."""
