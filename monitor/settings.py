"""Settings of the lookout, from flags over the environment over the `.env` of the home. Opens nothing and connects to nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.errors import SettingError

DEFAULT_HOME = Path("gongkai-data")

_SCHEMES = {"smtp": ("none", 25), "smtps": ("implicit", 465), "smtp+starttls": ("start", 587)}
_SMTP_FORM = "smtp://user:pass@host:port, smtps:// or smtp+starttls://"
_ADDRESS = re.compile(r"[^@\s<>,;:\"\x00-\x1f\x7f]+@[^@\s<>,;:\"\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """One mail server, and how the connection to it is protected."""

    host: str
    port: int
    tls: str  #: none | implicit | start
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def smtp_server(url: str) -> SmtpServer:
    """The server named by an address like ``smtp+starttls://user:pass@host:587``; user and password are percent-encoded.

    Raises ValueError with a text that never holds the address itself, since there is a password in it.
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"the scheme must be one of {_SMTP_FORM}")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"write {_SMTP_FORM} and nothing behind the port")
    tls, usual = _SCHEMES[parts.scheme]
    try:
        port = parts.port or usual
    except ValueError:
        raise ValueError("the port is not a number between 1 and 65535") from None
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return SmtpServer(parts.hostname, port, tls, user, password)


def is_mail_address(text: str) -> bool:
    """Whether a text is one bare mail address, such as may stand in an envelope."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


class MonitorSettings(BaseSettings):
    """What the lookout can be told; each field is `GONGKAI_` plus its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="GONGKAI_", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = DEFAULT_HOME  #: where the archive, the mails and `.env` live
    database_url: str = ""  #: empty: gongkai.db in the home
    smtp_url: SecretStr | None = None  #: none: mails are written into the home
    smtp_timeout: float = Field(default=30.0, gt=0, le=60)  #: seconds for each step of the conversation
    mail_from: str = "gongkai@localhost"
    public_url: str = ""  #: where the dashboard can be reached by readers of a mail
    removal_looks: int = Field(default=3, ge=1)  #: sound looks at which a page must be absent before its removal is settled
    removal_span_hours: float = Field(default=36, ge=0)  #: and the hours that these looks must span
    restoration_looks: int = Field(default=2, ge=1)  #: sound looks at which it must be there again before its return is settled
    restoration_span_hours: float = Field(default=12, ge=0)  #: and the hours that these looks must span
    outage_looks: int = Field(default=3, ge=1)  #: crawls in a row in which a site did not answer before that is settled
    outage_span_hours: float = Field(default=24, ge=0)  #: and the hours that these crawls must span
    tsa_url: str = ""  #: a time stamp authority (RFC 3161) that stamps the daily head of the ledger
    tsa_certificates: Path | None = None  #: a PEM file with the certificates by which its stamps are checked
    witness_url: str = ""  #: where the daily head is posted, so that somebody else holds it too
    vantage: str = "here"

    @field_validator("smtp_url")
    @classmethod
    def _smtp_can_be_read(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            smtp_server(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender_is_an_address(cls, value: str) -> str:
        if not is_mail_address(value):
            raise ValueError("write one bare mail address, such as gongkai@example.org")
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_a_web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("write a web address, such as https://gongkai.example.org")
        return value.rstrip("/")

    @field_validator("tsa_url", "witness_url")
    @classmethod
    def _server_is_a_web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("write the web address of the server, such as https://tsa.example.org/tsr")
        return value

    @property
    def smtp(self) -> SmtpServer | None:
        """The mail server, or None if mails go into the home."""
        return smtp_server(self.smtp_url.get_secret_value()) if self.smtp_url else None

    @property
    def database(self) -> str:
        """The database's address; the file in the home if none was given."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'gongkai.db'}"

    @property
    def mail_folder(self) -> Path:
        """Where mails are filed when there is no mail server."""
        return self.home / "mail"

    @classmethod
    def load(cls, home: Path | None = None, **flags: Any) -> MonitorSettings:
        """Read the settings of a home; `flags` win over the environment, the environment over the home's `.env`.

        Raises SettingError, naming the first setting that cannot be used and what it should look like.
        """
        home = home or Path(os.environ.get("GONGKAI_HOME") or DEFAULT_HOME)
        try:
            return cls(home=home, _env_file=home / ".env", **flags)
        except ValidationError as wrong:
            raise _as_setting_error(wrong, home) from None
        except UnicodeDecodeError:
            raise SettingError(f"{home / '.env'} is not UTF-8", "save it as UTF-8 text") from None
        except OSError as error:
            raise SettingError(f"{home / '.env'} cannot be read: {error.strerror}", "name a home that you may read") from None


def _as_setting_error(wrong: ValidationError, home: Path) -> SettingError:
    """The first complaint as one line; the value itself is left out, since it may be a secret."""
    first = wrong.errors(include_input=False, include_url=False)[0]
    name = "GONGKAI_" + "_".join(str(part) for part in first["loc"]).upper()
    return SettingError(
        f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}",
        f"mend it in the environment or in {home / '.env'}",
    )
