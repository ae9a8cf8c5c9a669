"""TOML in, one validated Config out. Every problem is reported at once, with its path."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

KeepThumbnails = Literal["auto", "always", "never"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]


def home(path: str) -> Path:
    """`~` and `~user` replaced; not resolved, so links stay links."""
    return Path(path).expanduser()


SOURCE_TYPES = ("google_library", "google_picker", "takeout", "drive_takeout", "folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageConfig:
    data_dir: Path = field(default_factory=lambda: home("~/.local/share/gphotos-search"))
    keep_thumbnails: KeepThumbnails = "auto"

    @property
    def tokens(self) -> Path:
        return self.data_dir / "tokens"

    @property
    def index(self) -> Path:
        return self.data_dir / "index"

    @property
    def thumbnails(self) -> Path:
        return self.data_dir / "thumbnails"

    @property
    def catalog(self) -> Path:
        return self.data_dir / "catalog.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleConfig:
    client_secret: Path = field(
        default_factory=lambda: home("~/.config/gphotos-search/client_secret.json")
    )
    library_url: str = "https://photoslibrary.googleapis.com/"
    picker_url: str = "https://photospicker.googleapis.com/"
    drive_url: str = "https://www.googleapis.com/drive/v3/"
    media_hosts: tuple[str, ...] = ("*.googleusercontent.com",)
    daily_requests: int = 10_000
    daily_media: int = 75_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    name: str = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    revision: str = ""
    text_name: str = ""
    device: str = "auto"
    precision: Precision = "auto"
    batch_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexConfig:
    engine: str = "faiss"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncConfig:
    every: timedelta = timedelta(hours=6)
    cron: str = ""  # five fields; wins over `every`
    download_workers: int = 8
    max_removed: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    limit: int = 10
    timezone: str = ""
    hemisphere: Literal["north", "south"] = "north"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfig:
    socket: str = ""
    idle_exit: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    name: str
    type: str
    account: str = "default"
    path: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keep_archives: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    storage: StorageConfig = field(default_factory=StorageConfig)
    google: GoogleConfig = field(default_factory=GoogleConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    index: IndexConfig = field(default_factory=IndexConfig)
    sync: SyncConfig = field(default_factory=SyncConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    service: ServiceConfig = field(default_factory=ServiceConfig)
    sources: tuple[SourceConfig, ...] = ()
    file: Path | None = None  # where it was read from
