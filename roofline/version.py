"""The version of this package, as its metadata states it."""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "llm-roofline"
"""Name of the package in an index."""

try:
    __version__ = version(DISTRIBUTION)
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
