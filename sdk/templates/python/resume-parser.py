"""Takes the largest line for the name, and finds the first e-mail address."""

import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.resume import Basics, Evidence, ParsedResume
from wit_world.imports.types import ErrorKind, PluginError


class ResumeParsing(exports.ResumeParsing):
    def parse(self, context, document, text):
        spans = [(page.number, span) for page in text.pages for span in page.spans]
        if not spans:
            raise Err(PluginError(ErrorKind.INVALID_INPUT, "no_text", "There is no text to read.", False, []))
        resume = empty()
        page, title = max(spans, key=lambda found: found[1].font_size)
        resume.basics.name = title.text
        resume.evidence.append(found("/basics/name", page, title, 0.6))
        for page, span in spans:
            email = address(span.text)
            if email is not None:
                resume.basics.emails.append(email)
                resume.evidence.append(found("/basics/email", page, span, 0.9))
                break
        return resume


def address(text):
    words = (word.strip(",;.<>()") for word in text.split())
    return next((word for word in words if re.match(r"[^@]+@.*\.", word)), None)


def found(pointer, page, span, confidence):
    """Where a value was read, and how sure this is of it: the share of such values that are right."""
    return Evidence(pointer, page, span.box, confidence)


def empty():
    """A résumé of which nothing is known."""
    return ParsedResume(
        basics=Basics(None, None, [], [], None, None, None, []),
        work=[], education=[], skills=[], languages=[], projects=[], certificates=[], publications=[],
        awards=[], volunteer=[], interests=[], references=[], custom_sections=[],
        language=None, evidence=[], warnings=[], extra_json=None,
    )
