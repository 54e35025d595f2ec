"""The postback behind an ASP.NET pager: which link or button brings the next page of a list, and the form it would post.

Known from the pagers of ASP.NET's own GridView and of AspNetPager as public repositories keep them. Pure, and shy: a click may
do anything on a server, so only what says "next page" or carries the next page's number is ever taken for a pager.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote, urlsplit

from lxml.html import HtmlElement

from crawler.reading.document import Document
from crawler.reading.lines import ancestors, fold, is_hidden
from crawler.reading.listing import says_next
from storage.records import POSTBACK, Form

_CALL = re.compile(r"""(?:__doPostBack|WebForm_PostBackOptions)\(\s*["']([^"'\\]{1,300})["']\s*,\s*["']([^"'\\]{0,300})["']""")
_NUMBERED = re.compile(r"(?:Page\$)?(\d{1,6})\Z")
_PAGER = re.compile(r"page|fenye|fy", re.IGNORECASE)
_MONTH = re.compile(r"[VR]\d+\Z")
"""What the arrows of ASP.NET's calendar send; they say "next" too."""

_TYPED = frozenset(["hidden", "text", "search", "number", "tel", "url", "email", "date"])
_CLICKED = frozenset(["submit", "image", "button"])
_MOST_LINKS = 3000
_MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class _Click:
    """A link or button of a pager: what it says, and what it would send."""

    element: HtmlElement
    label: str
    target: str
    argument: str
    named: tuple[tuple[str, str], ...] = ()  #: a button's own fields

    @property
    def page(self) -> int | None:
        """The page that its argument names."""
        found = _NUMBERED.match(self.argument)
        return int(found[1]) if found else None


def next_form(document: Document) -> Form | None:
    """The form that brings the next page of a list, None if there is none or a plain link leads there."""
    if "__VIEWSTATE" not in document.text:
        return None
    own = page_number(document.url)
    click = _next_click(document, own)
    form = _form_of(document, click.element) if click else None
    if click is None or form is None or (form.get("method") or "post").strip().lower() != "post":
        return None
    action = document.absolute(form.get("action") or document.url, document.base if form.get("action") else document.url)
    if action is None:
        return None
    number = click.page if click.page and click.page > own else own + 1
    return Form(
        url=f"{action}#{POSTBACK}{quote(click.target, safe='$:')},{number}",
        fields=_fields(form, click),
        charset="utf-8" if document.encoding.startswith("utf-16") else document.encoding,
    )


def page_number(url: str) -> int:
    """Which page of its list an address names: the first, unless a postback brought it."""
    try:
        fragment = urlsplit(url).fragment
    except ValueError:
        return 1
    number = fragment.rpartition(",")[2] if fragment.startswith(POSTBACK) else ""
    return int(number) if re.fullmatch("[0-9]{1,6}", number) else 1


def _next_click(document: Document, own: int) -> _Click | None:
    """What says "next page", else what carries the number after this page's own."""
    numbered = None
    for click in _clicks(document):
        if says_next(click.label):
            return click
        by_number = click.page == own + 1 and click.label in (str(own + 1), "...", "…")
        by_name = not click.argument and click.label == str(own + 1) and bool(_PAGER.search(click.target))
        if numbered is None and (by_number or by_name):
            numbered = click
    return numbered


def _clicks(document: Document) -> Iterator[_Click]:
    """Links and buttons that would post the page's form, without those that are switched off, hidden or a calendar's."""
    for count, element in enumerate(document.tree.iter("a", "input", "button")):
        if count >= _MOST_LINKS:
            return
        click = _click(element)
        if click and not _MONTH.match(click.argument) and not _is_off(element):
            yield click


def _click(element: HtmlElement) -> _Click | None:
    kind = (element.get("type") or "submit").lower()
    if element.tag == "input" and kind not in _CLICKED:
        return None
    told = _text(element) if element.tag != "input" else element.get("value") or element.get("alt") or ""
    label = fold(told) or fold(element.get("title") or "")
    if len(label) > 12:
        return None
    if call := _CALL.search(f"{element.get('href') or ''} {element.get('onclick') or ''}"):
        return _Click(element, label, call[1], call[2])
    name = element.get("name")
    if element.tag == "a" or not name or kind == "button":
        return None
    named = ((f"{name}.x", "1"), (f"{name}.y", "1")) if kind == "image" else ((name, element.get("value") or ""),)
    return _Click(element, label, name, "", named)


def _text(element: HtmlElement) -> str:
    """The text of a short label; a page may nest buttons thousands deep, and no label means anything by that."""
    inside = islice(element.iterdescendants(), 8)
    return (element.text or "") + "".join(f"{child.text or ''}{child.tail or ''}" for child in inside)


def _is_off(element: HtmlElement) -> bool:
    """Is it switched off or hidden? Fields and buttons are never text to be seen, so of them only the style is asked."""
    hidden = "display:none" in (element.get("style") or "").lower().replace(" ", "")
    off = hidden or element.get("disabled") is not None or "disab" in (element.get("class") or "").lower()
    return off or any(is_hidden(parent) for parent in ancestors(element))


def _form_of(document: Document, element: HtmlElement) -> HtmlElement | None:
    """The form around an element; where torn markup has put it outside, the page's one form with a view state."""
    around = next((parent for parent in ancestors(element) if parent.tag == "form"), None)
    if around is not None:
        return around if _has_state(around) else None
    stated = [form for form in document.tree.iter("form") if _has_state(form)]
    return stated[0] if len(stated) == 1 else None


def _has_state(form: HtmlElement) -> bool:
    return any((field.get("name") or "").startswith("__VIEWSTATE") for field in form.iter("input"))


def _fields(form: HtmlElement, click: _Click) -> tuple[tuple[str, str], ...]:
    """What a browser would send: the form's fields as they stand, with the click in place of the event's."""
    event = {} if click.named else {"__EVENTTARGET": click.target, "__EVENTARGUMENT": click.argument}
    found = [pair for pair in _filled(form) if pair[0] not in event]
    return (*event.items(), *found, *click.named)


def _filled(form: HtmlElement) -> Iterator[tuple[str, str]]:
    for count, field in enumerate(form.iter("input", "select", "textarea")):
        if count >= _MOST_FIELDS:
            return
        name, kind = field.get("name"), (field.get("type") or "text").lower()
        if not name or field.get("disabled") is not None:
            continue
        if field.tag == "textarea":
            yield name, field.text or ""
        elif field.tag == "select":
            yield from ((name, value) for value in _chosen(field))
        elif kind in _TYPED:
            yield name, field.get("value") or ""
        elif kind in ("checkbox", "radio") and field.get("checked") is not None:
            yield name, field.get("value") or "on"


def _chosen(select: HtmlElement) -> list[str]:
    """The values of a choice: those marked, else the first one that a closed list shows."""
    options = list(select.iter("option"))
    marked = [option for option in options if option.get("selected") is not None]
    many = select.get("multiple") is not None
    shown = marked if many else marked[-1:] or options[:1]
    values = (option.get("value") for option in shown)
    return [fold("".join(option.itertext())) if value is None else value for option, value in zip(shown, values, strict=True)]
