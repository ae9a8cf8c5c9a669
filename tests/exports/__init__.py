"""Google Takeout exports of drawn libraries, with the truth about every file.

Google documents almost nothing of an export; this follows what published exports show. It shares no
code with the reader that it tests.

    library = Library.typical(48, language="de", layout="json albums")  # or strategies.libraries()
    export = lay_out(library)
    write_zips(export, tmp_path, parts=3)        # or write_tgzs, write_tree; zip64=, hostile=
    for digest, item in export.items.items():    # sha256 -> Expected: paths, albums, people, …
        ...
    export.never                                 # sha256 -> path: clips, locked ones: no items
    export.sidecars                              # path -> Photo: whose document it is
    export.directories["Takeout/Google Fotos/Fotos von 2019"].allowed("IMG_0001.jpg")

    later = lay_out(library.follow_up(changed=[3], new=[Photo(number=900)]))
    write_zips(later, tmp_path, stamp="20260801T120000Z")  # identical bytes, changed sidecars
"""

from __future__ import annotations

from tests.exports.directory import Directory, Placed, directory_of, in_nfc
from tests.exports.export import Entry, Expected, Export, content_for, lay_out, sha256
from tests.exports.model import Library, Photo
from tests.exports.writer import STAMP, spread, write_some, write_tgzs, write_tree, write_zips

__all__ = [
    "STAMP",
    "Directory",
    "Entry",
    "Expected",
    "Export",
    "Library",
    "Photo",
    "Placed",
    "content_for",
    "directory_of",
    "in_nfc",
    "lay_out",
    "sha256",
    "spread",
    "write_some",
    "write_tgzs",
    "write_tree",
    "write_zips",
]
