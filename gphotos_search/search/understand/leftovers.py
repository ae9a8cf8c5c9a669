"""Small words that lost what they led: "in" of "in [Rome]", "of a" of "[photos] of a dog"."""

from __future__ import annotations

from gphotos_search.search.understand.sentence import Sentence


def clear_up(sentence: Sentence) -> None:
    """Take the small words beside what was taken; a sentence that was not read stays whole."""
    taken = list(sentence.taken)
    if not any(taken):
        return
    for i in range(len(sentence)):
        if taken[i] and (i == 0 or not taken[i - 1]):
            _backwards(sentence, i)
    i = 0
    while i < len(sentence) and (sentence.taken[i] or (taken[0] and _drops(sentence, i))):
        sentence.take(i, i + 1)
        i += 1
    if all(sentence.taken[k] or _drops(sentence, k) for k in range(len(sentence))):
        sentence.take(0, len(sentence))


def _backwards(sentence: Sentence, i: int) -> None:
    while i and not sentence.taken[i - 1] and _drops(sentence, i - 1):
        i -= 1
        sentence.take(i, i + 1)


def _drops(sentence: Sentence, i: int) -> bool:
    return sentence.small(i) or sentence.tokens[i].key in ("-", "–", "—", "&", "+")
