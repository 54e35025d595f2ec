"""A page that copies an official one and bears marks of somebody else: a brand in the body's place, a foreign host, a disguise.

True as long as the version last seen soundly bears them. It accuses no agency: it names the host, and says what to do.
"""

from __future__ import annotations

from monitor.impostor import PROOF, Sign, is_proof, signs
from monitor.proof import excerpt, host_of, told
from monitor.rule import PageCase, Rule
from storage.records import PageHistory, Reason, Verdict

KIND = "impostor_copy"
TOLD = 10
"""Signs that a finding carries at most."""


def judge(case: PageCase) -> Verdict | None:
    """Speak of the signs in a page's present text; a brand or two heavy signs settle it, one alone makes a suspicion."""
    history = case.history
    found = _found(history)
    if not found or history.current is None or history.current.reading is None:
        return None
    host = host_of(history.current.url) or history.page.site
    proven = is_proof(found)
    provinces = list(dict.fromkeys(sign.province for sign in found if sign.province and sign.weight >= PROOF))
    name = excerpt(history.current.reading.title)
    return Verdict(
        key=f"{KIND}:page:{history.page.id}",
        kind=KIND,
        subject="page",
        title=f"On {host}, under another's name{f': {name}' if name else ''}",
        machine="settled" if proven else "suspected",
        severity="high" if proven else "medium",
        agency=None,
        site=history.page.site,
        page=history.page.id,
        url=history.page.url,
        reasons=(
            *(Reason(KIND, _because(sign, host)) for sign in found[:TOLD]),
            Reason(KIND, f"there at {told(history.current.first_seen)}"),
            Reason(KIND, f"the page is on {host}, and no agency is accused; {_what_to_do(provinces)}"),
        ),
        evidence=(history.current_evidence,) if history.current_evidence else (),
        by=history.current.first_seen,
        detail={
            "host": host,
            "signs": [
                {"kind": sign.kind, "text": excerpt(sign.text), "number": sign.number, "province": sign.province}
                for sign in found[:TOLD]
            ],
        },
    )


def cleared(case: PageCase) -> bool:
    """The text last seen soundly bears no such mark."""
    current = case.history.current
    return current is not None and current.reading is not None and not _found(case.history)


def _found(history: PageHistory) -> tuple[Sign, ...]:
    current = history.current
    if current is None:
        return ()
    return signs(current.reading, (history.page.site, host_of(current.url)), history.agency_hosts)


_WORDS = {
    "host": "the page prints {} beside its portal's own name, and it came from {host}",
    "domain": "its head says it belongs to {}, a public body's domain, and it came from {host}",
    "title": "its title carries “{}”, which no public body puts there",
    "keyword": "“{}” stands where a fixed phrase of official papers has no such words",
    "characters": "characters are broken as a converter leaves them: “{}”",
    "scripts": "traditional characters stand among simplified ones: {}",
    "strewn": "signs are strewn between its words: “{}”",
    "wording": "“{}” stands where official papers have another word",
    "code": "its site code {} is one of {province}, and the site is named for another province",
    "number": "the number {} is one of {province}, and the site is named for another province",
}


def _because(sign: Sign, host: str) -> str:
    if words := _WORDS.get(sign.kind):
        return words.format(excerpt(sign.text), host=host, province=sign.province)
    number = f"; the number {sign.number} beside it is one of {sign.province}" if sign.number else ""
    return f"“{excerpt(sign.text)}” stands where the name of the issuing body belongs{number}"


def _what_to_do(provinces: list[str]) -> str:
    where = f" of {' and '.join(provinces)}" if provinces else ""
    return f"look for the document on the official site{where}"


RULE = Rule(KIND, PageCase, "page", judge, cleared)
