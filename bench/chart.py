#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chart.py RESULTS SVG: draws the times of results.json, cgroup v2, as multiples of crun's on a logarithmic axis."""

import json
import math
import sys
from xml.sax.saxutils import escape

from report import number
from targets import ROWS, Times

COLOURS = {"floor": "#e0a030", "runc": "#7a828a", "crun": "#c8384e", "ours": "#0b6e4f"}    # ours is drawn last, on top
LABEL, PLOT, FIGURES, LINE, TOP, BOTTOM = 290, 520, 200, 24, 78, 54
WIDTH = LABEL + PLOT + FIGURES
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
FROM, TO = 0.03, 25


def x_of(ratio):
    share = math.log(min(max(ratio, FROM), TO) / FROM) / math.log(TO / FROM)
    return LABEL + share * PLOT


def text(x, y, words, anchor="start", colour="#222", size=13, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def dot(x, y, who):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if who == "ours" else 5}" fill="{COLOURS[who]}"/>'


def line(x1, y1, x2, y2, colour, width=1.0):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def draw(results):
    rows = results["v2"]["rows"]
    shown = [(row, rows[row.name]) for row in ROWS
             if row.unit == "ms" and {"ours", "crun"} <= rows.get(row.name, {}).keys()]
    bottom = TOP + len(shown) * LINE
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" '
             'font-family="system-ui, sans-serif">',
             f'<rect width="{WIDTH}" height="{bottom + BOTTOM}" fill="#fff"/>',
             text(16, 26, "Time of each operation, as a multiple of crun's (further left is faster)", size=16, weight="bold"),
             text(16, 48, f"Medians; cgroup v2; {results['v2']['host']}; {results['v2']['date']}", colour="#666", size=12)]
    for tick in TICKS:
        parts += [line(x_of(tick), TOP - 8, x_of(tick), bottom, "#999" if tick == 1 else "#e4e4e4"),
                  text(x_of(tick), bottom + 16, f"{tick:g}", "middle", "#666", 11)]
    for position, (row, figures) in enumerate(shown):
        y = TOP + (position + 0.5) * LINE
        crun = figures["crun"]["median"]
        parts += [text(LABEL - 14, y + 4, row.title, "end"), line(LABEL, y, LABEL + PLOT, y, "#f0f0f0")]
        for target in row.targets:
            if isinstance(target, Times) and target.whom == "crun":
                parts.append(line(x_of(target.factor), y - 9, x_of(target.factor), y + 9, COLOURS["ours"], 2))
        parts += [dot(x_of(figures[who]["median"] / crun), y, who) for who in COLOURS if who in figures]
        parts.append(text(LABEL + PLOT + 16, y + 4, f"{number(figures['ours']['median'], 'ms')} ms, crun {number(crun, 'ms')} ms",
                          colour="#444", size=12))
    x, y = LABEL, bottom + 38
    for who in reversed(COLOURS):
        parts += [dot(x, y, who), text(x + 12, y + 4, who, size=12)]
        x += 78
    parts += [line(x, y - 8, x, y + 8, COLOURS["ours"], 2), text(x + 10, y + 4, "target", size=12), "</svg>"]
    return "\n".join(parts) + "\n"


def main():
    with open(sys.argv[1]) as file:
        results = json.load(file)
    with open(sys.argv[2], "w") as file:
        file.write(draw(results))


if __name__ == "__main__":
    main()
