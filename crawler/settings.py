"""Settings of the gate, from flags over the environment over the `.env` of the home. Opens nothing and connects to nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core.core_schema import ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from crawler.addresses import parse_resolve
from crawler.policy import TransportPolicy, honest_agent
from storage.errors import SettingError

DEFAULT_HOME = Path("gongkai-data")


class CrawlSettings(BaseSettings):
    """What the gate can be told; each field is `GONGKAI_` plus its name in capitals. Raises SettingError, one line."""

    model_config = SettingsConfigDict(
        env_prefix="GONGKAI_", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = DEFAULT_HOME  #: where the archive and `.env` live
    database_url: str = Field(default="", validate_default=True)  #: empty: gongkai.db in the home
    delay: float = Field(default=5.0, ge=0, le=3600)  #: seconds between visits of one host
    concurrency: int = Field(default=16, ge=1, le=1000)  #: requests under way in all
    per_host: int = Field(default=1, ge=1, le=16)  #: requests under way per host in Scrapy; leases still grant one at a time
    allow_private_hosts: bool = False
    resolve: str = ""  #: host=address or host=address:port, separated by commas or blanks
    obey_robots: bool = True
    timeout: float = Field(default=30.0, gt=0, le=600)  #: seconds for one whole request
    max_bytes: int = Field(default=20_000_000, ge=1)
    max_redirects: int = Field(default=10, ge=0, le=50)
    list_pages: int = Field(default=3, ge=1)
    browser: str = "chromium"  #: name or path of Chromium, for sites that need one
    user_agent: str = ""  #: empty: gongkai/<version> (+<contact>)
    contact: str = ""  #: an address under which a portal's keeper finds us
    vantage: str = "here"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    def __init__(self, **given: Any) -> None:
        home = Path(given.get("home") or os.environ.get("GONGKAI_HOME") or DEFAULT_HOME)
        try:
            super().__init__(_env_file=home / ".env", **{**given, "home": home})
        except ValidationError as wrong:
            raise _as_setting_error(wrong, home) from None

    @field_validator("database_url")
    @classmethod
    def _archive_in_the_home(cls, value: str, info: ValidationInfo) -> str:
        home: Path = info.data.get("home", DEFAULT_HOME)
        return value or f"sqlite:///{home.absolute() / 'gongkai.db'}"

    @field_validator("resolve")
    @classmethod
    def _pairs_can_be_read(cls, value: str) -> str:
        try:
            parse_resolve(value)
        except SettingError as error:
            raise ValueError(error.message) from None
        return value

    @field_validator("user_agent", "contact")
    @classmethod
    def _one_line_of_ascii(cls, value: str) -> str:
        if not value.isascii() or not (value.isprintable() or not value):
            raise ValueError("write one line of plain ASCII")
        return value

    def policy(self) -> TransportPolicy:
        """The same as the transport wants it."""
        return TransportPolicy(
            delay=self.delay,
            timeout=self.timeout,
            max_bytes=self.max_bytes,
            max_redirects=self.max_redirects,
            allow_private=self.allow_private_hosts,
            resolve=parse_resolve(self.resolve),
            user_agent=self.user_agent or honest_agent(self.contact),
            obey_robots=self.obey_robots,
            concurrency=self.concurrency,
        )


def _as_setting_error(wrong: ValidationError, home: Path) -> SettingError:
    first = wrong.errors(include_input=False, include_url=False)[0]
    name = "GONGKAI_" + "_".join(str(part) for part in first["loc"]).upper()
    return SettingError(
        f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}",
        f"mend it in the environment or in {home / '.env'}",
    )
