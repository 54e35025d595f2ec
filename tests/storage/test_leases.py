"""A lease is held by one at a time, over all processes, and the time between two visits is kept."""

from __future__ import annotations

from datetime import timedelta

from scenes import MONDAY

from storage.leases import Leases
from storage.store import Store

KEYS = ["host:www.qinghe.example", "addr:192.0.2.1"]


def leases(store: Store) -> Leases:
    return store.leases


def test_a_second_visitor_waits_until_the_first_is_gone_and_the_delay_over(store: Store) -> None:
    assert leases(store).claim(KEYS, "one", MONDAY, 60) == 0
    assert leases(store).claim(KEYS, "two", MONDAY, 60) > 0
    leases(store).release(KEYS, "one", MONDAY + timedelta(seconds=5))
    assert leases(store).claim(KEYS, "two", MONDAY + timedelta(seconds=1), 60) == 4
    assert leases(store).claim(KEYS, "two", MONDAY + timedelta(seconds=5), 60) == 0


def test_two_hosts_at_one_address_wait_for_each_other(store: Store) -> None:
    assert leases(store).claim(["host:a.example", "addr:192.0.2.1"], "one", MONDAY, 60) == 0
    assert leases(store).claim(["host:b.example", "addr:192.0.2.1"], "two", MONDAY, 60) > 0
    assert leases(store).claim(["host:b.example", "addr:192.0.2.2"], "two", MONDAY, 60) == 0


def test_a_refused_claim_takes_nothing(store: Store) -> None:
    assert leases(store).claim(["host:a.example"], "one", MONDAY, 60) == 0
    assert leases(store).claim(["host:a.example", "host:b.example"], "two", MONDAY, 60) > 0
    assert leases(store).claim(["host:b.example"], "three", MONDAY, 60) == 0


def test_a_dead_holder_loses_its_lease(store: Store) -> None:
    assert leases(store).claim(KEYS, "one", MONDAY, 60) == 0
    assert leases(store).claim(KEYS, "two", MONDAY + timedelta(seconds=61), 60) == 0
    leases(store).release(KEYS, "one", MONDAY)  # comes late: the lease is another's by now
    assert leases(store).claim(KEYS, "three", MONDAY + timedelta(seconds=62), 60) > 0


def test_what_robots_said_is_shared_for_a_day(store: Store) -> None:
    store.keep_robots("www.qinghe.example", "rules", "User-agent: *", MONDAY)
    assert store.robots("www.qinghe.example", MONDAY + timedelta(hours=23)) == ("rules", "User-agent: *")
    assert store.robots("www.qinghe.example", MONDAY + timedelta(hours=24)) is None
