"""Language: how a report writes numbers and days, and its words in another language than English.

Every text of a report is written in English where it belongs: in a definition, a template, a
format or a chart. That text is the message that a catalogue translates, in gettext's PO format:
``<folder>/<language>/LC_MESSAGES/capbrief.po``. What no catalogue has stays as it is written.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.pofile import PoFileError, read_po

from pipeline.errors import DefinitionError

DEFAULT: Final = "en_GB"
# The language that messages are written in: it needs no catalogue.
WRITTEN_IN: Final = "en"

_PLACEHOLDER: Final = re.compile(r"%\(\w+\)s")


@dataclass(frozen=True)
class Language:
    """A locale for numbers and days, and the words of its catalogue by their English text."""

    locale: Locale
    messages: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The name that HTML and PDF know it by, such as ``en-GB``."""
        return str(self.locale).replace("_", "-")

    @property
    def short(self) -> str:
        """The shortest name that ``load`` takes for it: ``de`` for German as in Germany."""
        usual = _whole(self.locale.language) == str(self.locale)
        return self.locale.language if usual else self.tag

    def say(self, text: str) -> str:
        """``text`` in this language, or as it is where no catalogue has it."""
        return self.messages.get(text, text)


def load(name: str, folders: Sequence[Path] = ()) -> Language:
    """The language of a name such as ``en_GB``, ``de`` or ``pt-BR``.

    Args:
        name: language, with or without territory; without one, where it is mostly spoken.
        folders: folders of catalogues; the first that has a message decides.

    Raises:
        DefinitionError: there is no such language, no catalogue of it, or a broken one.
    """
    locale = parsed(name)
    found = [path for folder in folders for path in _files(folder, locale)]
    if not found and locale.language != WRITTEN_IN:
        known = ", ".join(languages(folders))
        raise DefinitionError(
            f"there is no catalogue of {name!r}; known are {known}; "
            f"'capbrief report catalogue {name}' prints one to fill in"
        )
    return Language(locale, translations(locale, folders))


def parsed(name: str) -> Locale:
    """The locale of a name, whether it has a catalogue or not.

    Raises:
        DefinitionError: there is no such language.
    """
    try:
        plain, _, _ = name.replace("-", "_").partition("@")  # de_DE@euro is German
        return Locale.parse(_whole(plain.lower() if "_" not in plain else plain))
    except (ValueError, UnknownLocaleError) as error:
        raise DefinitionError(f"{name!r} is no language, such as {DEFAULT} or de") from error


def translations(locale: Locale, folders: Sequence[Path]) -> dict[str, str]:
    """What the catalogues of ``folders`` say for each text; the first that has it decides.

    Raises:
        DefinitionError: a catalogue is broken, or asks for what a text does not have.
    """
    found: dict[str, str] = {}
    for path in reversed([path for folder in folders for path in _files(folder, locale)]):
        for entry in entries(path, locale):
            if reason := misfit(entry.text, entry.said):
                raise DefinitionError(f"{path}:{entry.line}: {reason}")
            found[entry.text] = entry.said
    return found


def misfit(text: str, said: str) -> str:
    """Why ``said`` cannot be filled as its text is, "" where it can.

    Places of templates are named, ``%(name)s``; those of other frames are ``{}``. The fields of
    sentences are not looked at here.
    """
    if more := set(_PLACEHOLDER.findall(said)) - set(_PLACEHOLDER.findall(text)):
        return f"the translation asks for {', '.join(sorted(more))} as well"
    if "{}" not in text:
        return ""
    try:
        asked = [part[1:] for part in string.Formatter().parse(said) if part[1] is not None]
    except ValueError as error:
        return f"{error} in the translation (write {{{{ and }}}} for braces)"
    if any(part != ("", "", None) for part in asked):
        return "the translation may have {} alone in braces"
    return "the translation asks for one {} more" if len(asked) > text.count("{}") else ""


def languages(folders: Sequence[Path]) -> tuple[str, ...]:
    """Languages that reports can be written in, sorted: English, and those with a catalogue."""
    found = {path.parts[-3] for folder in folders for path in folder.glob("*/LC_MESSAGES/*.po")}
    return tuple(sorted({WRITTEN_IN, *found}))


def _whole(name: str) -> str:
    """``name`` with a territory: that of the default, or where the language is mostly spoken."""
    if "_" in name:
        return name
    if DEFAULT.startswith(f"{name}_"):
        return DEFAULT
    likely = get_global("likely_subtags").get(name, name).split("_")
    return f"{likely[0]}_{likely[-1]}" if len(likely) > 1 else name


def _files(folder: Path, locale: Locale) -> list[Path]:
    """Catalogues of ``folder``: that of the territory goes before that of the language."""
    names = (str(locale), locale.language)
    paths = [folder / name / "LC_MESSAGES" / "capbrief.po" for name in names]
    return [path for path in paths if path.is_file()]


@dataclass(frozen=True)
class Entry:
    """One translated text of a catalogue, and its line there."""

    text: str
    said: str
    line: int


def entries(path: Path, locale: Locale) -> list[Entry]:
    """The texts that a catalogue translates; fuzzy ones count as not translated.

    Raises:
        DefinitionError: it is no PO file, or not in the encoding that it states.
    """
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=locale, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        raise DefinitionError(f"{path}: {error}") from error
    return [
        Entry(str(message.id), str(message.string), message.lineno or 1)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    ]
