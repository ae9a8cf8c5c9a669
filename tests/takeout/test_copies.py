"""Edited copies, generated pictures and clips, by their names."""

from __future__ import annotations

import pytest

from gphotos_search.takeout.copies import original_of, still_stems


@pytest.mark.parametrize(
    "suffix",
    [
        "-edited",
        "-bearbeitet",
        "-modifié",
        "-modificato",
        "-ha editado",
        "-editado",
        "-editat",
        "-bewerkt",
        "-edytowane",
        "-muokattu",
        "-düzenlendi",
        "-измененный",
        "-編集済み",
        "-编辑",
        "-已修改",
        "-已編輯",
        "-effects",
        "-motion",
        "-animation",
        "-smile",
        "-collage",
        "-mix",
        "-EDITED",
        "-modifie\u0301",
    ],
)
def test_the_original_of_a_copy_in_every_language(suffix: str) -> None:
    assert original_of(f"IMG_1{suffix}.jpg") == "IMG_1.jpg"
    assert original_of(f"IMG_1{suffix}(2).jpg") == "IMG_1(2).jpg"
    assert original_of(f"IMG_1(2){suffix}.jpg") == "IMG_1(2).jpg"
    assert original_of(f"IMG_1{suffix}") == "IMG_1"


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("x" * 43 + "-edi.jpg", "x" * 43 + ".jpg"),
        ("x" * 44 + "-ed.jpg", "x" * 44 + ".jpg"),
        ("x" * 44 + "-ed(3).jpg", "x" * 44 + "(3).jpg"),
        ("x" * 45 + "-编.jpg", "x" * 45 + ".jpg"),
        ("x" * 40 + "-ha edi.jpg", "x" * 40 + ".jpg"),
        ("x" * 45 + "-e.jpg", ""),  # may be any word
        ("x" * 44 + "-no.jpg", ""),
        ("x" * 42 + "-edi.jpg", ""),  # shorter than a cut name
        ("IMG-ed.jpg", ""),
        ("-edited.jpg", ""),
        ("edited.jpg", ""),
        ("IMG_1.jpg", ""),
    ],
)
def test_a_shortened_suffix_counts_only_where_names_are_cut(name: str, original: str) -> None:
    assert original_of(name) == original


@pytest.mark.parametrize(
    ("clip", "stems"),
    [
        ("IMG_0170.MP4", (("IMG_0170", ""),)),
        ("IMG_0170.mov", (("IMG_0170", ""),)),
        ("IMG_1976(1).MP4", (("IMG_1976", "(1)"),)),
        ("PXL_1.MP", (("PXL_1.MP", ""), ("PXL_1", ""))),
        ("PXL_1.MV(2)", (("PXL_1.MV", "(2)"), ("PXL_1", "(2)"))),
        ("PXL_1.MP~2", (("PXL_1.MP~2", ""),)),
        ("MVIMG_1", (("MVIMG_1", ""),)),
        ("a~b.mp4", (("a~b", ""),)),
        ("IMG_1", ()),
        ("IMG_1.avi", ()),
        ("IMG_1.jpg", ()),
    ],
)
def test_the_stills_of_a_clip(clip: str, stems: tuple[tuple[str, str], ...]) -> None:
    assert still_stems(clip) == stems
