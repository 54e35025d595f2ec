"""Takes the words about a page out of findings and messages; what cannot be reached any more is named. Tells nobody anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.records import Reason
from storage.rows import pack_reasons
from storage.tables import ALERT, FINDING, MESSAGE
from storage.versioning import key_of

FORGOTTEN = "forgotten"
BLANK = "(forgotten)"
TITLE = "What was told here was about a page that was forgotten"

SHORTEST = 4
"""Characters of a title from which on it is looked for in other findings; a shorter one is part of too many words."""


@dataclass(slots=True)
class Withdrawn:
    """What became of findings and messages."""

    about: list[int] = field(default_factory=list)  #: findings about the page: emptied, and over
    naming: list[int] = field(default_factory=list)  #: others that named it: the name is blotted out
    duties: list[int] = field(default_factory=list)  #: those of them that are about what is owed
    emptied: int = 0  #: messages sent, filed or given up
    again: int = 0  #: waiting messages taken back; what else they told is packed again
    filed: list[str] = field(default_factory=list)  #: files that still hold the mail


def withdraw(connection: Connection, page: Row[Any], words: Collection[str], why: str, veil: str | None) -> Withdrawn:
    """Take out all that findings and messages say of a page; with a `veil`, its address too."""
    done, hidden = Withdrawn(), sorted((word for word in words if len(word) >= SHORTEST), key=len, reverse=True)
    for row in connection.execute(select(FINDING).order_by(FINDING.c.id)).all():
        evidence = [_veiled(one, page.key, veil) for one in row.evidence]
        said: dict[str, Any] = {"title": row.title, "reasons": row.reasons, "detail": row.detail}
        if row.page == page.id or (row.url and key_of(row.url) == page.key):
            done.about.append(row.id)
            note = pack_reasons((Reason(FORGOTTEN, f"the page was forgotten: {why}"),))
            said = {"title": TITLE, "reasons": note, "detail": {}, "machine": "resolved"}
            said["url"] = veil or row.url
        elif (blotted := {name: _blotted(value, hidden) for name, value in said.items()}) != said:
            done.naming.append(row.id)
            said = blotted
        elif evidence == row.evidence:
            continue
        if row.id in (*done.about, *done.naming) and row.subject == "duty":
            done.duties.append(row.id)
        connection.execute(update(FINDING).where(FINDING.c.id == row.id).values(evidence=evidence, **said))
    _take_back(connection, done)
    return done


def _veiled(evidence: dict[str, str], key: str, veil: str | None) -> dict[str, str]:
    return {**evidence, "url": veil} if veil is not None and key_of(evidence["url"]) == key else evidence


def _blotted(value: Any, words: Sequence[str]) -> Any:
    """A value of JSON without these words."""
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, BLANK)
        return value
    if isinstance(value, list):
        return [_blotted(one, words) for one in value]
    if isinstance(value, dict):
        return {name: _blotted(one, words) for name, one in value.items()}
    return value


def _take_back(connection: Connection, done: Withdrawn) -> None:
    touched = [*done.about, *done.naming]
    told = select(ALERT.c.message).where(ALERT.c.finding.in_(touched), ALERT.c.message.is_not(None))
    for row in connection.execute(select(MESSAGE).where(MESSAGE.c.id.in_(told)).order_by(MESSAGE.c.id)).all():
        waits = row.state == "waiting"
        if waits:
            connection.execute(update(ALERT).where(ALERT.c.message == row.id).values(message=None))
        done.again, done.emptied = done.again + waits, done.emptied + (not waits)
        done.filed += [row.place] if row.place else []
        empty = {"content": b"", "subject": BLANK, "state": "withdrawn" if waits else row.state}
        connection.execute(update(MESSAGE).where(MESSAGE.c.id == row.id).values(**empty))
    # Of what was taken back and is about the page itself nobody hears any more.
    connection.execute(delete(ALERT).where(ALERT.c.finding.in_(done.about), ALERT.c.message.is_(None)))
