"""leafbeam: documents to clean, structured Markdown on your own machine."""

__version__ = "0.1.0"
