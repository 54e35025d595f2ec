"""CSS selectors asked of a page: which elements, in the order of the page. Knows neither what they mean nor whose they are.

libxml2 alone takes the square of the page's size for a selector of several steps, and a page may be as large as it likes; here
each step is asked of the whole page once and then joined to the step before, so that the time stays in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError, parse
from cssselect.parser import CombinedSelector, Selector, Tree
from lxml import etree
from lxml.html import HtmlElement

LONGEST = 300
MOST_CHILDREN = 1000
DEEPEST = 400
"""Beyond these a step that counts siblings or looks into an element is not asked: its time would grow with their square."""


class TooLarge(Exception):
    """A selector that cannot be asked of a page like this one."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a selector: how it stands to the step before it (empty: the first), and what it asks of an element."""

    relation: str
    path: etree.XPath
    wide: bool  #: does it count siblings
    deep: bool  #: does it look into elements

    def asked(self, tree: HtmlElement) -> list[HtmlElement]:
        """All elements of a page that this step names by itself."""
        found: Any = self.path(tree)
        return list(found)


@lru_cache(1024)
def compiled(css: str) -> tuple[tuple[_Step, ...], ...]:
    """A selector made ready, each of its alternatives as steps; raises ValueError with a sentence for whoever wrote it."""
    if len(css) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    try:
        selectors = parse(css)
        if any(selector.pseudo_element for selector in selectors):
            raise ValueError("a selector names elements, so nothing like ::text can be asked")
        return tuple(tuple(_steps(selector.parsed_tree)) for selector in selectors)
    except (SelectorError, etree.XPathError, ValueError, RecursionError) as error:
        raise ValueError(f"'{css}' is not a CSS selector: {error}") from None


def find(tree: HtmlElement, css: str) -> list[HtmlElement]:
    """All elements of a page that a selector names; raises TooLarge."""
    alternatives = compiled(css)
    asked = [step for steps in alternatives for step in steps]
    if _is_beyond(tree, wide=any(step.wide for step in asked), deep=any(step.deep for step in asked)):
        raise TooLarge
    found = [_found(tree, steps) for steps in alternatives]
    if len(found) == 1:
        return found[0]
    named = {element for elements in found for element in elements}
    return [element for element in tree.iter() if element in named]


def _steps(tree: Tree) -> list[_Step]:
    if isinstance(tree, CombinedSelector):
        return [*_steps(tree.selector), _step(tree.combinator, tree.subselector)]
    return [_step("", tree)]


def _step(relation: str, tree: Tree) -> _Step:
    path = HTMLTranslator().selector_to_xpath(Selector(tree))
    inside = path.removeprefix("descendant-or-self::")
    return _Step(relation, etree.XPath(path), "sibling::" in inside, "descendant" in inside or "contains(., " in inside)


def _found(tree: HtmlElement, steps: tuple[_Step, ...]) -> list[HtmlElement]:
    found = steps[0].asked(tree)
    for step in steps[1:]:
        before = set(found)
        named = step.asked(tree) if before else []
        if step.relation == ">":
            found = [element for element in named if element.getparent() in before]
        elif step.relation == "+":
            found = [element for element in named if element.getprevious() in before]
        else:
            reached = _below(tree, before) if step.relation == " " else _behind(before)
            found = [element for element in named if element in reached]
    return found


def _below(tree: HtmlElement, tops: set[HtmlElement]) -> set[HtmlElement]:
    """All elements that stand in one of these."""
    below: set[HtmlElement] = set()
    open_ = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            open_ -= element in tops
            continue
        if open_:
            below.add(element)
        open_ += element in tops
    return below


def _behind(elements: set[HtmlElement]) -> set[HtmlElement]:
    """All later siblings of these."""
    behind: set[HtmlElement] = set()
    for parent in {element.getparent() for element in elements} - {None}:
        passed = False
        for child in parent:
            if passed:
                behind.add(child)
            passed = passed or child in elements
    return behind


def _is_beyond(tree: HtmlElement, *, wide: bool, deep: bool) -> bool:
    """Has the page more children in one element, or more elements in each other, than such a step may be asked of."""
    depth = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")) if wide or deep else ():
        depth += 1 if event == "start" else -1
        if (deep and depth > DEEPEST) or (wide and len(element) > MOST_CHILDREN):
            return True
    return False
