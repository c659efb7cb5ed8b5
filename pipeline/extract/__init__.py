"""Sources of data; SOURCES is the one list of them."""

from pipeline.extract.bundled import BUNDLED
from pipeline.source import Source

SOURCES: tuple[Source, ...] = (BUNDLED,)
