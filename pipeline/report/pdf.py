"""PDF: the printed form of a report, tagged, with nothing fetched from anywhere."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import resources
from pipeline.errors import RenderLibraryMissing, TemplateError
from pipeline.report import render
from pipeline.report.value import Report

VARIANT = "pdf/ua-1"
LOGO = "brand:logo"

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
    """The PDF of a report; equal reports give equal bytes on one machine.

    Args:
        report: the value to show.
        paper: what its pages are cut to; the text is as wide on each.
        template_folders: the user's overrides first, then the shipped templates.

    Raises:
        TemplateError: a template is broken, or asks for a file that is not part of it.
        RenderLibraryMissing: Pango and its kin are not installed; says what to install.
    """
    page = render.html(report, medium="print", paper=paper, template_folders=template_folders)
    return write(page, report.charts, template_folders, logo=report.brand.logo)


def write(
    page: str, charts: Mapping[str, str], asset_folders: Sequence[Path], *, logo: str = ""
) -> bytes:
    """A printed page as a tagged PDF.

    Args:
        page: HTML made for print.
        charts: SVG by the name that ``chart:`` addresses use.
        asset_folders: where ``asset:`` addresses lead, the first that has the file wins.
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

    class Fetcher(URLFetcher):  # type: ignore[misc]
        """Serves the report's own charts and packaged assets; everything else is an error."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            kind, _, name = url.partition(":")
            if url == LOGO and logo:
                return super().fetch(logo, headers)
            suffix = Path(name).suffix
            if kind == "chart" and name.removesuffix(".svg") in charts:
                body = charts[name.removesuffix(".svg")].encode()
            elif kind == "asset" and suffix in _MEDIA_TYPES:
                body = _asset(name, asset_folders).read_bytes()
            else:
                raise ValueError(f"{url} is no chart and no asset of this report")
            return URLFetcherResponse(url, body, {"Content-Type": _MEDIA_TYPES[suffix]})

    document = weasyprint.HTML(
        string=page, base_url="report:/", url_fetcher=Fetcher(fail_on_errors=True)
    )
    try:
        made: bytes = document.write_pdf(pdf_variant=VARIANT, finisher=_finish)
    except FatalURLFetchingError as error:
        raise TemplateError(f"{render.PAGE_TEMPLATE}: {error.__cause__}") from error
    return made


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


def _finish(document: Any, made: Any) -> None:
    """What PDF/UA asks for beyond WeasyPrint: a scope on table heads, printable links.

    Each head's box carries its tag as ``mark`` once the structure tree is written.
    """
    import pydyf  # type: ignore[import-untyped]

    for page in document.pages:
        for box in page._page_box.descendants():
            if box.element_tag == "th" and getattr(box, "mark", None) is not None:
                row = box.element.attrib.get("scope") in ("row", "rowgroup")
                box.mark["A"]["Scope"] = "/Row" if row else "/Column"
    for item in made.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("Subtype") == "/Link":
            item["F"] = 4
