#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py FOLDER: joins the figures-*.json in it to results.json and prints the tables.
report.py --publish RESULTS PAGE: writes the tables between the marks of PAGE, in Markdown."""

import json
import os
import sys

from targets import PHASES, ROWS, verdicts

MODES = {"v2": "cgroup v2 alone", "v1": "cgroup v1 alone", "vm": "Debian 13 in a virtual machine, systemd, cgroup v2"}
WHO = ("ours", "crun", "runc", "floor")
IDLE_LOAD = 0.7
TRACED = ("ours", "crun", "floor")


def number(value, unit):
    if unit in ("calls", "KiB"):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def cell(figures, unit):
    if not figures:
        return "-"
    text = number(figures["median"], unit)
    if figures["n"] > 1 and unit == "ms":
        text += f" ({number(figures['p25'], unit)}-{number(figures['p75'], unit)})"
    return text


def answer(verdict):
    return {True: "met", False: "NOT MET", None: "-"}[verdict.met]


def mode_rows(results, mode):
    """[(row, cells, verdicts)] of the rows that were measured in this mode, or say why they were not."""
    rows = results[mode]["rows"]
    found = []
    for row in ROWS:
        if row.name in rows:
            found.append((row, [cell(rows[row.name].get(who), row.unit) for who in WHO], verdicts(row, rows)))
        elif row.vm and mode == "v2" and "vm" not in results:
            found.append((row, ["needs the VM: make bench-vm", "", "", ""], []))
    return found


def summary(table, measured):
    judged = [verdict for _, _, found in table for verdict in found]
    met = sum(verdict.met is True for verdict in judged)
    load = measured["load_before"]
    blurred = f"; the machine was not idle (load {load:.1f} before), so times and ratios are blurred" if load > IDLE_LOAD else ""
    return f"{met} of {len(judged)} targets met{blurred}"


def print_text(results):
    for mode, about in MODES.items():
        if mode not in results:
            continue
        table = mode_rows(results, mode)
        print(f"\n{about}; {results[mode]['host']}; {results[mode]['date']}, {results[mode]['seconds']} s")
        for who, version in results[mode]["versions"].items():
            print(f"  {who}: {version}")
        print(f"\n{'median (p25-p75), ms':40}" + "".join(f"{who:>21}" for who in WHO) + f"   {'ratio':36}{'target':20}verdict")
        for row, cells, found in table:
            line = f"{row.title:40}" + "".join(f"{text:>21}" for text in cells)
            for verdict in found or [None]:
                print((line + (f"   {verdict.text:36}{verdict.limit:20}{answer(verdict)}" if verdict else "")).rstrip())
                line = " " * len(line)
        print(f"\n{summary(table, results[mode])}")


def markdown(results):
    lines = []
    for mode, about in MODES.items():
        if mode not in results:
            continue
        table = mode_rows(results, mode)
        lines += [f"### {about[0].upper()}{about[1:]}", "",
                  f"{results[mode]['host']}; {results[mode]['date']}. " +
                  "; ".join(f"{who}: {version}" for who, version in results[mode]["versions"].items()) + ".", "",
                  "| median (p25-p75), ms | ours | crun | runc | floor | ratio | target | verdict |",
                  "|---|---|---|---|---|---|---|---|"]
        for row, cells, found in table:
            join = lambda texts: "<br>".join(texts)
            lines.append("| " + " | ".join([row.title, *cells, join(v.text for v in found), join(v.limit for v in found),
                                            join(answer(v) for v in found)]) + " |")
        lines += ["", f"{summary(table, results[mode])}.", ""]
    return "\n".join(lines)


def phase_rows(results):
    rows, calls = results["phases"]["rows"], results["phases"]["calls"]
    return [[title.replace("  ", "- "), *(cell(rows[name].get(who), "ms") for who in TRACED),
             *(str(calls.get(name, {}).get(who, "-")) for who in TRACED)]
            for name, title, *_ in PHASES if name in rows]


def print_phases(results):
    print(f"\n{'Where the time of a run goes, under strace':46}" + "".join(f"{who + ', ms':>22}" for who in TRACED) +
          "".join(f"{who:>8}" for who in TRACED) + " calls")
    for title, *cells in phase_rows(results):
        print(f"  {title:44}" + "".join(f"{text:>22}" for text in cells[:3]) + "".join(f"{text:>8}" for text in cells[3:]))


def phases_markdown(results):
    header = ["median (p25-p75)", *(f"{who}, ms" for who in TRACED), *(f"{who}, calls" for who in TRACED)]
    rows = [header, ["---"] * len(header), *phase_rows(results)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def collect(folder):
    results = {}
    for mode in (*MODES, "phases"):
        path = f"{folder}/figures-{mode}.json"
        if os.path.exists(path):
            with open(path) as file:
                results[mode] = json.load(file)
    with open(f"{folder}/results.json", "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
    return results


def replace_between(page, name, words):
    begin, end = f"<!-- {name}: bench/report.py writes it -->", f"<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        sys.exit(f"bench: the page lacks {begin} or {end}")
    return f"{before}{begin}\n\n{words}\n{end}{after}"


def publish(results_path, page_path):
    with open(results_path) as file:
        results = json.load(file)
    with open(page_path) as file:
        page = file.read()
    page = replace_between(page, "table", markdown(results))
    page = replace_between(page, "phases", phases_markdown(results))
    with open(page_path, "w") as file:
        file.write(page)


def main():
    if sys.argv[1] == "--publish":
        publish(*sys.argv[2:])
        return
    results = collect(sys.argv[1])
    print_text(results)
    if "phases" in results:
        print_phases(results)


if __name__ == "__main__":
    main()
