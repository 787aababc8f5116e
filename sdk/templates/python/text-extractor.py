"""Markdown, as far as its headings: they are larger and bold."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.text import ExtractedText, Page, PageLayout, Rect, Span
from wit_world.imports.types import ErrorKind, PluginError


class Extraction(exports.Extraction):
    def extract(self, context, document):
        try:
            text = read_all(document).decode("utf-8")
        except UnicodeDecodeError:
            raise Err(PluginError(ErrorKind.INVALID_INPUT, "not_text", "The file is not UTF-8.", False, []))
        spans, y, block = [], 0.0, 0
        for line in text.splitlines():
            is_heading = line.startswith("# ")
            shown = line[2:] if is_heading else line
            size = 16.0 if is_heading else 10.0
            if not shown.strip():
                block += 1
            else:
                # The format has no pages: boxes are made up, one line below the other.
                box = Rect(0.0, y, len(shown) * size * 0.5, size)
                weight, place = 700 if is_heading else 400, len(spans)
                spans.append(Span(shown, box, size, weight, False, None, 0, place, block, place))
            y += size * 1.2
        page = Page(1, 595.0, 842.0, PageLayout.FLOWED, spans, [], [])
        return ExtractedText([page], None, [], None)


def read_all(document):
    data = b""
    while len(data) < document.size():
        data += document.read(len(data), 1 << 16)
    return data
