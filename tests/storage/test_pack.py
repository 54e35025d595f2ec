"""A pack is found whole where it is, and whatever was changed in it is found and named."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from authority import Authority
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from packs import KEY, URL, Sealed, again_of, capture, failed, line_of, packed

from storage import notes, wacz
from storage.pack import check
from storage.records import canonical
from storage.stamps import asking

BODY = "<html><body>原来的文字</body></html>".encode()
OTHER = BODY.replace("原来".encode(), "后来".encode())
FOREIGN = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)


def looks(body: bytes = BODY, gone: bool = False) -> Sealed:
    """A page before and after, one look more that brought the same, and one at which nothing came."""
    first, second, third = capture(1, body), capture(3, OTHER), failed(4, "failed", "dns: no address")
    lines = [line_of(first), again_of(line_of(first), 2), line_of(second), line_of(third)]
    records = {"3.1": (first, None if gone else body, None), "3.3": (second, OTHER, None), "3.4": (third, b"", None)}
    return Sealed(lines, records, [first.sha256] if gone else [])


REFERS = {"3.2": "3.1"}
FILES = looks().files(REFERS)
PACK = packed(FILES)


def test_a_pack_that_nobody_touched_is_whole() -> None:
    found = check(PACK, key=notes.public_of(KEY))
    assert (found.faults, found.looks) == ((), 4)
    assert any("no authority stamped it" in one for one in found.told)
    assert packed(FILES) == PACK


@pytest.mark.parametrize("path", sorted({*FILES, wacz.MANIFEST, wacz.SEAL}))
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_flipped_bit_in_any_file_is_found(path: str, place: str) -> None:
    with zipfile.ZipFile(io.BytesIO(PACK)) as opened:
        entry = opened.getinfo(path)
        start = entry.header_offset + 30 + len(path)
        at = start + {"first": 0, "middle": entry.file_size // 2, "last": entry.file_size - 1}[place]
    flipped = bytearray(PACK)
    flipped[at] ^= 1
    found = check(bytes(flipped))
    assert any(path in fault for fault in found.faults)


def test_a_flipped_bit_of_the_zip_file_itself_is_found() -> None:
    with zipfile.ZipFile(io.BytesIO(PACK)) as opened:
        inside = [
            range(e.header_offset + 30 + len(e.filename), e.header_offset + 30 + len(e.filename) + e.file_size)
            for e in opened.infolist()
        ]
    frame = [at for at in range(len(PACK)) if not any(at in part for part in inside)]
    for at in frame[:: max(1, len(frame) // 150)]:
        flipped = bytearray(PACK)
        flipped[at] ^= 4
        assert check(bytes(flipped)).faults, at


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_left_out_is_missed_even_where_the_manifest_agrees(path: str) -> None:
    found = check(packed({name: data for name, data in FILES.items() if name != path}))
    stone = path in ("proofs/tombstone-2.json",)  # nothing in this pack is gone, so nothing needs it
    assert bool(found.faults) != stone, found


def test_a_file_that_the_manifest_does_not_name_is_found() -> None:
    with_more = wacz.zipped({**wacz.opened(PACK).files, "more.html": b"<p>"})
    assert check(with_more).faults == ("more.html is in the pack, but its manifest does not name it",)


def told(change: Callable[[dict[str, bytes]], None], key: Ed25519PrivateKey = KEY) -> str:
    """What is said of a pack that was changed and packed again with a manifest that agrees."""
    files = dict(FILES)
    change(files)
    return "\n".join(check(packed(files, key)).faults)


def test_a_changed_body_is_found_though_all_hashes_were_made_anew() -> None:
    def change(files: dict[str, bytes]) -> None:
        sealed = looks()
        first, _, rendered = sealed.records["3.1"]
        sealed.records = {**sealed.records, "3.1": (first, "<html><body>别的文字</body></html>".encode(), rendered)}
        files[wacz.ARCHIVE], files[wacz.INDEX] = wacz.archive(sealed.warc_records(REFERS))

    assert "the body of look 3.1 has another hash than its record says" in told(change)


def test_a_changed_record_is_found_though_it_agrees_with_its_body() -> None:
    def change(files: dict[str, bytes]) -> None:
        sealed = looks()
        first, body, rendered = sealed.records["3.1"]
        sealed.records = {**sealed.records, "3.1": (replace(first, status=500), body, rendered)}
        files[wacz.ARCHIVE], files[wacz.INDEX] = wacz.archive(sealed.warc_records(REFERS))

    assert "the record of look 3.1 is not the one that its line names" in told(change)


def test_swapped_answers_are_found() -> None:
    def change(files: dict[str, bytes]) -> None:
        sealed = looks()
        one, other = sealed.records["3.1"], sealed.records["3.3"]
        sealed.records = {**sealed.records, "3.1": (one[0], other[1], None), "3.3": (other[0], one[1], None)}
        files[wacz.ARCHIVE], files[wacz.INDEX] = wacz.archive(sealed.warc_records(REFERS))

    said = told(change)
    assert "body of look 3.1" in said
    assert "body of look 3.3" in said


@pytest.mark.parametrize("kind", ["request", "metadata", "response", "revisit"])
def test_a_record_of_ones_own_making_is_found(kind: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        made = looks().warc_records(REFERS)
        at = next(at for at, record in enumerate(made) if record.kind == kind)
        made[at] = replace(made[at], fields=(*made[at].fields, ("X-More", "1")))
        files[wacz.ARCHIVE], files[wacz.INDEX] = wacz.archive(made)

    assert "says something else than its look's record and bytes" in told(change)


def test_a_record_too_many_and_one_too_few_are_found() -> None:
    def more(files: dict[str, bytes]) -> None:
        made = looks().warc_records(REFERS)
        files[wacz.ARCHIVE], files[wacz.INDEX] = wacz.archive([*made, replace(made[2], id="urn:uuid:0")])

    def fewer(files: dict[str, bytes]) -> None:
        made = [record for record in looks().warc_records(REFERS) if record.kind != "request"]
        files[wacz.ARCHIVE], files[wacz.INDEX] = wacz.archive(made)

    assert "nothing proves the" in told(more)
    assert "is missing" in told(fewer)


def test_an_index_that_leads_elsewhere_is_found() -> None:
    assert wacz.INDEX in told(lambda files: files.update({wacz.INDEX: files[wacz.INDEX].replace(b"200", b"404")}))


def changed_json(path: str, **told_: object) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({path: canonical(json.loads(files[path]) | told_)})


def test_a_line_of_another_look_or_another_run_is_found() -> None:
    proof = json.loads(FILES["proofs/3.1.json"])
    assert "is not in the sealed list" in told(
        changed_json("proofs/3.1.json", line=proof["line"].replace("2025-03-04", "2025-03-05"))
    )
    assert "the line is that of look 3.2" in told(lambda files: files.update({"proofs/3.1.json": files["proofs/3.2.json"]}))
    leaf = {**proof["leaf"], "data": proof["leaf"]["data"].replace('"run":3', '"run":4')}
    assert "entry 1 is not in the log of the signed head" in told(changed_json("proofs/3.1.json", leaf=leaf))
    assert "no signed head covers this entry yet" in told(changed_json("proofs/3.1.json", head=None))
    assert "finding.json: look 3.1 is not proven" in told(lambda files: files.pop("proofs/3.1.json"))


def test_what_the_finding_cites_has_to_be_what_was_seen() -> None:
    for name, value, said in (
        ("time", "2025-03-04T02:00:02Z", "at another time"),
        ("sha256", "0" * 64, "other bytes"),
        ("outcome", "gone", "came out otherwise"),
        ("capture", "3.9", "look 3.9 is not proven"),
        ("url", "https://www.elsewhere.example/", "at another address"),
    ):
        cited = json.loads(FILES["finding.json"])["evidence"]
        assert said in told(changed_json("finding.json", evidence=[cited[0] | {name: value}]))


def test_a_statement_that_somebody_else_wrote_is_found_by_its_signature() -> None:
    assert "not signed by the key of the heads" in told(lambda files: files.update({"statement.txt": b"they lied"}), FOREIGN)


def test_a_head_that_somebody_else_signed_is_found() -> None:
    def change(files: dict[str, bytes]) -> None:
        files["heads/3.txt"] = files["heads/3.txt"].replace(b"2025", b"2024")

    assert "the signature of the note is false" in told(change)
    assert "signed by another key than" in "\n".join(check(PACK, key=notes.public_of(FOREIGN)).faults)


def test_a_time_stamp_is_checked_and_trusted_only_with_certificates(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "one"), Authority(tmp_path / "other")
    note = FILES["heads/3.txt"]
    stamped = packed({**FILES, "heads/3.tsr": authority.answer(asking(note).as_bytes())})
    assert check(stamped).faults == ()
    assert any("an authority that was NOT checked" in one for one in check(stamped).told)
    trusted = check(stamped, [authority.root])
    assert trusted.faults == ()
    assert any("by an authority that you trust" in one for one in trusted.told)
    assert any("cannot be trusted" in fault for fault in check(stamped, [stranger.root]).faults)
    other = packed({**FILES, "heads/3.tsr": authority.answer(asking(b"another note").as_bytes())})
    assert check(other).faults == ("heads/3.tsr: the time stamp is for other data",)


def test_bytes_may_be_gone_only_with_a_tombstone() -> None:
    assert check(packed(looks(gone=True).files())).faults == ()
    files = looks(gone=True).files()
    del files["proofs/tombstone-2.json"]
    assert any("the body of look 3.1 has another hash" in fault for fault in check(packed(files)).faults)


def test_what_is_no_pack_is_told_in_one_line() -> None:
    for data in (b"", b"PK", b"\0" * 100, wacz.zipped({}), wacz.zipped({"a": b"b"}), PACK[: len(PACK) // 2]):
        assert check(data).faults


@pytest.mark.parametrize(
    "name", ["../up.html", "/root.html", "a\\b.html", "C:/x", "a//b", ".hidden", "a/../b", "a\u202eb", "x" + "/y" * 9, "a\nb"]
)
def test_names_that_lead_out_of_the_pack_are_refused(name: str) -> None:
    found = check(wacz.zipped({**wacz.opened(PACK).files, name: b"x"}))
    assert found.looks == 0
    assert any("not one that a pack may hold" in fault for fault in found.faults)


def made_zip(**how: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **how) as made:  # type: ignore[call-overload]
        made.writestr("a.txt", b"\0" * 10_000_000)
    return out.getvalue()


def test_a_zip_bomb_a_link_and_a_doubled_name_are_refused() -> None:
    assert any("lies as it is" in fault for fault in check(made_zip(compression=zipfile.ZIP_DEFLATED)).faults)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("twice", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("twice", "2")
    faults = "\n".join(check(out.getvalue()).faults)
    assert "'link' is no plain file" in faults
    assert "'twice' is there more than once" in faults


def test_a_bomb_among_the_records_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wacz, "MOST_BYTES", 1000)
    assert any("more bytes when unpacked" in fault for fault in check(PACK).faults)


def test_nonsense_in_any_part_is_a_fault_and_no_crash() -> None:
    for path in FILES:
        for nonsense in (b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000):
            files = {**FILES, path: nonsense}
            assert (
                check(packed(files)).faults
                or path in ("proofs/tombstone-2.json", "pages/pages.jsonl")
                or path.endswith((".txt", ".html", ".md"))
            ), path
    assert URL
