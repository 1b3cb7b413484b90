"""Writes .ods files by hand, the way LibreOffice does: repeated cells, values beside their shown text."""

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "draw": "drawing",
    }.items()
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def text(shown: str) -> str:
    """A cell of text."""
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown.split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def number(value: float, shown: str, kind: str = "float") -> str:
    """A number, a percentage or a currency, and what the cell shows of it."""
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value!r}">'
        f"<text:p>{escape(shown)}</text:p></table:table-cell>"
    )


def valued(kind: str, attribute: str, value: str, shown: str) -> str:
    """A date, a time or a truth value."""
    return (
        f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}">'
        f"<text:p>{escape(shown)}</text:p></table:table-cell>"
    )


def error(shown: str) -> str:
    """A cell that shows an error."""
    return (
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
        f'calcext:value-type="error"><text:p>{escape(shown)}</text:p></table:table-cell>'
    )


def gap(count: int = 1) -> str:
    """Empty cells."""
    return f'<table:table-cell table:number-columns-repeated="{count}"/>'


def covered(count: int = 1) -> str:
    """Cells that a merged one covers."""
    return f'<table:covered-table-cell table:number-columns-repeated="{count}"/>'


def span(cell: str, rows: int = 1, columns: int = 1) -> str:
    """A cell merged over others."""
    extra = f'table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}" '
    return cell.replace("<table:table-cell ", f"<table:table-cell {extra}", 1)


def row(*cells: str, repeated: int = 1, hidden: bool = False) -> str:
    """A row, as often as given."""
    extra = ' table:visibility="collapse"' if hidden else ""
    return f'<table:table-row table:number-rows-repeated="{repeated}"{extra}>{"".join(cells)}</table:table-row>'


def write_ods(
    path: Path,
    sheets: dict[str, Sequence[str]],
    hidden: Sequence[str] = (),
    first_day: datetime.date = datetime.date(1899, 12, 30),
) -> Path:
    """Write sheets of rows; ``first_day`` is the day from which the workbook counts its days."""
    settings = (
        f'<table:calculation-settings><table:null-date table:date-value="{first_day}"/></table:calculation-settings>'
    )
    tables = "".join(
        f'<table:table table:name={quoteattr(name)} table:style-name="{"off" if name in hidden else "on"}">'
        f"{''.join(rows)}</table:table>"
        for name, rows in sheets.items()
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("on", "true"), ("off", "false"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} {_CALC} office:version="1.3">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{settings}{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _TYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path
