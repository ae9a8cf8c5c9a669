"""Small words that lost what they led: "in" of "in [Rome]", "of" of "[photos] of dogs"."""

from __future__ import annotations

from gphotos_search.search.understand.sentence import Sentence

_SIGNS = ("-", "–", "—", "&", "+")


def clear_up(sentence: Sentence) -> None:
    """Take the small words beside what was taken; a sentence that was not read stays whole."""
    taken = list(sentence.taken)
    if not any(taken):
        return
    for i in range(len(sentence)):
        if taken[i]:
            _backwards(sentence, i)
    if taken[0]:
        _forwards(sentence)
    if all(sentence.taken[i] or _drops(sentence, i) for i in range(len(sentence))):
        sentence.take(0, len(sentence))


def _backwards(sentence: Sentence, i: int) -> None:
    while i and not sentence.taken[i - 1] and _drops(sentence, i - 1):
        i -= 1
        sentence.take(i, i + 1)


def _forwards(sentence: Sentence) -> None:
    """ "of the" and "and" after what was taken at the front; "on the beach" says something."""
    i = next((i for i in range(len(sentence)) if not sentence.taken[i]), len(sentence))
    for kind in ("of", "both", "either"):
        for entry in sentence.entries(kind, i):
            end = i + len(entry.keys)
            if kind == "of" or entry.langs & sentence.languages:
                article = sentence.first("the", end)
                sentence.take(i, end + (len(article.keys) if article else 0))
                return


def _drops(sentence: Sentence, i: int) -> bool:
    """Whether it is a small word in the language of the sentence, or a sign."""
    key = sentence.tokens[i].key
    small = sentence.small(i) and not sentence.languages.isdisjoint(sentence.telling(i))
    return small or key in _SIGNS
