"""The run's contract: each reason for suspicion, and what must stay sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.contract import verdict
from storage.records import SAME_BYTES, SELECTOR_MISSED, LookBrief, Outcome, Role, RunState, SiteHabit

SETTLED = SiteHabit(sound_runs=5, ok_share=1.0, entries={2: 15})


def home(outcome: Outcome = Outcome.OK) -> LookBrief:
    return LookBrief(1, Role.HOME, outcome, "", known=True)


def column(outcome: Outcome = Outcome.OK, entries: int = 15) -> LookBrief:
    return LookBrief(2, Role.COLUMN, outcome, "", entries=entries, known=True)


def articles(*outcomes: Outcome, known: bool = True) -> list[LookBrief]:
    return [LookBrief(10 + n, Role.ARTICLE, outcome, "", known=known) for n, outcome in enumerate(outcomes)]


def test_a_run_in_which_everything_is_ok_is_sound() -> None:
    assert verdict(SETTLED, [home(), column(), *articles(Outcome.OK, Outcome.NOT_MODIFIED)]) == (RunState.SOUND, ())


def test_a_run_of_the_home_page_alone_is_sound() -> None:
    assert verdict(SETTLED, [home()]) == (RunState.SOUND, ())
    assert verdict(SiteHabit(), [home()]) == (RunState.SOUND, ())


@pytest.mark.parametrize("silence", [Outcome.FAILED, Outcome.BLOCKED, Outcome.REFUSED])
def test_a_run_in_which_nothing_answered_is_suspect(silence: Outcome) -> None:
    state, reasons = verdict(SETTLED, [home(silence), column(silence, 0)])
    assert state is RunState.SUSPECT
    assert reasons[0] == f"no page could be looked at: 2 {silence.value}"


def test_a_run_without_any_look_is_suspect() -> None:
    assert verdict(SETTLED, []) == (RunState.SUSPECT, ("no look was kept",))


@pytest.mark.parametrize("gone", [Outcome.GONE, Outcome.SOFT_GONE])
@pytest.mark.parametrize("unseen", [Outcome.FAILED, Outcome.BLOCKED, Outcome.UNREADABLE, Outcome.GONE])
def test_pages_are_not_called_gone_while_the_home_page_is_not_seen(gone: Outcome, unseen: Outcome) -> None:
    state, reasons = verdict(SETTLED, [home(unseen), column(), *articles(Outcome.OK, Outcome.OK, gone)])
    assert state is RunState.SUSPECT
    assert reasons == (f"the home page was not seen (1 {unseen.value}) while 1 of 5 pages were called gone",)


def test_a_home_page_that_failed_beside_pages_that_are_ok_leaves_the_run_sound() -> None:
    assert verdict(SETTLED, [home(Outcome.FAILED), column(), *articles(Outcome.OK)])[0] is RunState.SOUND


@pytest.mark.parametrize("lost", [Outcome.GONE, Outcome.SOFT_GONE, Outcome.MOVED])
def test_a_run_in_which_more_than_half_of_the_known_pages_are_lost_is_suspect(lost: Outcome) -> None:
    state, reasons = verdict(SETTLED, [home(), column(), *articles(lost, lost, lost)])
    assert state is RunState.SUSPECT
    assert reasons == (f"3 of 5 pages seen before are no longer where they were (3 {lost.value})",)


def test_half_of_the_pages_lost_is_not_more_than_half() -> None:
    assert verdict(SETTLED, [home(), column(), *articles(Outcome.GONE, Outcome.GONE)])[0] is RunState.SOUND


def test_pages_that_fail_do_not_speak_for_those_that_are_called_gone() -> None:
    trouble = articles(*[Outcome.FAILED] * 5, *[Outcome.GONE] * 5)
    state, reasons = verdict(SETTLED, [home(), *trouble])
    assert state is RunState.SUSPECT
    assert reasons == ("5 of 6 pages seen before are no longer where they were (5 gone)",)


def test_dead_links_that_were_never_seen_alive_do_not_make_a_run_suspect() -> None:
    dead = articles(*[Outcome.GONE] * 20, known=False)
    assert verdict(SETTLED, [home(), column(), *dead])[0] is RunState.SOUND


@pytest.mark.parametrize("pages", [1, 2])
def test_a_small_site_with_a_healthy_home_page_stays_sound_when_one_page_is_gone(pages: int) -> None:
    others = articles(*[Outcome.GONE, Outcome.OK][:pages])
    assert verdict(SETTLED, [home(), *others])[0] is RunState.SOUND


def test_a_site_that_lost_most_of_its_pages_long_ago_is_not_suspected_anew() -> None:
    mostly_gone = SiteHabit(sound_runs=5, ok_share=0.4)
    assert verdict(mostly_gone, [home(), column(), *articles(*[Outcome.GONE] * 3)])[0] is RunState.SOUND
    assert verdict(mostly_gone, [home(), *articles(*[Outcome.GONE] * 9)])[0] is RunState.SUSPECT


@pytest.mark.parametrize("trouble", [Outcome.FAILED, Outcome.BLOCKED, Outcome.UNREADABLE])
def test_a_run_in_which_more_than_half_of_the_pages_could_not_be_looked_at_is_suspect(trouble: Outcome) -> None:
    state, reasons = verdict(SETTLED, [home(), column(), *articles(trouble, trouble, trouble)])
    assert state is RunState.SUSPECT
    assert reasons == (f"3 of 5 pages could not be looked at (3 {trouble.value})",)


def test_a_few_blocked_pages_leave_the_run_sound() -> None:
    blocked = articles(Outcome.BLOCKED, Outcome.BLOCKED)
    assert verdict(SETTLED, [home(), column(), *blocked]) == (RunState.SOUND, ())


def test_a_column_that_used_to_bring_rows_and_brings_none_makes_the_run_suspect() -> None:
    state, reasons = verdict(SETTLED, [home(), column(entries=0)])
    assert (state, reasons) == (RunState.SUSPECT, ("1 column that brought 15 rows brought none",))


def test_an_unchanged_column_is_not_called_empty() -> None:
    assert verdict(SETTLED, [home(), column(Outcome.NOT_MODIFIED, entries=0)])[0] is RunState.SOUND


def test_a_column_that_was_always_empty_is_not_held_against_the_run() -> None:
    assert verdict(SiteHabit(sound_runs=5), [home(), column(entries=0)])[0] is RunState.SOUND


def test_a_first_run_in_which_no_page_was_ok_is_suspect() -> None:
    state, reasons = verdict(SiteHabit(), [home(Outcome.WALLED), *articles(Outcome.WALLED, known=False)])
    assert (state, reasons) == (RunState.SUSPECT, ("no page was ok, and the site has had no sound run so far",))


LOOKS = st.lists(
    st.builds(
        LookBrief,
        page=st.integers(),
        role=st.one_of(st.none(), st.sampled_from(Role)),
        outcome=st.sampled_from(Outcome),
        reason=st.text(),
        entries=st.integers(-1, 50),
        known=st.booleans(),
    )
)
HABITS = st.builds(
    SiteHabit,
    sound_runs=st.integers(0, 9),
    ok_share=st.floats(0, 1),
    entries=st.dictionaries(st.integers(), st.integers(0, 50)),
)


@given(habit=HABITS, looks=LOOKS)
def test_it_never_raises_and_a_suspect_run_always_says_why(habit: SiteHabit, looks: list[LookBrief]) -> None:
    state, reasons = verdict(habit, looks)
    assert state in {RunState.SOUND, RunState.SUSPECT}
    assert (state is RunState.SUSPECT) == bool(reasons)
    assert all(reasons)


@given(habit=HABITS)
def test_the_home_page_alone_and_ok_is_sound_whatever_the_habit(habit: SiteHabit) -> None:
    assert verdict(habit, [home()]) == (RunState.SOUND, ())


# --- the site's own selectors -------------------------------------------------------------------------------------------------


def missed(number: int, name: str = "body", role: Role = Role.ARTICLE) -> LookBrief:
    return LookBrief(number, role, Outcome.UNREADABLE, f"{SELECTOR_MISSED} {name} found nothing: .x", known=True)


def same(*numbers: int) -> list[LookBrief]:
    return [LookBrief(number, Role.ARTICLE, Outcome.OK, SAME_BYTES, known=True) for number in numbers]


def reasons_of(*looks: LookBrief, habit: SiteHabit = SETTLED) -> list[str]:
    return [reason for reason in verdict(habit, [home(), *looks])[1] if reason.startswith("nothing was found")]


def test_a_selector_that_misses_on_most_pages_that_were_read_makes_the_run_suspect_and_is_named() -> None:
    looks = [column(), *same(*range(30, 60)), missed(10), missed(11), missed(12, "date"), *articles(Outcome.OK, Outcome.OK)]
    assert reasons_of(*looks) == [
        "nothing was found by the site's selector for body on 2 pages, the site's selector for date on 1 page"
    ]
    assert verdict(SETTLED, [home(), *looks])[0] is RunState.SUSPECT


def test_one_stray_page_among_many_leaves_the_run_sound() -> None:
    assert verdict(SETTLED, [home(), column(), *same(20, 21, 22), missed(10)]) == (RunState.SOUND, ())
    many = articles(*[Outcome.OK] * 5)
    assert verdict(SETTLED, [home(), column(), *many, missed(30), missed(31)]) == (RunState.SOUND, ())


def test_the_only_page_of_its_kind_is_no_stray_one() -> None:
    assert reasons_of(column(), missed(10)) == ["nothing was found by the site's selector for body on 1 page"]


def test_one_column_that_used_to_list_rows_is_told_though_all_documents_are_read() -> None:
    lost = missed(2, "rows", Role.COLUMN)
    assert reasons_of(lost, *articles(*[Outcome.OK] * 9)) == ["nothing was found by the site's selector for rows on 1 page"]
    others = [LookBrief(number, Role.COLUMN, Outcome.OK, "", entries=5) for number in (3, 4)]
    assert reasons_of(lost, *others, *articles(Outcome.OK), habit=SiteHabit(sound_runs=5)) == []


# --- families: an alarm without another weighing --------------------------------------------------------------------------------


def test_a_family_that_finds_no_text_on_most_pages_any_more_is_told_as_pages_that_could_not_be_looked_at() -> None:
    shells = [LookBrief(10 + n, Role.ARTICLE, Outcome.UNREADABLE, "an article without text", known=True) for n in range(5)]
    state, reasons = verdict(SETTLED, [home(), column(), *shells])
    assert (state, reasons) == (RunState.SUSPECT, ("5 of 7 pages could not be looked at (5 unreadable)",))


def test_a_family_that_finds_no_row_any_more_is_told_as_a_column_that_dried_up() -> None:
    state, reasons = verdict(SETTLED, [home(), column(entries=0), *articles(Outcome.OK)])
    assert (state, reasons) == (RunState.SUSPECT, ("1 column that brought 15 rows brought none",))
