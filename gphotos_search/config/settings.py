"""Every setting once: its name, default, reader and reason.

The same description validates a file, writes config.example.toml and the reference page, and types
the result. Defaults are written as TOML would hold them and read when a Config is made.
"""

# ruff: noqa: RUF009  (setting() makes a dataclass field, which the rule cannot see)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from gphotos_search.config import values

KeepThumbnails = Literal["auto", "always", "never"]
Precision = Literal["auto", "fp32", "bf16", "fp16", "int8"]
Runtime = Literal["auto", "torch", "onnx", "openvino"]

SOURCE_TYPES = ("google_library", "google_picker", "takeout", "drive_takeout", "folder")
GOOGLE_TYPES = ("google_library", "google_picker", "drive_takeout")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting. `raw` is its default in TOML terms, None where it has none."""

    raw: Any
    why: str
    read: values.Reader
    types: tuple[str, ...] = SOURCE_TYPES  # for a source's setting: where it means something
    required_for: tuple[str, ...] = ()


def setting(raw: Any, why: str, read: values.Reader, **more: Any) -> Any:
    """A dataclass field with a default that is read exactly as a value in a file would be."""
    default: Callable[[], Any] = (lambda: read(raw)) if raw is not None else (lambda: None)
    return field(default_factory=default, metadata={"setting": Setting(raw, why, read, **more)})


def required(why: str, read: values.Reader) -> dict[str, Setting]:
    """Metadata of a field that every table of its kind must hold."""
    return {"setting": Setting(None, why, read, required_for=SOURCE_TYPES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageConfig:
    """Where everything we keep lies."""

    data_dir: Path = setting(
        "~/.local/share/gphotos-search",
        "catalog.db, index/, thumbnails/, tokens/ and log/ live here",
        values.path,
    )
    keep_thumbnails: KeepThumbnails = setting(
        "auto",
        '"auto" keeps them where Google\'s terms allow it; "always", "never"',
        values.one_of("auto", "always", "never"),
    )

    @property
    def tokens(self) -> Path:
        return self.data_dir / "tokens"

    @property
    def index(self) -> Path:
        return self.data_dir / "index"

    @property
    def runtimes(self) -> Path:
        """What is made of a model for other libraries. May be deleted: torch serves until a long
        run makes it again."""
        return self.data_dir / "runtimes"

    @property
    def thumbnails(self) -> Path:
        return self.data_dir / "thumbnails"

    @property
    def catalog(self) -> Path:
        return self.data_dir / "catalog.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleConfig:
    """What the Google sources share."""

    client_secret: Path = setting(
        "~/.config/gphotos-search/client_secret.json",
        "the OAuth client you download from Google's console",
        values.path,
    )
    library_url: str = setting(
        "https://photoslibrary.googleapis.com/",
        "http:// is accepted for this machine only, here and below",
        values.endpoint,
    )
    picker_url: str = setting(
        "https://photospicker.googleapis.com/", "the Picker API", values.endpoint
    )
    drive_url: str = setting(
        "https://www.googleapis.com/drive/v3/", "the Drive API", values.endpoint
    )
    media_hosts: tuple[str, ...] = setting(
        ["*.googleusercontent.com"],
        "besides the hosts above, the only ones pictures are fetched from",
        values.media_hosts,
    )
    daily_requests: int = setting(
        10_000,
        "our own ceiling on API requests a day; Google's is 10,000 a project",
        values.whole(1, 10_000_000),
    )
    daily_media: int = setting(
        75_000,
        "the same for pictures; Google's is 75,000 a project",
        values.whole(1, 100_000_000),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The model that turns pictures and words into vectors."""

    name: str = setting(
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        'an id on the Hugging Face hub, a folder, or "demo" (ships inside)',
        values.model,
    )
    revision: str = setting(
        "", "pins a commit of the model; empty: the one found first is kept", values.text
    )
    text_name: str = setting(
        "",
        "another text tower of the same space, e.g. one that knows more languages",
        lambda value: values.model(value) if value != "" else "",
    )
    device: str = setting(
        "auto", '"cpu", "cuda" or "mps"; "auto" takes the fastest there is', values.device
    )
    precision: Precision = setting(
        "auto",
        'the fastest whose vectors agree with "fp32", measured here; "bf16", "fp16", "int8"',
        values.one_of("auto", "fp32", "bf16", "fp16", "int8"),
    )
    runtime: Runtime = setting(
        "auto",
        'what computes it: "torch", "onnx", "openvino"; "auto" takes the fastest, measured here',
        values.one_of("auto", "torch", "onnx", "openvino"),
    )
    batch_size: int = setting(
        0, "pictures at a time; 0 chooses for the device", values.whole(0, 4096)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexConfig:
    """The index that answers searches; a cache of the catalogue."""

    engine: str = setting("faiss", "what searches the vectors", values.engine)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncConfig:
    """When and how new photos are fetched."""

    every: timedelta = setting(
        "6h",
        "how often the service looks for new photos",
        values.duration(timedelta(minutes=1)),
    )
    cron: str = setting(
        "", 'instead of `every`, five fields such as "0 3 * * *"; wins over it', values.cron
    )
    download_workers: int = setting(8, "pictures fetched at the same time", values.whole(1, 64))
    max_removed: float = setting(
        0.1,
        "a run that would remove a larger share of a source removes nothing and asks",
        values.share,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """How questions are understood."""

    limit: int = setting(10, "hits shown unless -n says otherwise", values.whole(1, 10_000))
    timezone: str = setting(
        "",
        'the zone dates are meant in, e.g. "Europe/Berlin"; empty: the system\'s',
        values.timezone,
    )
    hemisphere: Literal["north", "south"] = setting(
        "north", 'where you live, for what "last summer" means', values.one_of("north", "south")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfig:
    """The background service."""

    socket: str = setting(
        "", "where it answers; empty: a private place under /run/user or data_dir", values.socket
    )
    idle_exit: timedelta = setting(
        0,
        'leave after so long without a query, e.g. "10m"; 0: stay',
        values.duration(timedelta(0)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """A place photos come from."""

    name: str = field(metadata=required("unique; shown beside each hit", values.source_name))
    type: str = field(
        metadata=required("one of: " + ", ".join(SOURCE_TYPES), values.one_of(*SOURCE_TYPES))
    )
    account: str = setting(
        "default",
        "which signed-in account, as in `auth login --account`",
        values.account,
        types=GOOGLE_TYPES,
    )
    path: Path | None = setting(
        None,
        "the folder to read, for takeout and folder",
        values.path,
        types=("takeout", "folder"),
        required_for=("takeout", "folder"),
    )
    include: tuple[str, ...] = setting(
        [], "patterns of files to take, for folder; none: all", values.texts, types=("folder",)
    )
    exclude: tuple[str, ...] = setting(
        [], "patterns of files to leave out, for folder", values.texts, types=("folder",)
    )
    keep_archives: bool = setting(
        False,
        "whether archives stay after they were read, for drive_takeout",
        values.flag,
        types=("drive_takeout",),
    )
    remembered: bool = False  # not from a file: `import` or `pick` made it


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One whole configuration. `file` is where it was read from, None for one made in code."""

    storage: StorageConfig = field(default_factory=StorageConfig)
    google: GoogleConfig = field(default_factory=GoogleConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    index: IndexConfig = field(default_factory=IndexConfig)
    sync: SyncConfig = field(default_factory=SyncConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    service: ServiceConfig = field(default_factory=ServiceConfig)
    sources: tuple[SourceConfig, ...] = ()
    file: Path | None = None


TABLES: dict[str, type] = {
    "storage": StorageConfig,
    "google": GoogleConfig,
    "model": ModelConfig,
    "index": IndexConfig,
    "sync": SyncConfig,
    "search": SearchConfig,
    "service": ServiceConfig,
}
