"""TOML in, one validated Config out. Every problem is reported at once, with its path."""

from gphotos_search.config.reading import VARIABLE, find, load, read
from gphotos_search.config.settings import (
    SOURCE_TYPES,
    Config,
    GoogleConfig,
    IndexConfig,
    KeepThumbnails,
    ModelConfig,
    Precision,
    SearchConfig,
    ServiceConfig,
    SourceConfig,
    StorageConfig,
    SyncConfig,
)
from gphotos_search.config.values import home, loopback

__all__ = [
    "SOURCE_TYPES",
    "VARIABLE",
    "Config",
    "GoogleConfig",
    "IndexConfig",
    "KeepThumbnails",
    "ModelConfig",
    "Precision",
    "SearchConfig",
    "ServiceConfig",
    "SourceConfig",
    "StorageConfig",
    "SyncConfig",
    "find",
    "home",
    "load",
    "loopback",
    "read",
]
