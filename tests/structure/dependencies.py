#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The direction of dependencies, read from #include lines: core <- aws <- plan <- engine <- studies
and history <- commands,
usage <- pricing, result <- reports. One TAP case a rule; each rule is also shown a small tree that
breaks it, so that it is known to notice.

usage: dependencies.py SOURCE_ROOT
"""
import os
import re
import sys
import tempfile

from tap import Tap, read, tree

# Where a quoted include may be found, as meson.build has it; the including file's folder is first.
INCLUDE_FOLDERS = ["include", "sim", "planner", "", "tests"]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)

# room: what its files may include of this project: a folder ("sim/core/") or one file.
ROOMS = {
    "include/lambdaplan/": ["include/lambdaplan/"],
    "sim/core/": ["sim/core/"],
    "sim/aws/": ["sim/core/", "sim/aws/", "include/lambdaplan/usage.h"],
    "planner/support/": ["planner/support/", "sim/core/memory.h",
                         "include/lambdaplan/diagnostics.h"],
    "planner/pricing/": ["planner/pricing/", "planner/support/", "include/lambdaplan/",
                         "sim/core/int128.h", "sim/core/memory.h"],
    "planner/scenario/": ["planner/scenario/", "planner/support/", "include/lambdaplan/",
                          "sim/core/"],
    "planner/traces/": ["planner/traces/", "planner/scenario/", "planner/support/",
                        "include/lambdaplan/", "sim/core/", "sim/aws/"],
    "planner/imports/": ["planner/imports/", "planner/traces/", "planner/scenario/",
                         "planner/support/", "include/lambdaplan/", "sim/core/"],
    "planner/plan/": ["planner/plan/", "planner/traces/", "planner/pricing/", "planner/scenario/",
                      "planner/support/", "include/lambdaplan/", "sim/core/",
                      "sim/aws/"],
    "planner/engine/": ["planner/engine/", "planner/plan/", "planner/traces/", "planner/pricing/",
                        "planner/scenario/", "planner/support/", "include/lambdaplan/",
                        "sim/core/", "sim/aws/"],
    "planner/history/": ["planner/history/", "planner/engine/", "planner/plan/",
                         "planner/traces/", "planner/pricing/", "planner/scenario/",
                         "planner/support/", "include/lambdaplan/", "sim/core/", "sim/aws/"],
    "planner/studies/": ["planner/studies/", "planner/engine/", "planner/plan/",
                         "planner/traces/", "planner/pricing/", "planner/scenario/",
                         "planner/support/", "include/lambdaplan/", "sim/core/", "sim/aws/"],
    "reports/": ["reports/", "include/lambdaplan/", "planner/support/", "sim/core/memory.h"],
}

# A rule that a room's list does not say by itself: who alone may include what.
ONLY = {
    "planner/commands/": ["planner/commands/", "planner/main.c"],
}

# Promises of the architecture by name, whatever becomes of the lists above: room, what it never
# includes (a folder or a file).
NEVER = [
    ("sim/core/", "sim/aws/"),
    ("sim/aws/", "planner/"),
    ("sim/aws/", "include/lambdaplan/price_book.h"),
    ("planner/support/", "sim/core/random.h"),
    ("planner/pricing/", "sim/aws/"),
    ("planner/pricing/", "sim/core/statistics.h"),
    ("planner/scenario/", "sim/aws/"),
    ("planner/plan/", "reports/"),
    ("planner/engine/", "planner/studies/"),
    ("planner/engine/", "reports/"),
    ("planner/history/", "planner/studies/"),
    ("planner/history/", "reports/"),
    ("planner/studies/", "reports/"),
    ("reports/", "sim/aws/"),
    ("reports/", "sim/core/statistics.h"),
    ("reports/", "planner/pricing/"),
    ("include/lambdaplan/", "sim/"),
]

# Libraries: a header, what their headers look like, who may know them. C and POSIX are free to all.
LIBRARIES = [
    ("gsl/gsl_rng.h", r"gsl/", ["sim/core/", "planner/plan/", "planner/engine/",
                                     "planner/history/", "planner/studies/", "tests/"]),
    ("cjson/cJSON.h", r"cjson/|cJSON\.h$", ["planner/", "reports/", "tests/"]),
    ("yaml.h", r"yaml\.h$", ["planner/imports/", "tests/"]),
    ("csv.h", r"csv\.h$", ["planner/support/", "tests/"]),
    ("md5.h", r"md5\.h$|sha2(56)?\.h$", ["sim/aws/", "planner/", "tests/"]),
    ("mpi.h", r"mpi\.h$", ["planner/engine/executor_mpi.c"]),
    ("check.h", r"check\.h$", ["tests/"]),
]


def includes(root, files):
    """[(file, line, as written, the project's file or None)]"""
    known = set(files)
    found = []
    for path in files:
        if not path.endswith((".c", ".h")):
            continue
        # Comments go, their line ends stay.
        text = COMMENT.sub(lambda match: "\n" * match[0].count("\n"), read(root, path))
        for match in INCLUDE.finditer(text):
            quoted = match[1] == '"'
            folders = ([os.path.dirname(path)] if quoted else []) + INCLUDE_FOLDERS
            candidates = [os.path.normpath(os.path.join(folder, match[2])) for folder in folders]
            target = next((name for name in candidates if name in known), None)
            line = text.count("\n", 0, match.start()) + 1
            found.append((path, line, match[1] + match[2], target))
    return found


def within(path, allowed):
    return any(path.startswith(name) if name.endswith("/") else path == name for name in allowed)


def room_rule(room):
    def rule(found):
        return [f"{path}:{line}: includes {target}" for path, line, _, target in found
                if path.startswith(room) and target and not within(target, ROOMS[room])]
    return rule


def never_rule(room, forbidden):
    def rule(found):
        return [f"{path}:{line}: includes {target}" for path, line, _, target in found
                if path.startswith(room) and target and within(target, [forbidden])]
    return rule


def only_rule(target_room):
    def rule(found):
        return [f"{path}:{line}: includes {target}" for path, line, _, target in found
                if target and target.startswith(target_room)
                and not path.startswith("tests/") and not within(path, ONLY[target_room])]
    return rule


def library_rule(pattern, users):
    def rule(found):
        return [f"{path}:{line}: includes the library header {written[1:]}"
                for path, line, written, target in found
                if not target and re.match(pattern, written[1:]) and not within(path, users)]
    return rule


def quoted_rule(found):
    return [f'{path}:{line}: "{written[1:]}" is no file of the project'
            for path, line, written, target in found if written[0] == '"' and not target]


def parents_rule(found):
    return [f"{path}:{line}: {written[1:]}: includes name a room, not a way up"
            for path, line, written, _ in found if ".." in written.split("/")[0]]


def tests_rule(found):
    return [f"{path}:{line}: includes {target}" for path, line, _, target in found
            if target and target.startswith("tests/") and not path.startswith("tests/")]


def cycle_rule(found):
    """No header reaches itself: include guards would hide it."""
    edges = {}
    for path, _, _, target in found:
        if target:
            edges.setdefault(path, []).append(target)
    done, problems = set(), []

    def visit(path, way):
        if path in way:
            problems.append(" includes ".join(way[way.index(path):] + [path]))
            return
        if path in done:
            return
        for target in edges.get(path, []):
            visit(target, way + [path])
        done.add(path)

    for path in sorted(edges):
        visit(path, [])
    return problems


def rules():
    """[(name, rule, a tree that breaks it)]: files by path, each with the text that breaks."""
    outsider = {"planner/commands/simulate.h": ""}
    made = []
    for room in ROOMS:
        bad = dict(outsider)
        bad[room + "bad.c"] = '#include <stdio.h>\n#include "commands/simulate.h"\n'
        made.append((f"{room} includes only what lies below it", room_rule(room), bad))
    for room, forbidden in NEVER:
        file = forbidden + "bad.h" if forbidden.endswith("/") else forbidden
        written = re.sub(r"^(include|sim|planner)/", "", file)
        made.append((f"{room} never includes {forbidden}", never_rule(room, forbidden),
                     {file: "", room + "bad.c": f'#include "{written}"\n'}))
    for room in ONLY:
        made.append((f"nobody but {' and '.join(ONLY[room])} includes {room}", only_rule(room),
                     {**outsider, "planner/traces/bad.c": '# include "commands/simulate.h"\n'}))
    for header, pattern, users in LIBRARIES:
        made.append((f"<{header}>: only {', '.join(users)} know this library",
                     library_rule(pattern, users),
                     {"include/lambdaplan/bad.h": f"#include <{header}>\n"}))
    made.append(("a quoted include is a file of the project", quoted_rule,
                 {"sim/core/bad.c": '#include "core/absent.h"\n'}))
    made.append(("no include climbs with ..", parents_rule,
                 {"sim/aws/bad.c": '#include "../core/good.h"\n', "sim/core/good.h": ""}))
    made.append(("only tests include tests", tests_rule,
                 {"sim/aws/bad.c": '#include "harness.h"\n', "tests/harness.h": ""}))
    made.append(("no header includes itself through others", cycle_rule,
                 {"sim/core/a.h": '#include "core/b.h"\n', "sim/core/b.h": '#include "core/a.h"\n'}))
    return made


GOOD = {
    "sim/core/a.h": "#include <gsl/gsl_rng.h>\n#include <stdio.h>\n",
    "sim/aws/b.c": '/*\n#include "commands/simulate.h"\n*/\n#include <lambdaplan/usage.h>\n'
                   '#include "core/a.h"\n#include <md5.h>\n',
    "include/lambdaplan/usage.h": "#include <stdint.h>\n",
    "planner/support/csv.h": "",
    "planner/support/csv.c": '#include "support/csv.h"\n#include <csv.h>\n',
    "planner/commands/c.h": '#include "aws/d.h"\n',
    "planner/main.c": '#include "commands/c.h"\n',
    "sim/aws/d.h": "",
}


def judge(rule, sample):
    with tempfile.TemporaryDirectory() as root:
        for path, text in sample.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return rule(includes(root, tree(root)))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: dependencies.py SOURCE_ROOT")
    root = sys.argv[1]
    found = includes(root, tree(root))
    tap = Tap()
    tap.case("includes are found", [] if len(found) > 30 else [f"only {len(found)} in {root}"])
    for name, rule, bad in rules():
        problems = rule(found)
        if not judge(rule, bad):
            problems = [f"this rule does not notice {bad}"] + problems
        if judge(rule, GOOD):
            problems = [f"this rule refuses what is right: {judge(rule, GOOD)}"] + problems
        tap.case(name, problems)
    tap.finish()


if __name__ == "__main__":
    main()
