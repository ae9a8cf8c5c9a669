"""Albums, cameras, favourites and the type of media in a sentence."""

from __future__ import annotations

from gphotos_search.media import Kind
from gphotos_search.search.understand.moment import Clock
from gphotos_search.search.understand.names import Names, found
from gphotos_search.search.understand.periods import whole
from gphotos_search.search.understand.sentence import Sentence

# After these, "video" is a part of a thing: "video game".
_COMPOUNDS = frozenset(("game", "games", "call", "calls", "camera", "frame", "frames", "album"))
_NO = frozenset(
    ("no", "not", "without", "kein", "keine", "ohne", "sans", "sin", "senza", "sem", "geen")
)
_MANY = frozenset(("bilder", "aufnahmen", "immagini", "fotografie", "filmati", "imagens"))


def take_albums(sentence: Sentence, names: Names, clock: Clock) -> tuple[str, ...]:
    """Take titles of two words or more, and any title beside the word "album"."""
    taken: list[str] = []
    for i in range(len(sentence)):
        if sentence.taken[i]:
            continue
        for end, title in found(names.albums, sentence, i):
            start = next((at for at, _ in sentence.ending("album", i)), i)
            after = sentence.first("album", end)
            if start == i and not after and not _mentioned(sentence, names, i, end, clock):
                continue
            until = end + (len(after.keys) if after and start == i else 0)
            sentence.note(start, until, "album", f"album {title}")
            taken.append(title)
            break
    return tuple(dict.fromkeys(taken))


def _mentioned(sentence: Sentence, names: Names, i: int, end: int, clock: Clock) -> bool:
    """A title that is a time or a place in itself is that: "Summer 2019", "New York"."""
    if end - i < 2 or all(sentence.small(k) for k in range(i, end)):
        return False
    if any(stop == end for stop, _ in found(names.places, sentence, i)):
        return False
    said = sentence.text[sentence.tokens[i].start : sentence.tokens[end - 1].end]
    return whole(said, clock) is None


def take_cameras(sentence: Sentence, names: Names) -> tuple[str, ...]:
    """Take models ("iPhone 12", "D750"), and what follows "taken with" or "shot on"."""
    taken: list[str] = []
    for i in range(len(sentence)):
        if sentence.taken[i]:
            continue
        for end, camera in found(names.cameras, sentence, i):
            start = _taken_with(sentence, i)
            if start < i or _is_model(camera):
                sentence.note(start, end, "camera", f"camera {camera}")
                taken.append(camera)
                break
    return tuple(dict.fromkeys(taken))


def _is_model(camera: str) -> bool:
    """Letters and digits: neither "canon", which may be a cannon, nor "12"."""
    digits = any(letter.isdigit() for letter in camera)
    return digits and any(letter.isalpha() for letter in camera) and len(camera) >= 3


def _taken_with(sentence: Sentence, i: int) -> int:
    """Where "taken with (my)" before a position begins."""
    for before in (i, i - 1) if i and sentence.small(i - 1) else (i,):
        for start, _ in sentence.ending("taken_with", before):
            return start
    return i


def take_favorites(sentence: Sentence) -> bool:
    """Take "my favourites" and "favourite photos"; a favourite mug is content."""
    for i in range(len(sentence)):
        if entry := sentence.first("favorites", i):
            end = i + len(entry.keys)
            if len(entry.keys) > 1 or end == len(sentence) or _opens(sentence, i):
                sentence.note(_opening(sentence, i), end, "favourite", "favourites only")
                return True
        if (entry := sentence.first("favorite", i)) and _opens(sentence, i):
            for k in range(i + 1, len(sentence)):
                if any(True for kind in ("photos", "videos") for _ in sentence.entries(kind, k)):
                    sentence.note(_opening(sentence, i), i + 1, "favourite", "favourites only")
                    if sentence.first("photos", k):
                        sentence.take(k, k + 1)
                    return True
    return False


def take_type(sentence: Sentence) -> Kind | None:
    """Take "videos of", "photos from" at the front, and "videos" at the end."""
    free = [i for i in range(len(sentence)) if not sentence.taken[i]]
    last = free[-1] if free else 0
    first = next((i for i in free if not sentence.small(i) and not _leads(sentence, i)), None)
    kinds: tuple[tuple[str, Kind], ...] = (("videos", "video"), ("photos", "photo"))
    for table, kind in kinds:
        if first is not None and (entry := sentence.first(table, first)):
            end = first + len(entry.keys)
            if sentence.tokens[first - 1].key in _NO and first:
                return None
            if sentence.closed(end) or _many(sentence, first):
                if end < len(sentence) and sentence.tokens[end].key in _COMPOUNDS:
                    return None
                sentence.note(_opening(sentence, first), end, "type", f"{kind}s only")
                return kind
    if free and sentence.first("videos", last) and _many(sentence, last):
        sentence.note(last, last + 1, "type", "videos only")
        return "video"
    return None


def _many(sentence: Sentence, i: int) -> bool:
    key = sentence.tokens[i].key
    return key.endswith("s") or key in _MANY


def _leads(sentence: Sentence, i: int) -> bool:
    """Whether a word belongs to what a question opens with: "show me"."""
    tokens = sentence.tokens
    return any(
        start + len(entry.keys) > i
        for start in range(max(0, i - 2), i + 1)
        for entry in sentence.lexicon.entries("lead", tokens, start)
    )


def _opens(sentence: Sentence, i: int) -> bool:
    return all(sentence.taken[k] or sentence.small(k) or _leads(sentence, k) for k in range(i))


def _opening(sentence: Sentence, i: int) -> int:
    """Where the free words before a position begin that only open the question."""
    start = i
    while start and not sentence.taken[start - 1]:
        start -= 1
    return start if _opens(sentence, i) else i
