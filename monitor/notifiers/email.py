"""Tells by e-mail: one message with a text and an HTML part, sent by SMTP or filed as `.eml` in the home.

Loads nothing from the web into the mail, and prints nothing of a page that was not tamed and escaped before.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import smtplib
import ssl
from collections.abc import Iterable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.notifier import (
    Delivery,
    Failed,
    Filed,
    Occasion,
    Sent,
    by_agency,
    excerpts,
    happened,
    in_order,
    kind_in_words,
    local_time,
    tame,
    title_of,
    web_link,
)
from monitor.settings import MonitorSettings, SmtpServer, is_mail_address
from storage.records import OVER, SHANGHAI, Alert, Evidence, Finding, Head, Message, NewMessage

_EVIDENCE = 8  #: captures told of one finding; the rest is in the archive
_IN_FULL = 40  #: findings told in full, the gravest first
_IN_BRIEF = 200  #: further ones told by a line each


class EmailNotifier:
    """E-mail. Without a mail server in the settings, mails are filed in the home and nothing is lost."""

    def __init__(self, settings: MonitorSettings) -> None:
        self._sender = settings.mail_from
        self._server = settings.smtp
        self._timeout = settings.smtp_timeout
        self._folder = settings.mail_folder

    def render(self, alerts: Sequence[Alert], occasion: Occasion) -> NewMessage:
        """One mail for one subscriber; a finding that turned several times meanwhile is told once, as it stands now."""
        subscriber = alerts[0].subscriber
        told = in_order({alert.finding.id: alert for alert in alerts}.values())
        mail = EmailMessage(policy=WIRE)
        mail["Subject"] = subject = _subject([alert.finding for alert in told], occasion)
        mail["From"] = Address("gongkai", addr_spec=self._sender)
        if is_mail_address(subscriber.address) and subscriber.address.isascii():
            mail["To"] = subscriber.address
        mail["Date"] = occasion.now.astimezone(SHANGHAI)
        mail["Message-ID"] = message_id = _message_id(alerts, self._sender.rpartition("@")[2])
        mail["List-Id"] = f"gongkai findings <findings.{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        words = _words(told, occasion)
        mail.set_content(_TEXT.get_template("email-text.txt").render(words), cte="base64")
        mail.add_alternative(_HTML.get_template("email-body.html").render(words), subtype="html", cte="base64")
        mail.set_boundary(f"={message_id[1:25]}=")
        return NewMessage(message_id, subscriber.id, subscriber.address, "email", subject, mail.as_bytes())

    def send(self, message: Message) -> Delivery:
        """Hand the frozen bytes to the mail server, or file them; a refusal of the message itself (5xx) is permanent."""
        if self._server is None:
            return _file(self._folder, message)
        if not is_mail_address(message.address):
            return Failed(f"{tame(message.address)} is not a mail address; mend the subscriber's row", permanent=True)
        return _carry(self._server, self._timeout, self._sender, message)


# --- what the mail says -----------------------------------------------------------------------------------------------

_CHINESE = re.compile("[\u3400-\u9fff]")


def _environment(*, escape: bool) -> Environment:
    loader = PackageLoader("monitor", "notifiers/templates")
    # the text part is no markup: escaping would show a reader entities instead of signs
    made = Environment(loader=loader, autoescape=escape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701
    made.tests["chinese"] = lambda text: bool(_CHINESE.search(text))
    return made


_HTML = _environment(escape=True)
_TEXT = _environment(escape=False)


def _subject(findings: Sequence[Finding], occasion: Occasion) -> str:
    """The count and the gravest finding, the findings being in order."""
    gravest = findings[0].verdict
    words = {
        "simulated": occasion.simulated,
        "count": len(findings),
        "state": gravest.machine,
        "title": tame(title_of(gravest), 90),
    }
    return " ".join(_TEXT.get_template("email-subject.txt").render(words).split())


def _message_id(alerts: Iterable[Alert], domain: str) -> str:
    """The same for the same alerts, and for no others; keys and times keep two homes with equal numbers apart."""
    told = sorted(
        f"{a.id} {a.subscriber.id} {a.subscriber.address} {a.turn} {a.raised.isoformat()} {a.finding.verdict.key}" for a in alerts
    )
    return f"<{hashlib.sha256(chr(10).join(told).encode('utf-8', 'replace')).hexdigest()[:40]}@{domain}>"


def _words(alerts: Sequence[Alert], occasion: Occasion) -> dict[str, Any]:
    """What the templates print; every text of a page passes through `tame` here."""
    full, brief = alerts[:_IN_FULL], alerts[_IN_FULL:]
    groups = [(tame(name), [_finding(alert.finding) for alert in group]) for name, group in by_agency(full).items()]
    return {
        "simulated": occasion.simulated,
        "count": len(alerts),
        "groups": groups,
        "brief": [_line(alert.finding) for alert in brief[:_IN_BRIEF]],
        "untold": max(0, len(brief) - _IN_BRIEF),
        "now": local_time(occasion.now),
        "public_url": occasion.public_url,
        "head": _head(occasion.head) if occasion.head else None,
    }


def _head(head: Head) -> dict[str, str]:
    return {
        "size": f"{head.size:,} {'entry' if head.size == 1 else 'entries'}",
        "signed": local_time(head.signed),
        "short": head.root[:12],
        "command": f"gongkai verify --head {head.size}:{head.root}",
    }


def _line(finding: Finding) -> str:
    verdict = finding.verdict
    return f"{tame(title_of(verdict), 120)} ({tame(verdict.machine, 40)})"


def _finding(finding: Finding) -> dict[str, Any]:
    verdict = finding.verdict
    shown, further = excerpts(verdict)
    url = verdict.url or ""
    return {
        "id": finding.id,
        "title": title_of(verdict),
        "kind": kind_in_words(verdict),
        "also": [tame(kind, 40).replace("_", " ") for kind in verdict.also],
        "state": tame(verdict.machine, 40),
        "turned": local_time(finding.updated),
        "over": next((tame(reason.text, 600) for reason in verdict.reasons if reason.rule == OVER), ""),
        "human": "" if finding.human == "none" else tame(finding.human, 40),
        "severity": tame(verdict.severity, 40),
        "happened": happened(verdict),
        "site": tame(verdict.site or ""),
        "url": tame(url, 1000),
        "link": web_link(url) if len(url) <= 1000 else "",
        "reasons": [(tame(reason.rule, 60), tame(reason.text, 600)) for reason in verdict.reasons if reason.rule != OVER],
        "excerpts": shown,
        "further": further,
        "evidence": [_evidence(row) for row in verdict.evidence[:_EVIDENCE]],
        "more_evidence": max(0, len(verdict.evidence) - _EVIDENCE),
        "commands": _commands(url, changed=bool(shown)),
    }


def _evidence(row: Evidence) -> dict[str, str]:
    return {
        "time": local_time(row.time),
        "role": tame(row.role, 20),
        "outcome": tame(row.outcome, 20),
        "sha256": tame(row.sha256[:12], 12),
        "capture": tame(row.capture, 40),
    }


def _commands(url: str, *, changed: bool) -> list[str]:
    """Lines to paste into a shell; quoted, since the address was made by a stranger."""
    if not url or tame(url, len(url) + 1) != url:
        return []
    return [f"gongkai {verb} {shlex.quote(url)}" for verb in (("show", "diff") if changed else ("show",))]


# --- how it leaves ----------------------------------------------------------------------------------------------------


def _file(folder: Path, message: Message) -> Delivery:
    """Write the mail whole or not at all; the same message always gets the same name, so that no kill makes two of one."""
    day = message.created.astimezone(SHANGHAI)
    subscriber = re.sub(r"[^A-Za-z0-9_-]+", "-", message.subscriber)[:60] or "subscriber"
    path = folder / f"{day:%Y-%m-%dT%H%M%S}_{subscriber}_{message.id}.eml"
    half = folder / f".{path.name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with half.open("wb") as file:
            file.write(message.content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as wrong:
        return Failed(f"could not write {path.name}: {wrong.strerror or wrong}", unreachable=True)
    return Filed(str(path))


def _carry(server: SmtpServer, timeout: float, sender: str, message: Message) -> Delivery:
    """One SMTP conversation for one mail."""
    try:
        smtp = _connect(server, timeout)
    except smtplib.SMTPResponseException as wrong:
        # greeting, hello and login: a wrong password is mended in the settings, so no message may die of it
        return Failed(f"the mail server answered {wrong.smtp_code} {_said(wrong.smtp_error)}", unreachable=True)
    except (OSError, smtplib.SMTPException, ValueError) as wrong:
        return Failed(f"the mail server was not reached: {type(wrong).__name__}: {tame(str(wrong))}", unreachable=True)
    try:
        return _hand_over(smtp, sender, message)
    finally:
        _leave(smtp)


def _hand_over(smtp: smtplib.SMTP, sender: str, message: Message) -> Delivery:
    options = () if message.address.isascii() else ("SMTPUTF8",)
    if options and not smtp.has_extn("smtputf8"):
        return Failed("the mail server takes no address beyond ASCII; mend the subscriber's row", permanent=True)
    try:
        smtp.sendmail(sender, [message.address], message.content, options)
    except smtplib.SMTPRecipientsRefused as refused:
        return _refusal(*next(iter(refused.recipients.values())))
    except smtplib.SMTPResponseException as refused:
        return _refusal(refused.smtp_code, refused.smtp_error)
    except (OSError, smtplib.SMTPException, ValueError) as wrong:
        return Failed(f"the mail server went away: {type(wrong).__name__}: {tame(str(wrong))}", unreachable=True)
    return Sent()


def _leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye; whatever comes back no longer matters, since the server's yes or no was heard before."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _connect(server: SmtpServer, timeout: float) -> smtplib.SMTP:
    """A connection, protected as the settings say, with the certificate checked against the host's name, and logged in."""
    trusted = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.tls == "implicit":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.tls == "start":
            smtp.starttls(context=trusted)
        if server.user:
            smtp.login(server.user, server.password or "")
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _refusal(code: int, text: bytes | str) -> Failed:
    """5xx: this message will never be taken; 4xx: later perhaps; 421: the server is closing for everybody."""
    return Failed(f"the mail server answered {code} {_said(text)}", permanent=500 <= code < 600, unreachable=code == 421)


def _said(text: bytes | str) -> str:
    return tame(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
