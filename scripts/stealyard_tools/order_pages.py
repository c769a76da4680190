"""The pages of the order ledger: one a variant, and one table over all. Made of the published documents and nothing else."""

from __future__ import annotations

from typing import Any

from . import order_ledger as ledgers

MADE_BY = "Made by `scripts/stealyard ledger --write`; do not edit."


def code(text: str) -> str:
    return f"`{text}`"


def variant_page(ledger: dict[str, Any], rows: list[str], prices: dict[str, Any] | None, notes: dict[str, str]) -> str:
    """`rows`: of the header's own table, to say which the programs never reached. `notes`: why an order is written that none here needed."""
    lines = [f"# Orders of {ledger['variant']}", "", MADE_BY, "",
             f"As written: **{ledger['as_written']}** within {ledgers.within(ledger)}: {ledger['programs']} programs, "
             f"{ledger['executions']:,} executions.", ""]
    if ledger["as_written"] == "FAILED":
        failure = ledger["failure"]
        return "\n".join([*lines, f"{code(failure['program'])}: {failure['verdict']}. No order is needed or unneeded where the variant "
                                  "fails as it is.", ""])
    strong = ledgers.stronger_than_relaxed(ledger)
    own = f"{ledger['variant']}.hpp"
    lines += order_table(strong, own, prices) if strong else ["No order stronger than relaxed: nothing to weaken.", ""]
    names = [row_name(each, own) for each in ledger["orders"]]
    lines += explained([each for each in strong if ledgers.verdict_of(each) != ledgers.NEEDED], own, notes)
    relaxed = sorted(set(names) - {row_name(each, own) for each in strong}, key=natural)
    unreached = [row for row in rows if row not in names]
    if relaxed:
        lines += [f"Relaxed already: {', '.join(relaxed)}.", ""]
    if unreached:
        lines += [f"Reached by no program within the bound, so nothing is said of them: {', '.join(unreached)}.", ""]
    lines += together(ledger)
    kills = [(each, tried) for each in strong for tried in each["tried"] if tried["outcome"] == "killed"]
    if kills:
        lines += ["## Why each is needed", "", "The smallest program that fails when the order is weakened, and one failing execution of it.", ""]
    for each, tried in kills:
        lines += [f"### {row_name(each, own)} {each['role']}: {each['order']} → {tried['order']}", "", f"{code(tried['program'])}: {tried['verdict']}", ""]
        if "report" in tried:
            lines += ["```", *(line.rstrip() for line in tried["report"].rstrip().splitlines()), "```", ""]
    return "\n".join(lines)


def explained(survivors: list[dict[str, Any]], own: str, notes: dict[str, str]) -> list[str]:
    """By a person, in notes.json: rows that share a reason stand together."""
    reasons: dict[str, list[str]] = {}
    for each in survivors:
        name = row_name(each, own)
        reasons.setdefault(notes.get(f"{name}:{each['role']}", "not explained yet"), []).append(f"{name} {each['role']}")
    lines = [f"- {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    return ["## Not needed here, and why they are written", "", *lines, ""] if lines else []


def row_name(order: dict[str, Any], own: str) -> str:
    """O3; with its file where that is shared between variants."""
    return order["row"] if order["file"] == own else f"{order['file']}:{order['row']}"


def order_table(strong: list[dict[str, Any]], own: str, prices: dict[str, Any] | None) -> list[str]:
    lines = ["| row | role | order | is | weaker orders | price |", "|---|---|---|---|---|---|"]
    for each in strong:
        weaker = "; ".join(one_attempt(tried) for tried in each["tried"])
        lines.append(f"| {row_name(each, own)} | {each['role']} | {each['order']} | {ledgers.verdict_of(each)} | {weaker} | {price_text(each, prices)} |")
    lines += ["", *(f"*{name}*: {meaning}.  " for name, meaning in ledgers.VERDICTS.items()), ""]
    return lines + ([measured(prices), ""] if prices else [])


def measured(prices: dict[str, Any]) -> str:
    text = (f"Prices: {prices['processor']}, {', '.join(prices['compilers'].values())}; the order's instruction for what stands there without it; "
            f"nanoseconds of one round of calls by one thread, median and quartiles of {prices['pairs']} pairs")
    text += f"; load of the machine {prices['load']}: a loaded machine" if prices["load"] > 1.5 else ""  # one is ours
    return text + (f". Not priced, for lack of a compiler: {', '.join(prices['not_priced'])}." if prices["not_priced"] else ".")


def one_attempt(tried: dict[str, Any]) -> str:
    if tried["outcome"] == "killed":
        return f"{tried['order']} fails {code(tried['program'])}"
    if tried["outcome"] == "undecided":
        return f"{tried['order']} undecided"
    return f"**{tried['order']} survives**" + (" (load buffering?)" if tried.get("load_buffering") else "")


def price_text(order: dict[str, Any], prices: dict[str, Any] | None, weaker: str | None = None) -> str:
    """Against the weakest order there is, or against the one that would do."""
    found = (prices or {}).get("orders", {}).get(f"{order['file']}:{order['row']}:{order['role']}")
    if found and weaker is not None and found["against"] != weaker:
        found = found.get("would_do")
    return found["text"] if found and weaker in (None, found["against"]) else "-"


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
        lines.append(f"| [{label}]({label}.md) | {ledgers.within(each)} | {each['as_written']} | {sum(counts.values())} | "
                     + " | ".join(str(counts[name]) for name in ledgers.VERDICTS) + " |")
    lines.append(f"| all | | | {sum(totals.values())} | " + " | ".join(str(totals[name]) for name in ledgers.VERDICTS) + " |")
    strong = [(each, order, weaker) for each in all_ledgers for order, weaker in ledgers.too_strong(each)]
    if strong:
        lines += ["", "## Too strong, within the bound", "", "A bound is no proof: a larger program may need what none of these needed.", "",
                  "| variant | row | role | written | would do | price |", "|---|---|---|---|---|---|"]
        lines += [f"| {each['variant']} | {row_name(order, each['variant'] + '.hpp')} | {order['role']} | {order['order']} | {weaker} | {price_text(order, prices.get(each['variant']), weaker)} |"
                  for each, order, weaker in strong]
    return "\n".join([*lines, ""])


def natural(row: str) -> tuple[str, str, int]:
    file, _, name = row.rpartition(":")
    return file, name[:1], int(name[1:]) if name[1:].isdigit() else 0
