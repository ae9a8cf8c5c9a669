"""A checkpoint from the Hugging Face hub: only its needed files, once, resumed when interrupted."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gphotos_search.encoders._checkpoint import COMMIT, Say
from gphotos_search.encoders._layout import SENTENCES, SHARDS, Layout, shard_names
from gphotos_search.errors import ModelNotHere, ModelUnavailable

TELL_EVERY_S = 5.0


def obtain(name: str, wanted: str, cache: Path, say: Say, layout: Layout) -> tuple[Path, str]:
    """Folder and commit hash of `name` at `wanted` (a commit, branch or tag; "" is the newest).

    A commit that the cache holds whole is answered from it without any request, and so is a text
    tower. Else a branch or tag is asked for at the hub first, and read from the cache when the hub
    cannot be reached.
    """
    known = cached(name, wanted, cache, layout)
    folder = _storage(name, cache) / "snapshots" / known
    commit = wanted if COMMIT.fullmatch(wanted) else ""
    if known and (commit or layout is SENTENCES or _offline()):
        return folder, known
    if _offline():
        raise _unavailable(name, cache, "this program is told to stay offline (HF_HUB_OFFLINE)")
    try:
        return _fetch(name, commit or wanted or "main", cache, say, layout)
    except ModelUnavailable:
        if known:
            return folder, known
        raise


def cached(name: str, wanted: str, cache: Path, layout: Layout) -> str:
    """The commit of `name` at `wanted` that the cache holds whole, "" where it holds none. What a
    branch or tag means is what it meant when the hub was last asked."""
    storage = _storage(name, cache)
    known = wanted if COMMIT.fullmatch(wanted) else _remembered(storage, wanted)
    folder = storage / "snapshots" / known
    return known if known and folder.is_dir() and not layout.missing(folder) else ""


def _storage(name: str, cache: Path) -> Path:
    return cache / f"models--{name.replace('/', '--')}"


def _remembered(storage: Path, wanted: str) -> str:
    """The commit that a branch or tag meant when the hub was last asked."""
    ref = storage / "refs" / (wanted or "main")
    return ref.read_text(encoding="ascii").strip() if ref.is_file() else ""


def _offline() -> bool:
    flags = (os.environ.get("HF_HUB_OFFLINE"), os.environ.get("TRANSFORMERS_OFFLINE"))
    return any((flag or "").upper() in {"1", "ON", "YES", "TRUE"} for flag in flags)


def _fetch(name: str, revision: str, cache: Path, say: Say, layout: Layout) -> tuple[Path, str]:
    storage = _storage(name, cache)
    with _translated(name, cache):
        from huggingface_hub import HfApi

        from gphotos_search.encoders._download import download

        info = HfApi().model_info(name, revision=revision, files_metadata=True, timeout=30)
        commit = str(info.sha)
        sizes = {file.rfilename: int(file.size or 0) for file in info.siblings or ()}
        folder = storage / "snapshots" / commit
        wanted = layout.wanted(sizes)
        if SHARDS in wanted:
            index = download(name, SHARDS, commit, storage, lambda _: None)
            wanted += [shard for shard in shard_names(index) if shard in sizes]
        todo = [file for file in wanted if not (folder / file).exists()]
        total = sum(sizes[file] for file in todo)
        _check_space(total, cache)
        if todo:
            say(f"Downloading {name} ({_megabytes(total)}) into {cache}")
        progress = Progress(total, say)
        for file in todo:
            download(name, file, commit, storage, progress)
        _remember(storage, revision, commit)
    if lacks := layout.missing(folder):
        raise ModelUnavailable(
            f'The model "{name}" on the hub has no {", no ".join(lacks)}: it cannot be run here.',
            advice="Choose another model.name; docs/reference/models.md lists tried ones.",
        )
    return folder, commit


def _remember(storage: Path, revision: str, commit: str) -> None:
    """Downloads by commit leave no ref behind; without one, offline could not answer "main"."""
    if COMMIT.fullmatch(revision) or ".." in revision:
        return
    ref = storage / "refs" / revision
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.write_text(commit, encoding="ascii")


def _check_space(needed: int, cache: Path) -> None:
    existing = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise OSError(errno.ENOSPC, f"{_megabytes(needed)} are needed, {_megabytes(free)} are free")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 10e6 else f"{size / 1e6:.1f} MB"


class Progress:
    """Told of bytes as they come, says a line every few seconds and at the end."""

    def __init__(self, total: int, say: Say) -> None:
        self._total, self._say = total, say
        self._received, self._told = 0, time.monotonic()

    def __call__(self, size: int) -> None:
        self._received += size
        done = self._received >= self._total
        if size and (done or time.monotonic() - self._told >= TELL_EVERY_S):
            self._told = time.monotonic()
            share = min(self._received / self._total, 1.0)
            self._say(f"Downloaded {_megabytes(self._received)} ({share:.0%})")


@contextmanager
def _translated(name: str, cache: Path) -> Iterator[None]:
    """The one border where the hub client's exceptions become ours."""
    from huggingface_hub import errors

    # The client moved from httpx to httpx2; the base of its own error says which one it uses.
    transport: type[BaseException] = errors.HfHubHTTPError.__bases__[0]
    try:
        yield
    except errors.GatedRepoError as problem:
        raise ModelUnavailable(
            f'The model "{name}" is gated: its owner wants you to accept terms first.',
            advice=f"Accept them at https://huggingface.co/{name}, run `hf auth login`, and run "
            "the command again.",
        ) from problem
    except errors.RepositoryNotFoundError as problem:
        raise ModelUnavailable(
            f'The hub has no model "{name}", or it is private.',
            advice="Check model.name; for a private model run `hf auth login` first.",
        ) from problem
    except errors.RevisionNotFoundError as problem:
        raise ModelUnavailable(
            f'The model "{name}" has no such revision.',
            advice="Check model.revision; empty means the newest, resolved once.",
        ) from problem
    except (OSError, transport) as problem:
        raise _unavailable(name, cache, _cause(problem)) from problem


def _cause(problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return f"the disk is full: {problem.strerror}"
    first = str(problem).strip().splitlines() or [type(problem).__name__]
    return f"the hub could not be reached or the download broke off: {first[0]}"


def _unavailable(name: str, cache: Path, cause: str) -> ModelNotHere:
    folder = _storage(name, cache)
    files = " ".join(f"--include '{pattern}'" for pattern in ("*.json", "*.txt", "*.safetensors"))
    return ModelNotHere(
        f'The model "{name}" is not on this machine and cannot be had now: {cause}. What has '
        f"already been downloaded is kept in {cache}.",
        advice=f"Run the command again with network: it continues where it stopped. Or, on a "
        f"machine with network, run `hf download {name} {files}`, and copy the folder "
        f"{folder.name} from its ~/.cache/huggingface/hub to {folder}.",
    )
