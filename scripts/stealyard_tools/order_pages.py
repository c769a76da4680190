"""The pages of the order ledger: one a variant, and one table over all. Made of the published documents and nothing else."""

from __future__ import annotations

from typing import Any

from . import order_ledger as ledgers

MADE_BY = "Made by `scripts/stealyard ledger --write`; do not edit."


def code(text: str) -> str:
    return f"`{text}`"


def variant_page(ledger: dict[str, Any], rows: list[str], prices: dict[str, Any] | None) -> str:
    """`rows`: of the header's own table, to say which the programs never reached."""
    lines = [f"# Orders of {ledger['variant']}", "", MADE_BY, "",
             f"As written: **{ledger['as_written']}** within {ledgers.bound_text(ledger['bound'])}: {ledger['programs']} programs, "
             f"{ledger['executions']:,} executions.", ""]
    if ledger["as_written"] == "FAILED":
        failure = ledger["failure"]
        return "\n".join([*lines, f"{code(failure['program'])}: {failure['verdict']}. No order is needed or unneeded where the variant "
                                  "fails as it is.", ""])
    strong = ledgers.stronger_than_relaxed(ledger)
    lines += order_table(strong, prices) if strong else ["No order stronger than relaxed: nothing to weaken.", ""]
    relaxed = sorted({each["row"] for each in ledger["orders"]} - {each["row"] for each in strong}, key=natural)
    unreached = [row for row in rows if row not in {each["row"] for each in ledger["orders"]}]
    if relaxed:
        lines += [f"Relaxed already: {', '.join(relaxed)}.", ""]
    if unreached:
        lines += [f"Reached by no program within the bound, so nothing is said of them: {', '.join(unreached)}.", ""]
    lines += together(ledger)
    kills = [(each, tried) for each in strong for tried in each["tried"] if tried["outcome"] == "killed"]
    if kills:
        lines += ["## Why each is needed", "", "The smallest program that fails when the order is weakened, and one failing execution of it.", ""]
    for each, tried in kills:
        lines += [f"### {each['row']} {each['role']}: {each['order']} → {tried['order']}", "", f"{code(tried['program'])}: {tried['verdict']}", ""]
        if "report" in tried:
            lines += ["```", *(line.rstrip() for line in tried["report"].rstrip().splitlines()), "```", ""]
    return "\n".join(lines)


def order_table(strong: list[dict[str, Any]], prices: dict[str, Any] | None) -> list[str]:
    lines = ["| row | role | order | is | weaker orders | price |", "|---|---|---|---|---|---|"]
    for each in strong:
        weaker = "; ".join(one_attempt(tried) for tried in each["tried"])
        lines.append(f"| {each['row']} | {each['role']} | {each['order']} | {ledgers.verdict_of(each)} | {weaker} | {price_text(each, prices)} |")
    return [*lines, "", *(f"*{name}*: {meaning}.  " for name, meaning in ledgers.VERDICTS.items()), ""]


def one_attempt(tried: dict[str, Any]) -> str:
    if tried["outcome"] == "killed":
        return f"{tried['order']} fails {code(tried['program'])}"
    if tried["outcome"] == "undecided":
        return f"{tried['order']} undecided"
    return f"**{tried['order']} survives**" + (" (load buffering?)" if tried.get("load_buffering") else "")


def price_text(order: dict[str, Any], prices: dict[str, Any] | None) -> str:
    found = (prices or {}).get("orders", {}).get(f"{order['file']}:{order['row']}:{order['role']}")
    return found["text"] if found else "-"


def together(ledger: dict[str, Any]) -> list[str]:
    chosen, refused = ledger["together"]["weakened"], ledger["together"]["refused"]
    if not chosen:
        return []
    lines = ["## Weakened together", "",
             "Searched greedily, the dearest first: with all of these at once every program still passes within the bound.", ""]
    lines += [f"- {code(each)}" for each in chosen]
    if refused:
        lines += ["", "Survivors alone, which fail beside those before them:", ""]
        lines += [f"- {code(each['what'])}: " + (f"{code(each['program'])}: {each['verdict']}" if "program" in each else each["outcome"]) for each in refused]
    return [*lines, ""]


def overview(all_ledgers: list[dict[str, Any]], prices: dict[str, dict[str, Any]]) -> str:
    lines = ["# The order ledger", "", MADE_BY, "",
             "For each memory order that the programs of `stealyard-explore` reach, in every registered variant that it covers: is it needed? Every",
             "strictly weaker order was tried at run time, the source untouched, on every execution of every program within the bound.", "",
             *(f"*{name}*: {meaning}.  " for name, meaning in ledgers.VERDICTS.items()), "",
             "| variant | within | as written | orders | needed | load buffering | too strong | undecided |",
             "|---|---|---|---:|---:|---:|---:|---:|"]
    totals = dict.fromkeys(ledgers.VERDICTS, 0)
    for each in all_ledgers:
        counts = ledgers.tally(each)
        for name, count in counts.items():
            totals[name] += count
        label = each["variant"].replace("/", ".")
        lines.append(f"| [{label}]({label}.md) | {ledgers.bound_text(each['bound'])} | {each['as_written']} | {sum(counts.values())} | "
                     + " | ".join(str(counts[name]) for name in ledgers.VERDICTS) + " |")
    lines.append(f"| all | | | {sum(totals.values())} | " + " | ".join(str(totals[name]) for name in ledgers.VERDICTS) + " |")
    strong = [(each, order, weaker) for each in all_ledgers for order, weaker in ledgers.too_strong(each)]
    if strong:
        lines += ["", "## Too strong, within the bound", "", "A bound is no proof: a larger program may need what none of these needed.", "",
                  "| variant | row | role | written | would do | price |", "|---|---|---|---|---|---|"]
        lines += [f"| {each['variant']} | {order['row']} | {order['role']} | {order['order']} | {weaker} | {price_text(order, prices.get(each['variant']))} |"
                  for each, order, weaker in strong]
    return "\n".join([*lines, ""])


def natural(row: str) -> tuple[str, int]:
    return row[:1], int(row[1:]) if row[1:].isdigit() else 0
