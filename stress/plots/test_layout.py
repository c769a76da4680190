"""Figures a person can read: no two texts on top of each other, nothing off the sheet, looks that stay for ever."""
from __future__ import annotations

import math
import pathlib
import re
import unittest
from unittest import mock

import matplotlib.colors
import numpy
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from .made_up import view_of

from stealyard_tools.plots import FIGURES, nothing_to_draw, style

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SHAPES = {
    "two variants, one worker, one workload": ("--variants", "2", "--no-peer", "--workers", "1", "--workloads", "yield", "--blocks", "1"),
    "the quick profile": ("--variants", "4", "--blocks", "3", "--micro"),
    "the reference": ("--variants", "4", "--blocks", "12", "--micro", "--fail", "stealyard.yield.w1.eventcount", "--wrong",
                      "stealyard.skynet.w2.eventcount", "--missing", "stealyard.buffered.w1.eventcount", "--missing-blocks", "1"),
    "long names": ("--variants", "6", "--blocks", "2", "--micro"),
    "twenty variants, eight workers": ("--variants", "20", "--workers", "1", "2", "4", "8", "--blocks", "3"),
}


def long_names(document: dict) -> None:
    """Names that people outside this tree may well choose."""
    renamed = {"eventcount": "eventcount_with_spinning_and_membarrier", "spawn_join": "spawn_join_batched_by_one_thousand",
               "external_wake": "wakefromaforeignthread", "run_queue_push_pop": "run_queue.push_pop_at_depth_sixty_four"}
    for cell in document["plan"]["cells"]:
        for key in ("label", "workload"):
            cell[key] = renamed.get(cell[key], cell[key])
    for record in document["measurements"]:
        name = record["measurement"]["workload"]
        record["measurement"]["workload"] = renamed.get(name, name)


def texts_of(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is really drawn with the box it fills, slightly shrunk: boxes include the room of letters that are not there."""
    drawn: list[Text] = []
    original = Text.draw

    def record(text: Text, renderer: object) -> None:
        drawn.append(text)
        original(text, renderer)

    with mock.patch.object(Text, "draw", record):
        figure.canvas.draw()
    found = []
    for text in drawn:
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent()
            found.append((text.get_text(), box.expanded((box.width - 2) / box.width, 0.8)))
    return found


def overlaps(texts: list[tuple[str, Bbox]]) -> list[tuple[str, str]]:
    """All at once: there are hundreds of texts, hence some hundred thousand pairs."""
    low, high = numpy.array([box.min for _, box in texts]), numpy.array([box.max for _, box in texts])
    common = numpy.minimum(high[:, None], high[None]) - numpy.maximum(low[:, None], low[None])
    pairs = zip(*numpy.nonzero(numpy.triu((common > 0).all(axis=2), 1)))
    return [(texts[first][0], texts[second][0]) for first, second in pairs]


class layout(unittest.TestCase):
    def test_no_text_lies_on_another_or_off_the_sheet(self) -> None:
        drawn = 0
        for shape, arguments in SHAPES.items():
            view = view_of(*arguments, change=long_names if "long names" in shape else None)
            for name, (function, _) in FIGURES.items():
                try:
                    figure = function(view)
                except nothing_to_draw:
                    continue
                drawn += 1
                with self.subTest(shape=shape, figure=name):
                    texts = texts_of(figure)
                    self.assertGreater(len(texts), 5)
                    self.assertEqual([], overlaps(texts)[:5])
                    sheet = figure.bbox
                    outside = [text for text, box in texts if box.x0 < 0 or box.y0 < 0 or box.x1 > sheet.width or box.y1 > sheet.height]
                    self.assertEqual([], outside)
                pyplot.close(figure)
        self.assertGreaterEqual(drawn, 15)

    def test_no_text_is_too_small_for_a_page_of_830_pixels(self) -> None:
        figure = FIGURES["heatmap"][0](view_of(*SHAPES["the reference"]))
        smallest = min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip())
        self.assertGreaterEqual(smallest * 830 / 72 / style.WIDTH_INCHES, 8.0)
        pyplot.close(figure)


class looks(unittest.TestCase):
    def test_a_known_name_never_changes(self) -> None:
        """A changed or reused look makes figures of different years lie. Add lines here, never edit one."""
        kept = {"stealyard": ("#004488", "o"), "go": ("#000000", "*"), "chase_lev": ("#0072B2", "D"), "mutex_deque": ("#D55E00", "s"),
                "mutex_ring": ("#009E73", "D"), "vyukov_mpmc": ("#CC79A7", "^"), "futex": ("#56B4E9", "v"), "eventcount": ("#E69F00", "P"),
                "go_spinning": ("#332288", "<"), "uniform": ("#999933", ">"), "native_asm": ("#117733", "h"),
                "boost_context": ("#882255", "p"), "slab_guard": ("#44AA99", "X")}
        self.assertEqual(kept, {name: style.KNOWN[name] for name in kept})

    def test_a_stranger_never_changes_either(self) -> None:
        self.assertEqual(("#CC79A7", "<"), (style.color("invented_queue_12"), style.marker("invented_queue_12")))

    def test_known_names_differ_from_each_other(self) -> None:
        self.assertEqual(len(style.KNOWN), len(set(style.KNOWN.values())))

    def test_parts_of_one_figure_differ_in_grey(self) -> None:
        """Alternatives of the first reference run, the baseline and the peer: apart in lightness or in shape."""
        names = ("stealyard", "mutex_deque", "vyukov_mpmc", "eventcount", "go")
        for index, first in enumerate(names):
            for second in names[index + 1:]:
                light = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in map(matplotlib.colors.to_rgb, map(style.color, (first, second)))]
                self.assertTrue(abs(light[0] - light[1]) > 0.1 or style.marker(first) != style.marker(second), (first, second))

    def test_parts_of_one_kind_differ_for_the_colour_blind(self) -> None:
        """By simulation, and whatever their shapes: alternatives of one kind stand in one figure, beside the default parts and Go."""
        for kind, names in parts_by_kind().items():
            known = [name for name in ("stealyard", "go", *names) if name in style.KNOWN]
            for sight, matrix in SIGHTS.items():
                for index, first in enumerate(known):
                    for second in known[index + 1:]:
                        apart = math.dist(*(seen_colour(style.color(name), matrix) for name in (first, second)))
                        with self.subTest(kind=kind, sight=sight, pair=(first, second)):
                            self.assertGreater(apart, 9.0)


# Simulated dichromacy on linear RGB, after Vienot, Brettel and Mollon (1999).
SIGHTS = {
    "ordinary": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


def parts_by_kind() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, name in re.findall(r"^stealyard_variant\((\w+) (\w+)\)", (REPOSITORY / "variants" / "CMakeLists.txt").read_text(), re.MULTILINE):
        found.setdefault(kind, []).append(name)
    return found


def seen_colour(colour: str, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """CIELAB (D65) of what an eye of that sight sees: 1 is about the least difference anybody notices."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in matplotlib.colors.to_rgb(colour)]
    red, green, blue = (min(max(sum(weight * part for weight, part in zip(row, linear)), 0.0), 1.0) for row in matrix)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    a, b, c = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * b - 16, 500 * (a - b), 200 * (b - c)


if __name__ == "__main__":
    unittest.main()
