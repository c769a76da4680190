"""The report beside the plots: report.html in one file that works offline, report.md for a repository's page."""
from __future__ import annotations

import base64
import html

from .footer import footer, warnings
from .tables import all_tables, as_html, as_markdown, environment_table
from .view import result_view

_STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f5f5f3; color: #1a1a1a; font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 40px 0 4px; } p { margin: 4px 0 12px; }
nav a { margin-right: 16px; } a { color: #004488; }
.lead { color: #555; } .warning { color: #a4262c; font-weight: 600; }
figure { margin: 28px 0; background: #fff; border: 1px solid #e2e2de; border-radius: 8px; padding: 12px; }
figure img { width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; background: #fff; border: 1px solid #e2e2de; border-radius: 8px; }
table { border-collapse: collapse; font-size: 14px; width: 100%; }
th, td { text-align: left; padding: 5px 12px; border-bottom: 1px solid #ecece8; white-space: nowrap; vertical-align: top; }
td:last-child { white-space: normal; } tbody tr:last-child td { border-bottom: 0; }
th { color: #555; font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.faster { color: #0b5c9e; font-weight: 600; } .slower { color: #a4262c; font-weight: 600; }
footer { margin-top: 40px; color: #555; font-size: 13px; }
"""


def as_page(view: result_view, figures: dict[str, tuple[str, bytes]]) -> bytes:
    """`figures`: name to (what it shows, SVG). Each is embedded as an image, so that ids of two SVGs cannot meet."""
    pictures = []
    for name, (about, picture) in figures.items():
        data = base64.b64encode(picture).decode()
        pictures.append(f'<figure id="{name}"><img alt="{html.escape(about)}" src="data:image/svg+xml;base64,{data}"></figure>')
    links = "".join(f'<a href="#{name}">{html.escape(name)}</a>' for name in figures) + '<a href="#tables">tables</a>'
    alarm = "".join(f'<p class="warning">{html.escape(text)}</p>' for text in warnings(view))
    tables = "\n".join(as_html(each) for each in [*all_tables(view), environment_table(view)])
    origin = "<br>".join(html.escape(line) for line in footer(view))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stealyard: {html.escape(view.result.source.resolve().parent.name)}</title><style>{_STYLE}</style></head>
<body><main>
<h1>Stealyard: what each part costs</h1>
<p class="lead">Interchangeable run queues, channel buffers, parkers and idle policies in one scheduler, measured on one machine in
randomised blocks. Ratios are medians of pairs within a block with 95 % bootstrap intervals.</p>
{alarm}<nav>{links}</nav>
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
    return ("\n".join([*lead, *pictures, *tables])).encode()
