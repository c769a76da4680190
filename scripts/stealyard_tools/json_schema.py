"""Checks a document against the JSON Schemas of results/schema: the subset of keywords that they use, and no other.

Debian's python3-jsonschema would do, but the front door must run on a bare Python. A keyword this module does not know is an
error, so that a schema cannot grow a rule which is silently not checked.
"""

from __future__ import annotations

import functools
import json
import pathlib
import re
from typing import Any

SCHEMA_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "results" / "schema"

_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int,
}
_SILENT = {"$schema", "$id", "title", "description", "examples"}


class mismatch(Exception):
    """The document is not what the schema says; the text names the place."""


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMA_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))


def check(document: Any, schema_name: str) -> None:
    """Raises mismatch at the first place where the document departs from the named schema."""
    _check(document, load_schema(schema_name), schema_name)


def _has_type(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name in ("number", "integer"):
        return False
    return isinstance(value, _TYPES[name])


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _check(value: Any, schema: dict[str, Any], where: str) -> None:
    for keyword, rule in schema.items():
        if keyword in _SILENT:
            continue
        rule_checker = _RULES.get(keyword)
        if rule_checker is None:
            raise AssertionError(f"results/schema uses '{keyword}', which json_schema.py does not check")
        rule_checker(value, rule, where)


def _ref(value: Any, rule: str, where: str) -> None:
    _check(value, load_schema(rule.removesuffix(".schema.json")), where)


def _type(value: Any, rule: str | list[str], where: str) -> None:
    accepted = [rule] if isinstance(rule, str) else rule
    if not any(_has_type(value, name) for name in accepted):
        raise mismatch(f"{where}: {_shown(value)} is not {' or '.join(accepted)}")


def _enum(value: Any, rule: list[Any], where: str) -> None:
    if value not in rule:
        raise mismatch(f"{where}: {_shown(value)} is not one of {', '.join(map(str, rule))}")


def _minimum(value: Any, rule: float, where: str) -> None:
    if _has_type(value, "number") and not value >= rule:  # also refuses NaN
        raise mismatch(f"{where}: {_shown(value)} is less than {rule}")


def _exclusive_minimum(value: Any, rule: float, where: str) -> None:
    if _has_type(value, "number") and not value > rule:
        raise mismatch(f"{where}: {_shown(value)} is not greater than {rule}")


def _pattern(value: Any, rule: str, where: str) -> None:
    if isinstance(value, str) and not re.search(rule, value):
        raise mismatch(f"{where}: {_shown(value)} does not match {rule}")


def _required(value: Any, rule: list[str], where: str) -> None:
    if isinstance(value, dict):
        for key in rule:
            if key not in value:
                raise mismatch(f"{where}: '{key}' is missing")


def _properties(value: Any, rule: dict[str, Any], where: str) -> None:
    if isinstance(value, dict):
        for key, schema in rule.items():
            if key in value:
                _check(value[key], schema, f"{where}.{key}")


def _additional(value: Any, rule: dict[str, Any], where: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check(item, rule, f"{where}.{key}")


def _items(value: Any, rule: dict[str, Any], where: str) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, rule, f"{where}[{index}]")


def _min_items(value: Any, rule: int, where: str) -> None:
    if isinstance(value, list) and len(value) < rule:
        raise mismatch(f"{where}: has {len(value)} items, at least {rule} are needed")


def _max_items(value: Any, rule: int, where: str) -> None:
    if isinstance(value, list) and len(value) > rule:
        raise mismatch(f"{where}: has {len(value)} items, at most {rule} are allowed")


def _any_of(value: Any, rule: list[dict[str, Any]], where: str) -> None:
    reasons = []
    for schema in rule:
        try:
            _check(value, schema, where)
            return
        except mismatch as reason:
            reasons.append(str(reason))
    raise mismatch(reasons[0] if len(reasons) == 1 else f"{where}: none of: {'; '.join(reasons)}")


_RULES = {
    "$ref": _ref, "type": _type, "enum": _enum, "minimum": _minimum, "exclusiveMinimum": _exclusive_minimum, "pattern": _pattern,
    "required": _required, "properties": _properties, "additionalProperties": _additional, "items": _items,
    "minItems": _min_items, "maxItems": _max_items, "anyOf": _any_of,
}
