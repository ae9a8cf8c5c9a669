"""A question in words becomes exact conditions and what is left for the encoder. No model, no I/O.

    understand(["dog", "on", "the", "beach", "last", "summer"], …)

Explicit operators always win; of the sentence only that is read as a condition of which it is
certain, in English, German, French, Spanish, Italian, Portuguese and Dutch at once.
docs/reference/searching.md holds the rules.
"""

from gphotos_search.search.understand.pieces import split_line
from gphotos_search.search.understand.reading import understand
from gphotos_search.search.understand.told import Known, Options, Read, Understood

__all__ = ["Known", "Options", "Read", "Understood", "split_line", "understand"]
