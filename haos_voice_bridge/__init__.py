"""Voice channels for Matrix rooms, on LiveKit."""

__version__ = "0.1.0"
