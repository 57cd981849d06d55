"""A customer's request becomes a website: a static-site generator with a git-backed job store."""

__version__ = "0.1.0"
