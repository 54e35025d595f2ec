"""What of a settings file is secret, and the same file without it. Pure: reads no disk; guesses too much rather than too little.

Secret is the value of everything named like a key, a token or a password, the password in an address, what an address carries
under such a name, and whatever a secret value is put together from.
"""

from __future__ import annotations

import io
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from dotenv.parser import Binding, parse_stream

_NAMED = re.compile(r"(?:^|_)(?:KEY|TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET)$", re.IGNORECASE)
_IN_QUERY = re.compile(r"(?:^|[_-])(?:key|token|auth|password|passwd|pass|pwd|secret|sig|signature)$|password$", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?P<mark>\s*#+\s*)(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>[^\n]*)")
_REFERRED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)")


def without_secrets(settings: str) -> tuple[str, tuple[str, ...]]:
    """The text of a `.env` without its secrets, and the names of the settings from which something was left out.

    Of an address only the password goes: a mail server that refuses the login lets messages wait, while no server at all would
    have them filed. A line that cannot be read is left out whole.
    """
    bindings = list(parse_stream(io.StringIO(settings)))
    parts = _parts_of_secrets(bindings)
    kept, left_out = [], []
    for binding in bindings:
        text, name = _told(binding, parts)
        kept.append(text)
        left_out += [name] if name else []
    return "".join(kept), tuple(dict.fromkeys(left_out))


def without_password(value: str) -> str | None:
    """A value without what is secret in it; None if nothing of it can be told without the secret."""
    scheme, colon, _ = value.partition("://")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return value
    try:
        address = urlsplit(value)
        address.port  # noqa: B018 a password with a stroke in it makes this a wrong port, and the address no address
    except ValueError:
        return None
    user, at, host = address.netloc.rpartition("@")
    if at and scheme.lower() in ("http", "https"):
        user = ""  # where nobody logs in by name, the name is a token
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    return address._replace(netloc=netloc, query=_without_secrets(address.query)).geturl()


def _without_secrets(query: str) -> str:
    told = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in told if not _IN_QUERY.search(name)]
    return query if kept == told else urlencode(kept)


def _told(binding: Binding, parts: frozenset[str]) -> tuple[str, str | None]:
    """A line as it may be told, and the name of the setting if something of it was left out."""
    line, value = binding.original.string, binding.value or ""
    if binding.error:
        return "# a line that cannot be read was left out of the backup\n", "a line that cannot be read"
    if binding.key is None:
        return "".join(_comment(each) for each in line.splitlines(keepends=True)), None
    safe = without_password(value) if not value or not _is_secret(binding.key, parts) else None
    if safe == value:
        remark = _address_in(line.replace(value, "", 1))
        return line if without_password(remark) == remark else f"{line.rpartition(' #')[0]}\n", None
    before = line[: len(line) - len(line.lstrip("\n"))]
    if safe is None:
        return f"{before}# left out of the backup: {binding.key}\n", binding.key
    return f"{before}# its secret was left out of the backup\n{binding.key}={_quoted(safe)}\n", binding.key


def _quoted(value: str) -> str:
    if re.fullmatch(r"[^\s'\"#\\$]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _comment(line: str) -> str:
    assigned = _ASSIGNED.match(line)
    if assigned is None:
        return line if without_password(_address_in(line)) == _address_in(line) else "#\n"
    value = assigned["value"].strip().strip("'\"")
    safe = None if _NAMED.search(assigned["name"]) and value else without_password(value)
    return line if safe == value else f"{assigned['mark']}{assigned['name']}={safe or ''}\n"


def _address_in(line: str) -> str:
    found = re.search(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S{1,500}", line)
    return found[0] if found else ""


def _parts_of_secrets(bindings: list[Binding]) -> frozenset[str]:
    """The names of settings that a secret value refers to, directly or by others."""
    values = {binding.key: binding.value or "" for binding in bindings if binding.key}
    parts: set[str] = set()
    ahead = [key for key, value in values.items() if _NAMED.search(key) or without_password(value) != value]
    while ahead:
        found = set(_REFERRED.findall(values.get(ahead.pop(), ""))) - parts
        parts |= found
        ahead += found
    return frozenset(parts)


def _is_secret(name: str, parts: frozenset[str]) -> bool:
    return name in parts or _NAMED.search(name) is not None
