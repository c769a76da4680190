"""A variant's header: its parts in order, and its table of memory orders, which says what the code does.

Every atomic operation stands on a line of its own that ends in its row's id; a row is one operation, with the same orders; what
pairs with what is said on both sides; a row that is not relaxed has a partner, a relaxed one says why it needs none.
"""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass

from tree import cpp_files, finding, numbered, tree, without_comments

ABOUT = "the order table of every variant, and of core's protocols, says what the code does"

FIELDS = ("Source", "Progress", "Deviates", "Invariants", "Orders")
OUTSIDE = "stress/outside/good"  # variants from outside the tree, kept as an example
# Of core, the protocols: every core/go/*_core.hpp but those that still owe their table.
OWES = ("core/go/chan_core.hpp",)
NATIVE_BY_NATURE = ("variants/stack/", "variants/context_switch/")  # they take no World, hence have no orders
ORDERS = ("relaxed", "acquire", "release", "acq_rel", "seq_cst")
ORDER = "|".join(ORDERS)
ROW = re.compile(rf"^//   (?P<id>[A-Z]\d+)\s+(?P<verb>\w+)\s+(?:(?P<object>(?!(?:{ORDER})\b)\S+)\s+)?"
                 rf"(?P<ok>{ORDER})(?:\s*/\s*(?P<fail>{ORDER}))?\s+(?:-|with (?P<pairs>\S+(?: \S+)*))(?:\s+(?P<why>\S.*))?$")
NONE = re.compile(r"^//   none\b")
LOOKS_LIKE_A_ROW = re.compile(r"^//   [A-Z]\d+\s")
OPERATION = re.compile(r"(?:(?:\.|->)(?P<verb>load|store|exchange|compare_exchange_(?:weak|strong)|fetch_\w+)|\bW::(?P<fence>fence))\(")
ROW_ID = re.compile(r"//\s*([A-Z]\d+)\b")
PAIR = re.compile(r"^[A-Z]\d+$")
RELEASING, ACQUIRING = {"release", "acq_rel", "seq_cst"}, {"acquire", "acq_rel", "seq_cst"}


@dataclass
class row:
    line: int
    name: str
    verb: str
    object: str | None
    orders: tuple[str, ...]
    pairs: list[str]  # of this table
    has_partner: bool  # here or elsewhere
    why: str

    @property
    def relaxed(self) -> bool:
        return set(self.orders) == {"relaxed"}


@dataclass
class operation:
    line: int
    verb: str
    orders: tuple[str, ...]
    text: str
    row: str | None


def check(of: tree) -> list[finding]:
    found = []
    for path in cpp_files(of, "variants", OUTSIDE):
        if not path.startswith(NATIVE_BY_NATURE) and path.removeprefix("stress/outside/").count("/") == 2:
            found += header(path, of.text(path)) + orders(path, of.text(path))
    for path in cpp_files(of, "core"):
        if path.startswith("core/go/") and path.endswith("_core.hpp") and path not in OWES:
            found += orders(path, of.text(path))
    return found


def header(path: str, text: str) -> list[finding]:
    """The parts of a variant's header, in the order of the style."""
    lines = text.split("#pragma once")[0].splitlines()
    name = pathlib.PurePosixPath(path).stem
    found = []
    if not lines or not lines[0].startswith(f"// {name}: "):
        found.append(finding(path, 1, f"the header begins with `// {name}: ` and one sentence"))
    at = {field: next((i for i, line in enumerate(lines) if re.match(rf"// {field}(?::| *$)", line)), None) for field in FIELDS}
    found += [finding(path, 1, f"the header has no part `{field}`") for field in FIELDS if at[field] is None]
    places = [place for place in at.values() if place is not None]
    if places != sorted(places):
        found.append(finding(path, 1, f"the header's parts come in another order than {', '.join(FIELDS)}"))
    return found


def orders(path: str, text: str) -> list[finding]:
    found: list[finding] = []
    rows = read_table(path, text, found)
    operations = read_operations(text)
    for each in operations:
        found += check_operation(path, each, rows)
    found += check_uses(path, rows, operations)
    for each in rows.values():
        found += check_row(path, each, rows)
    return sorted(found, key=lambda each: each.line)


def read_table(path: str, text: str, found: list[finding]) -> dict[str, row]:
    rows: dict[str, row] = {}
    inside = False
    for line, content in numbered(text):
        if content == "// Orders":
            inside = True
        elif inside and not content.startswith("//   "):
            break
        elif inside and LOOKS_LIKE_A_ROW.match(content):
            match = ROW.match(joined_with_more(text, line))
            if match is None:
                found.append(finding(path, line, "no row of an order table: `ID operation object order[ / order] (with ID, … | -)  why`"))
            elif match["id"] in rows:
                found.append(finding(path, line, f"row {match['id']} is there twice"))
            else:
                rows[match["id"]] = as_row(line, match)
    return rows


def joined_with_more(text: str, line: int) -> str:
    """A row and the lines that go on with it."""
    lines = text.splitlines()
    whole = lines[line - 1]
    for more in lines[line:]:
        if not re.match(r"//     +\S", more) or LOOKS_LIKE_A_ROW.match(more):
            break
        whole += "  " + more[2:].strip()
    return whole


def as_row(line: int, match: re.Match[str]) -> row:
    pairs, why = match["pairs"] or "", match["why"] or ""
    # Partners end at two blanks; a partner that is no id is an operation of another file, in words.
    names = [name for part in pairs.split(", ") for name in as_range(part)]
    known = [name for name in names if PAIR.match(name)]
    ok, fail = match["ok"], match["fail"]
    both = (ok, fail) if fail else (ok, ok) if match["verb"] == "cas" else (ok,)
    return row(line, match["id"], match["verb"], match["object"], both, known if len(known) == len(names) else [], bool(pairs), why)


def as_range(part: str) -> list[str]:
    ends = re.fullmatch(r"([A-Z])(\d+) to \1(\d+)", part.strip())
    return [f"{ends[1]}{n}" for n in range(int(ends[2]), int(ends[3]) + 1)] if ends else [part.strip()]


def read_operations(text: str) -> list[operation]:
    code = without_comments(text)
    lines = text.splitlines()
    found = []
    for match in OPERATION.finditer(code):
        end, arguments = top_level_arguments(code, match.end())
        named = tuple(word for word in arguments if word in ORDERS)
        if not named:
            continue  # std::vector has no load, but somebody may
        line, last = code.count("\n", 0, match.start()) + 1, code.count("\n", 0, end) + 1
        marks = [mark[1] for n in range(line, last + 1) if (mark := ROW_ID.search(lines[n - 1]))]
        verb = match["fence"] or match["verb"]
        found.append(operation(line, "cas" if verb.startswith("compare") else verb, named, lines[line - 1], marks[-1] if marks else None))
    return found


def top_level_arguments(code: str, start: int) -> tuple[int, list[str]]:
    depth, i, arguments = 0, start, [""]
    while i < len(code):
        c = code[i]
        if c in ")}]" and depth == 0:
            break
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += c
        i += 1
    return i, [argument.strip() for argument in arguments]


def check_operation(path: str, each: operation, rows: dict[str, row]) -> list[finding]:
    if each.row is None:
        return [finding(path, each.line, f"{each.verb} {' / '.join(each.orders)} does not end in its row's id (`// O3`)")]
    of = rows.get(each.row)
    if of is None:
        return [finding(path, each.line, f"row {each.row} is not in the order table")]
    found = []
    if of.verb != each.verb or of.orders != each.orders:
        found.append(finding(path, each.line, f"is {each.verb} {' / '.join(each.orders)}; row {each.row} says {of.verb} {' / '.join(of.orders)}"))
    if of.object and of.object.endswith("_") and of.object not in each.text:
        found.append(finding(path, each.line, f"row {each.row} is about {of.object}, which this line does not name"))
    return found


def check_uses(path: str, rows: dict[str, row], operations: list[operation]) -> list[finding]:
    found = []
    used: dict[str, int] = {}
    lines: dict[int, int] = {}
    for each in operations:
        lines[each.line] = lines.get(each.line, 0) + 1
        if each.row is None:
            continue
        if each.row in used and used[each.row] != each.line:
            found.append(finding(path, each.line, f"row {each.row} names the operation in line {used[each.row]} already; give this one its own"))
        used.setdefault(each.row, each.line)
    found += [finding(path, line, f"{count} atomic operations on one line") for line, count in lines.items() if count > 1]
    found += [finding(path, each.line, f"row {name} belongs to no operation") for name, each in rows.items() if name not in used]
    return found


def check_row(path: str, each: row, rows: dict[str, row]) -> list[finding]:
    found = []
    if each.relaxed and not each.why:
        found.append(finding(path, each.line, f"row {each.name} is relaxed and does not say why that is enough"))
    if not each.relaxed and not each.has_partner:
        found.append(finding(path, each.line, f"row {each.name} is {' / '.join(each.orders)} and pairs with nothing"))
    for name in each.pairs:
        other = rows.get(name)
        if other is None:
            found.append(finding(path, each.line, f"row {each.name} pairs with {name}, which is not in the table"))
        elif each.name not in other.pairs:
            found.append(finding(path, other.line, f"row {name} does not say that it pairs with {each.name}, as row {each.name} does"))
        elif not each.relaxed and not other.relaxed and not synchronise(each, other):
            found.append(finding(path, each.line, f"rows {each.name} ({each.orders[0]}) and {name} ({other.orders[0]}) cannot synchronise"))
    return found


def synchronise(a: row, b: row) -> bool:
    """Some order of one with some order of the other: an exchange has two, for success and failure."""
    return any((x in RELEASING and y in ACQUIRING) or (y in RELEASING and x in ACQUIRING) for x in a.orders for y in b.orders)
