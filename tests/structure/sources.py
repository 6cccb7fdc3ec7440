#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every source file: licence line, no unfinished work, scripts that parse, a length
that can be read. Each rule is also shown a file that breaks it.

usage: sources.py SOURCE_ROOT
"""
import re
import subprocess
import sys

from tap import Tap, read, tree

LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
# Written in two halves, so that this file keeps the rule itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
LINES_MAX = 900
COLUMNS_MAX = 120  # clang-format wraps at 100; this is for what it cannot wrap


def language(path, text):
    """"c", "sh", "python", "meson", "text" or None for data."""
    if path.endswith((".c", ".h")):
        return "c"
    if re.match(r"#!.*\bpython", text) or path.endswith(".py"):
        return "python"
    if re.match(r"#!.*\b(sh|bash)\b", text) or path.endswith(".sh"):
        return "sh"
    if path.endswith("meson.build"):
        return "meson"
    return "text" if path.endswith((".md", ".txt")) and not path.startswith("data/") else None


def licence(_, kind, text):
    if kind in ("c", "sh", "python") and LICENCE not in "\n".join(text.splitlines()[:2]):
        return ["no SPDX line at its head"]
    return []


def finished(_, kind, text):
    if kind is None:
        return []
    return [f"line {number}: {match[0]}" for number, line in enumerate(text.splitlines(), 1)
            for match in [UNFINISHED.search(line)] if match]


def parses(_, kind, text):
    if kind == "sh":
        run = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
        return [] if run.returncode == 0 else [run.stderr.strip() or "sh -n refuses it"]
    if kind == "python":
        try:
            compile(text, "script", "exec")
        except SyntaxError as error:
            return [f"line {error.lineno}: {error.msg}"]
    return []


def readable(_, kind, text):
    if kind not in ("c", "sh", "python"):
        return []
    lines = text.splitlines()
    problems = [f"{len(lines)} lines; at most {LINES_MAX}"] if len(lines) > LINES_MAX else []
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            problems.append(f"line {number}: {len(line)} columns; at most {COLUMNS_MAX}")
        if "\t" in line and kind != "sh":
            problems.append(f"line {number}: a tab")
        if line.endswith((" ", "\t", "\r")):
            problems.append(f"line {number}: blanks at its end")
    return problems


def guarded(path, _, text):
    if not path.endswith(".h"):
        return []
    guard = re.search(r"^#ifndef (\w+)\n#define \1$", text, re.MULTILINE)
    return [] if guard and text.rstrip().endswith("#endif") else ["no include guard"]


RESULT = re.compile(r'"([a-z_]+\.(?:csv|json))"')


def named_once(sources):
    """A report is one file and one line: what writes results, what moves old ones aside and what
    tells of them know the files' names from one place. {path: text} -> problems"""
    where = {}
    for path, text in sources.items():
        if path.endswith("_table.c"):  # prose: "… more lines in bill.csv"
            continue
        for name in set(RESULT.findall(text)) - {"run.json"}:
            where.setdefault(name, []).append(path)
    return [f"{name}: in {' and '.join(sorted(paths))}" for name, paths in sorted(where.items())
            if len(paths) > 1]


RULES = [
    ("sources name their licence", licence, ("bad.c", "int bad;\n")),
    ("nothing is marked as unfinished", finished, ("bad.c", "/* TO" "DO: all of it */\n")),
    ("scripts parse", parses, ("bad", "#!/bin/sh\nif true; then\n")),
    ("Python scripts parse", parses, ("bad.py", "if\n")),
    ("sources can be read: length, width, no stray blanks", readable, ("bad.c", "int a; \n")),
    ("headers are guarded", guarded, ("bad.h", "int bad;\n")),
]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: sources.py SOURCE_ROOT")
    root = sys.argv[1]
    texts = [(path, read(root, path)) for path in tree(root) if not path.startswith("data/")]
    files = [(path, language(path, text), text) for path, text in texts]
    tap = Tap()
    kinds = {kind for _, kind, _ in files}
    tap.case("C, shell and Python sources are found",
             [f"no {kind}" for kind in ("c", "sh", "python") if kind not in kinds])
    for name, rule, (bad_path, bad_text) in RULES:
        problems = [f"{path}: {problem}" for path, kind, text in files
                    for problem in rule(path, kind, text)]
        if not rule(bad_path, language(bad_path, bad_text), bad_text):
            problems.insert(0, "this rule does not notice a file that breaks it")
        tap.case(name, problems)
    rooms = ("planner/commands/", "reports/")
    problems = named_once({path: text for path, kind, text in files
                           if kind == "c" and path.startswith(rooms)})
    if not named_once({"a.c": '"bad.csv"', "b.c": '"bad.csv"'}):
        problems.insert(0, "this rule does not notice a name that stands twice")
    tap.case("the name of a result's file stands in one source", problems)
    tap.finish()


if __name__ == "__main__":
    main()
