"""The report beside the plots: report.html in one file that works offline, report.md for a repository's page."""
from __future__ import annotations

import base64
import html

from . import peer, who_won
from .footer import footer, warnings
from .heatmap import number
from .ratio_grid import nothing_to_draw
from .tables import all_tables, as_html, as_markdown, environment_table
from .view import result_view, task
from ..statistics import comparison

_STYLE = """
:root { color-scheme: light; --ink: #1a1a1a; --faint: #5a5a5a; --line: #e2e2de; --blue: #004488; --red: #a4262c; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 56px; }
body { margin: 0; background: #f5f5f3; color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; } h2 { font-size: 20px; margin: 36px 0 4px; } p { margin: 4px 0 12px; }
a { color: var(--blue); } .lead { color: var(--faint); max-width: 70ch; } .warning { color: var(--red); font-weight: 600; }
nav { position: sticky; top: 0; z-index: 1; background: #f5f5f3; border-bottom: 1px solid var(--line); padding: 10px 0; margin: 12px 0 4px;
  overflow-x: auto; white-space: nowrap; }
nav a { margin-right: 16px; text-decoration: none; } nav a:hover { text-decoration: underline; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; margin: 16px 0; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
.card b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card.slow b { color: var(--red); } .card.fast b { color: #0b5c9e; }
.card span { display: block; color: var(--faint); font-size: 13px; overflow-wrap: anywhere; }
figure { margin: 24px 0; } figcaption { color: var(--faint); font-size: 13px; margin: 4px 2px; }
.wide { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
figure .wide { padding: 12px; } figure img { width: 100%; min-width: 820px; height: auto; display: block; }
table { border-collapse: collapse; font-size: 14px; width: 100%; }
th, td { text-align: left; padding: 5px 12px; border-bottom: 1px solid #ecece8; white-space: nowrap; vertical-align: top; }
td:last-child { white-space: normal; min-width: 12ch; } tbody tr:last-child td { border-bottom: 0; } tbody tr:hover { background: #f7f9fb; }
summary { cursor: pointer; color: var(--blue); } details li { margin: 4px 0; }
th { color: var(--faint); font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.faster { color: #0b5c9e; font-weight: 600; } .slower { color: var(--red); font-weight: 600; }
footer { margin-top: 40px; color: var(--faint); font-size: 13px; overflow-wrap: anywhere; }
@media (max-width: 640px) { main { padding: 20px 12px 48px; } h1 { font-size: 23px; } .cards { grid-template-columns: 1fr 1fr; }
  .swipe { display: inline; } }
@media (min-width: 641px) { .swipe { display: none; } }
@media print { nav { display: none; } .wide { overflow: visible; border: 0; } figure { break-inside: avoid; } figure img { min-width: 0; } }
"""


def cards(view: result_view) -> str:
    """What a visitor wants first: how many times faster than the peer, a card a workload with the most workers measured."""
    try:
        found = peer.rows(view)
    except nothing_to_draw:
        return ""
    best: dict[str, tuple[task, comparison]] = {}
    for which, row in found:
        kept = best.get(which.workload)
        if kept is None or (which.workers, row.speedup.count) > (kept[0].workers, kept[1].speedup.count):
            best[which.workload] = which, row
    pieces = []
    for which, row in best.values():
        speed = row.speedup
        side = "fast" if speed.low and speed.low > 1 else "slow" if speed.high and speed.high < 1 else ""
        interval = f"{number(speed.low)} to {number(speed.high)}" if speed.low and speed.high else "one pair"
        pieces.append(f'<div class="card {side}"><span>{html.escape(view.name(which))} · {which.workers} w</span><b>{number(speed.median)}×</b>'
                      f"<span>{interval}</span></div>")
    return f'<p class="lead">How many times faster than {html.escape(str(view.peer))} (95 % interval):</p><div class="cards">{"".join(pieces)}</div>'


def spoilers(view: result_view) -> str:
    """What doctor had found when the run began."""
    found = [each for each in view.result.environment.get("doctor", []) if each["state"] == "bad"]
    if not found:
        return ""
    texts = "; ".join(f"{html.escape(each['name'])}: {html.escape(each['value'])}" for each in found)
    return f'<p class="warning">This machine was not quiet when the run began: {texts}.</p>'


def as_page(view: result_view, figures: dict[str, tuple[str, bytes]]) -> bytes:
    """`figures`: name to (what it shows, SVG). Each is embedded as an image, so that ids of two SVGs cannot meet."""
    pictures = []
    for name, (about, picture) in figures.items():
        data = base64.b64encode(picture).decode()
        pictures.append(f'<figure id="{name}"><div class="wide" tabindex="0"><img alt="{html.escape(about)}" '
                        f'src="data:image/svg+xml;base64,{data}"></div><figcaption>{html.escape(about)}.'
                        '<span class="swipe"> Swipe sideways.</span></figcaption></figure>')
    won = who_won.as_html(view)
    targets = {**({"won": "who won"} if won else {}), **{name: name for name in figures}, "tables": "tables"}
    links = "".join(f'<a href="#{name}">{html.escape(text)}</a>' for name, text in targets.items())
    alarm = "".join(f'<p class="warning">{html.escape(text)}</p>' for text in warnings(view)) + spoilers(view)
    tables = "\n".join(as_html(each) for each in [*all_tables(view), environment_table(view)])
    origin = "<br>".join(html.escape(line) for line in footer(view))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stealyard: {html.escape(view.result.source.resolve().parent.name)}</title><style>{_STYLE}</style></head>
<body><main>
<h1>Stealyard: what each part costs</h1>
<p class="lead">Interchangeable run queues, channel buffers, parkers and idle policies in one scheduler, measured on one machine in
randomised blocks. Ratios are medians of pairs within a block with 95 % bootstrap intervals.</p>
{alarm}{cards(view)}<nav>{links}</nav>
{won}
{''.join(pictures)}
<section id="tables">
{tables}
</section>
<footer>{origin}</footer>
</main></body></html>
""".encode()


def as_notes(view: result_view, figures: dict[str, tuple[str, bytes]], picture_format: str) -> bytes:
    lead = ["# Stealyard: what each part costs", "", *(f"**{text}**\n" for text in warnings(view))]
    pictures = [f"![{about}]({name}.{picture_format})\n" for name, (about, _) in figures.items()]
    tables = [as_markdown(each) + "\n" for each in [*all_tables(view), environment_table(view)]]
    return "\n".join([*lead, who_won.as_markdown(view) + "\n", *pictures, *tables]).encode()
