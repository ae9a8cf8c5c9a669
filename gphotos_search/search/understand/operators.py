"""The operators of a question, in the seven languages."""

from __future__ import annotations

from difflib import get_close_matches

from gphotos_search.errors import UsageError
from gphotos_search.search.understand.tokens import fold
from gphotos_search.search.understand.words.language import word_set

# The name that options and errors use, then what else it is called.
_NAMES = {
    "after": "since nach ab seit apres depuis despues desde dopo dal depois na vanaf sinds",
    "before": "vor avant antes prima voor",
    "year": "years jahr jahre annee an ano anno jaar",
    "month": "months monat mois mes mese maand",
    "day": "date tag datum jour dia fecha giorno data dag",
    "album": "albums alben",
    "person": "people with person personen mit personne avec persona con pessoa com persoon met",
    "place": "in ort lieu lugar luogo local plaats stadt ville ciudad citta cidade stad",
    "near": "nahe bei pres cerca vicino perto nabij bij",
    "radius": "within umkreis rayon radio raggio raio straal",
    "camera": "kamera appareil camara fotocamera",
    "type": "typ tipo soort",
    "source": "quelle fuente origen fonte origem bron",
    "fav": "favorite favourite favorit favoriten favori favoris favorito preferito favoriet",
    "is": "ist est es",
}
OPERATORS = tuple(_NAMES)
_CALLED = {alias: name for name, aliases in _NAMES.items() for alias in (name, *aliases.split())}

YES = word_set("yes y 1 true only ja oui si sim")
NO = word_set("no n 0 false nein non nao nee")
KINDS = {
    **dict.fromkeys(
        word_set("photo photos foto fotos image bild bilder picture imagen imagem"),
        "photo",
    ),
    **dict.fromkeys(word_set("video videos film clip clips filmpje filmato"), "video"),
}
FLAGS = {
    **dict.fromkeys(
        word_set("favorite favourite favorites favourites fav starred favorit"),
        "favorite",
    ),
    **dict.fromkeys(word_set("favori favoris favorito favoritos preferito preferiti"), "favorite"),
    **dict.fromkeys(word_set("favoriet favorieten favoriten"), "favorite"),
    **dict.fromkeys(
        word_set("archived archive archiviert archive archivado arquivado"), "archived"
    ),
    **dict.fromkeys(word_set("archivee archiviato gearchiveerd"), "archived"),
    **dict.fromkeys(word_set("trashed trash deleted papierkorb corbeille papelera"), "trashed"),
    **dict.fromkeys(word_set("cestino lixo prullenbak"), "trashed"),
}


def canonical(name: str) -> str | None:
    """The operator of this name, in any language; None where there is none."""
    return _CALLED.get(fold(name))


def unknown(name: str, said: str) -> UsageError:
    """The error for what looks like an operator and is none."""
    likely = get_close_matches(fold(name), _CALLED, n=1, cutoff=0.6)
    guess = f' Did you mean "{_CALLED[likely[0]]}:"?' if likely else ""
    listed = " ".join(f"{each}:" for each in OPERATORS)
    return UsageError(
        f'There is no operator "{name}:".{guess}',
        advice=f"Known are {listed} - to search for it as words, use --raw or a space: "
        f'"{said.replace(":", " ", 1)}".',
    )
