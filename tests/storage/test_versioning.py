"""Same, new or returned; the old span or a new one; keys of addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import DAY, MONDAY

from storage.records import Outcome
from storage.versioning import Span, extends, host_of, key_of, prior, verdict

SEEN = Span(Outcome.OK, 7, MONDAY)
GONE = Span(Outcome.GONE, None, MONDAY)


def test_a_version_is_the_same_new_or_returned() -> None:
    assert verdict("b", "b", {"a", "b"}) == "same"
    assert verdict("a", "b", {"a", "b"}) == "returned"
    assert verdict("c", "b", {"a", "b"}) == "new"
    assert verdict("a", None, set()) == "new"


@pytest.mark.parametrize(
    ("span", "outcome", "snapshot", "after", "longer"),
    [
        (SEEN, Outcome.OK, 7, DAY, True),
        (SEEN, Outcome.NOT_MODIFIED, 7, DAY, True),
        (SEEN, Outcome.OK, 8, DAY, False),
        (SEEN, Outcome.GONE, None, DAY, False),
        (GONE, Outcome.GONE, None, DAY, True),
        (GONE, Outcome.SOFT_GONE, None, DAY, False),
        (SEEN, Outcome.OK, 7, timedelta(hours=48), True),
        (SEEN, Outcome.OK, 7, timedelta(hours=49), False),
        (None, Outcome.OK, 7, DAY, False),
    ],
)
def test_a_span_goes_on_while_the_same_was_seen_without_a_hole(
    span: Span | None, outcome: Outcome, snapshot: int | None, after: timedelta, longer: bool
) -> None:
    assert extends(span, outcome, snapshot, MONDAY + after, DAY) is longer


def test_a_short_interval_still_leaves_thirty_six_hours() -> None:
    assert extends(SEEN, Outcome.OK, 7, MONDAY + timedelta(hours=36), timedelta(hours=1))
    assert not extends(SEEN, Outcome.OK, 7, MONDAY + timedelta(hours=37), timedelta(hours=1))


def test_two_looks_on_one_day_in_china_are_one_day() -> None:
    evening = MONDAY.replace(hour=15)  # 23:00 in China
    assert prior(MONDAY, None, evening) is None
    assert prior(evening, None, MONDAY.replace(hour=17)) == evening


def test_keys_leave_out_scheme_and_fragment_only() -> None:
    assert key_of("HTTPS://WWW.Qinghe.example:443/A?b=1#c") == key_of("http://www.qinghe.example/A?b=1")
    assert key_of("http://x.example") == "x.example/"
    assert key_of("http://x.example/L.aspx?a#__doPostBack=P,2") == "x.example/L.aspx?a#__doPostBack=P,2"
    assert key_of("http://x.example/gkmlpt/index#2901") != key_of("http://x.example/gkmlpt/index#2902")
    assert key_of("http://x.example/#/list/3") == "x.example/#/list/3"
    assert key_of("http://x.example/a.html#3") == "x.example/a.html"
    assert key_of("http://x.example:8080/") == "x.example:8080/"
    assert host_of("http://[broken") == ""


@given(st.text())
def test_no_address_breaks_the_key(text: str) -> None:
    assert isinstance(key_of(text), str)
    assert isinstance(host_of(text), str)
