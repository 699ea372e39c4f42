"""VidStudio: compare, understand and repurpose video on your own machine."""

__version__ = "0.1.0"
