"""The words of the seven languages that a question may be asked in, one table each."""

from gphotos_search.search.understand.words.de import DE
from gphotos_search.search.understand.words.en import EN
from gphotos_search.search.understand.words.es import ES
from gphotos_search.search.understand.words.fr import FR
from gphotos_search.search.understand.words.it import IT
from gphotos_search.search.understand.words.language import Language
from gphotos_search.search.understand.words.nl import NL
from gphotos_search.search.understand.words.pt import PT

LANGUAGES: tuple[Language, ...] = (EN, DE, FR, ES, IT, PT, NL)

__all__ = ["LANGUAGES", "Language"]
