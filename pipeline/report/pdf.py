"""PDF: the printed form of a report, tagged, with nothing fetched from anywhere."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline import resources
from pipeline.errors import RenderLibraryMissing, TemplateError
from pipeline.report import conform, render
from pipeline.report.attach import Attachment, attachments
from pipeline.report.value import Report

LOGO = "brand:logo"

SCRIPTS: Final = {
    "Latin": "A",
    "Greek": "\u03a9",
    "Cyrillic": "\u0416",
    "Chinese": "\u6c49",
    "Japanese": "\u30a2",
    "Korean": "\ud55c",
    "Arabic": "\u0639",
    "Hebrew": "\u05d0",
    "Devanagari": "\u0905",
    "emoji": "\U0001f600",
}
"""A letter of each script that names of tokens are written in."""

INSTALL = """\
the PDF was not made, the HTML was: WeasyPrint's native libraries are missing ({reason})
  Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
  Fedora:         dnf install pango
  macOS:          brew install pango
  Windows:        install MSYS2, then in its shell: pacman -S mingw-w64-x86_64-pango,
                  and set WEASYPRINT_DLL_DIRECTORIES=C:\\msys64\\mingw64\\bin"""

_MEDIA_TYPES = {".svg": "image/svg+xml", ".ttf": "font/ttf", ".png": "image/png"}


def pdf(
    report: Report,
    *,
    paper: render.Paper = "a4",
    template_folders: Sequence[Path],
) -> bytes:
    """The PDF of a report with its data inside; equal reports give equal bytes on one machine.

    Args:
        report: the value to show.
        paper: what its pages are cut to; the text is as wide on each.
        template_folders: the user's overrides first, then the shipped templates.

    Raises:
        TemplateError: a template is broken, or asks for a file that is not part of it.
        RenderLibraryMissing: Pango and its kin are not installed; says what to install.
    """
    page = render.html(report, medium="print", paper=paper, template_folders=template_folders)
    return write(page, report.charts, template_folders, attachments(report), logo=report.brand.logo)


def prepare() -> bytes:
    """Load what a first PDF would have to wait for; gives nothing.

    Raises:
        RenderLibraryMissing: as ``pdf``.
    """
    _library()
    return b""


def probe(template_folders: Sequence[Path]) -> bytes:
    """Lay out one page with a letter of every script; gives the letters that no font has.

    Raises:
        RenderLibraryMissing: as ``pdf``.
    """
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    _library()
    logger, ear = logging.getLogger("weasyprint"), Ear()
    logger.addHandler(ear)
    try:
        made = write(
            f'<html lang="en"><title>Test page</title><p>{" ".join(SCRIPTS.values())}</p></html>',
            {},
            template_folders,
        )
    finally:
        logger.removeHandler(ear)
    if not made.startswith(b"%PDF-"):
        raise AssertionError("what was laid out is no PDF")
    lacking = [
        script
        for script, letter in SCRIPTS.items()
        if any(f"U+{ord(letter):04X}" in line for line in heard)
    ]
    return ", ".join(lacking).encode()


def write(
    page: str,
    charts: Mapping[str, str],
    asset_folders: Sequence[Path],
    attached: Sequence[Attachment] = (),
    *,
    logo: str = "",
) -> bytes:
    """A printed page as PDF/A-3a that is tagged as PDF/UA-1 asks.

    Args:
        page: HTML made for print.
        charts: SVG by the name that ``chart:`` addresses use.
        asset_folders: where ``asset:`` addresses lead, the first that has the file wins.
        attached: the files inside of it, sorted by name.
        logo: the ``data:`` address of the picture that ``brand:logo`` stands for.

    Raises:
        TemplateError, RenderLibraryMissing: as ``pdf``.
    """
    weasyprint = _library()
    from weasyprint.urls import (  # type: ignore[import-untyped]
        FatalURLFetchingError,
        URLFetcher,
        URLFetcherResponse,
    )

    contents = {each.name: each for each in attached}

    class Fetcher(URLFetcher):  # type: ignore[misc]
        """Serves the report's own charts, files and assets; everything else is an error."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            kind, _, name = url.partition(":")
            if url == LOGO and logo:
                return super().fetch(logo, headers)
            suffix = Path(name).suffix
            if kind == "chart" and name.removesuffix(".svg") in charts:
                body, media_type = charts[name.removesuffix(".svg")].encode(), _MEDIA_TYPES[".svg"]
            elif kind == "asset" and suffix in _MEDIA_TYPES:
                body, media_type = _asset(name, asset_folders).read_bytes(), _MEDIA_TYPES[suffix]
            elif kind == "attached" and name in contents:
                body, media_type = contents[name].content, contents[name].media_type
            else:
                raise ValueError(f"{url} is no chart and no asset of this report")
            return URLFetcherResponse(url, body, {"Content-Type": media_type})

    fetcher = Fetcher(fail_on_errors=True)
    files = [
        weasyprint.Attachment(
            url=f"attached:{each.name}",
            url_fetcher=fetcher,
            name=each.name,
            description=each.description,
            created=each.date,
            modified=each.date,
            relationship=each.relationship,
        )
        for each in attached
    ]
    try:
        with _without_garbage_collection():
            document = weasyprint.HTML(
                string=page, base_url="report:/", url_fetcher=fetcher
            ).render()
            conform.claim(document.metadata)
            made: bytes = document.write_pdf(
                pdf_variant=conform.VARIANT, attachments=files, finisher=conform.finish
            )
    except FatalURLFetchingError as error:
        raise TemplateError(f"{render.PAGE_TEMPLATE}: {error.__cause__}") from error
    return made


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Collect garbage before and not within.

    A layout is one large web of boxes that lives to the end: looking through it for garbage
    again and again takes a fifth of the time and finds none.
    """
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _library() -> Any:
    """WeasyPrint, told to see no fonts but ours.

    Raises:
        RenderLibraryMissing: its native libraries are not there.
    """
    if "weasyprint" not in sys.modules:
        # Read once, when fontconfig starts: no system font can slip into a report.
        os.environ["FONTCONFIG_FILE"] = str(resources.TEMPLATES / "fonts" / "fonts.conf")
    try:
        # It prints advice of its own on stdout, where only results belong.
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint  # type: ignore[import-untyped]
    except OSError as error:
        reason = str(error).splitlines()[0]
        raise RenderLibraryMissing(INSTALL.format(reason=reason)) from error
    return weasyprint


def _asset(name: str, folders: Sequence[Path]) -> Path:
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    raise ValueError(f"asset:{name} is not among the templates' files")
