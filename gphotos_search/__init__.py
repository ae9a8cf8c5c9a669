"""Private, local, semantic search over a person's Google Photos."""

__version__ = "0.1.0"
