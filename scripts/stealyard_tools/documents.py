"""Reading one JSON document of ours: parse, version, schema; every way it can be wrong ends in one line that names the file."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

from . import json_schema
from .errors import usage_error

READS_VERSION = 1


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number in JSON")


def parse_json(text: str, source: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise usage_error(f"{source} is corrupt: not JSON ({error})") from None


def read_text(path: pathlib.Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise usage_error(f"{path} is corrupt: not UTF-8 text") from None
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from None


def check_document(document: Any, kind: str, source: str, *, versioned: bool = True) -> dict[str, Any]:
    """Refuses a newer version before it looks at anything else: its fields may mean something different."""
    if not isinstance(document, dict):
        raise usage_error(f"{source} is corrupt: a JSON object is expected, found {type(document).__name__}")
    if versioned:
        _check_version(document.get("schema"), kind, source)
    try:
        json_schema.check(document, kind)
    except json_schema.mismatch as reason:
        raise usage_error(f"{source} is corrupt: {reason}") from None
    return document


def _check_version(given: Any, kind: str, source: str) -> None:
    accepted = f"stealyard.{kind}/{READS_VERSION}"
    match = re.fullmatch(rf"stealyard\.{kind}/(\d+)", given) if isinstance(given, str) else None
    if match is None:
        raise usage_error(f"{source} is not a {kind}: its schema is {json.dumps(given)}, accepted: {accepted}")
    if int(match[1]) > READS_VERSION:
        raise usage_error(f"{source} has schema {given}, newer than {accepted}, the newest this program reads: update Stealyard")
    if int(match[1]) != READS_VERSION:
        raise usage_error(f"{source} has schema {given}; this program reads {accepted}")


def read_document(path: pathlib.Path, kind: str, *, versioned: bool = True) -> dict[str, Any]:
    return check_document(parse_json(read_text(path), str(path)), kind, str(path), versioned=versioned)


