"""Conform: what PDF/A-3a and PDF/UA-1 ask of a document beyond what WeasyPrint writes."""

from __future__ import annotations

from typing import Any, Final

VARIANT: Final = "pdf/a-3a"

# WeasyPrint claims one standard for a file. This is the second claim, and the description of its
# one property, for PDF/A knows no property that the file does not describe.
_ACCESSIBLE: Final = b"""\
<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
_END: Final = b"</rdf:RDF>"


def claim(metadata: Any) -> None:
    """Let a document's metadata claim PDF/UA-1 beside the standard it is written for."""
    written = metadata.generate_rdf_metadata

    def generate_rdf_metadata(variant: str, version: int, conformance: str) -> bytes:
        rdf: bytes = written(variant, version, conformance)
        return rdf.removesuffix(_END) + _ACCESSIBLE + _END

    metadata.generate_rdf_metadata = generate_rdf_metadata


def finish(document: Any, made: Any) -> None:
    """Say of what each head of a table is the head; a finisher of WeasyPrint.

    Each cell's box carries its tag as ``mark`` once the structure tree is written. A tag can be
    the head of a row or of a column only: what heads a group of rows becomes a cell, and no
    head of the cells below it.
    """
    for page in document.pages:
        cells = [
            box
            for box in page._page_box.descendants()
            if box.element_tag in ("th", "td") and getattr(box, "mark", None) is not None
        ]
        heads_of_groups = []
        for cell in cells:
            scope = cell.element.attrib.get("scope")
            if scope == "rowgroup":
                heads_of_groups.append(cell.mark.pop("ID"))
                cell.mark["S"] = "/TD"
            elif cell.element_tag == "th":
                cell.mark["A"]["Scope"] = "/Row" if scope == "row" else "/Column"
        for cell in cells:
            if heads := cell.mark["A"].get("Headers"):
                heads[:] = [head for head in heads if head not in heads_of_groups]
