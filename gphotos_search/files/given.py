"""What a path is that somebody gives to `import`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from gphotos_search.errors import GphotosError, UsageError
from gphotos_search.files.containers import magic
from gphotos_search.files.discover import find, is_archive
from gphotos_search.files.trees import is_hidden
from gphotos_search.takeout.endings import may_be_media
from gphotos_search.takeout.exports import unfinished

Kind = Literal["archive", "exports", "tree", "folder"]

OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\xfd7zXZ": "an xz archive",
    b"BZh": "a bzip2 archive",
    b"\x1f\x8b": "compressed by gzip, but no .tgz",
    b"<!do": "a web page: the download needs a browser that is signed in",
    b"<htm": "a web page: the download needs a browser that is signed in",
}
ADVICE = "Give an archive of Google Takeout (.zip or .tgz), a folder of them, or one of pictures."


def kind_of(path: Path) -> Kind:
    """One archive, a folder of exports, one unpacked export, or a folder of pictures.

    A folder with both pictures and archives is one of exports when an archive is called as Google
    calls them. Raises UsageError, in a plain sentence, for anything else.
    """
    try:
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            return _file_kind(path, status)
        return _folder_kind(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _refusal(f"There is nothing at {path}.") from error
    except OSError as error:
        raise _refusal(f"{path} cannot be read: {error.strerror or error}.") from error
    except UsageError:
        raise
    except GphotosError as error:
        raise UsageError(str(error), advice=error.advice) from error


def _file_kind(path: Path, status: os.stat_result) -> Kind:
    if not stat.S_ISREG(status.st_mode):
        raise _refusal(f"{path} is neither a file nor a folder.")
    if not status.st_size:
        raise _refusal(f"{path} is empty.")
    if unfinished(path.name, [beside.name for beside in path.parent.iterdir()]):
        raise _refusal(f"{path} is still being written.", "Wait until it is complete.")
    if magic(path):
        return "archive"
    with path.open("rb") as file:
        head = file.read(16)
    for begin, what in OTHERS.items():
        if head.lstrip().lower().startswith(begin.lower()):
            raise _refusal(f"{path} is {what}.")
    if may_be_media(path.name):
        raise _refusal(f"{path} is a single file; give the folder it lies in.")
    raise _refusal(f"{path} is no archive of Google Takeout.")


def _folder_kind(path: Path) -> Kind:
    found = find(path, settle_s=0)
    archives = [*found.archives, *(one.path for one in found.unfinished)]
    loose = _holds_pictures(path, found.trees)
    named = any(one.name.lower().startswith("takeout-") for one in archives)
    if archives and (named or not loose):
        return "exports"
    if found.trees:
        return "tree"
    if loose or any(True for _ in _files(path)):
        return "folder"
    raise _refusal(f"{path} holds no files that could be read.")


def _holds_pictures(root: Path, trees: list[Path]) -> bool:
    """Whether a picture lies outside of the unpacked exports."""
    return any(
        may_be_media(name) and not is_archive(name)
        for folder, name in _files(root)
        if not any(folder.is_relative_to(tree) for tree in trees)
    )


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    """The files that a person would see, with their folders."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not is_hidden(name)]
        yield from ((Path(folder), name) for name in names if not is_hidden(name))


def _refusal(sentence: str, advice: str = ADVICE) -> UsageError:
    return UsageError(sentence, advice=advice)
