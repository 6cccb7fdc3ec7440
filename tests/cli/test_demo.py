#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's first example is what the program prints, to the byte. One TAP case. With
UPDATE_README=1 in the environment the README gets what is printed now. Sanitizers make minutes of
it: with them it is skipped but for LAMBDAPLAN_LONG (scripts/test --long), and .ci/run has it with
the demo's release.

usage: test_demo.py PROGRAM SOURCE_ROOT
"""
import difflib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../structure"))
from tap import Tap  # noqa: E402

SCENARIO = "elb-to-kinesis"


def main():
    program, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with open(program, "rb") as file:
        if b"__asan_init" in file.read() and not os.environ.get("LAMBDAPLAN_LONG"):
            print("1..0 # SKIP sanitizers make minutes of it: .ci/run, scripts/test --long")
            return 0
    tap = Tap()
    path = os.path.join(root, "README.md")
    ran = subprocess.run([program, "simulate", f"data/scenarios/{SCENARIO}.json"], cwd=root,
                         capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                         env={**os.environ, "LAMBDAPLAN_DATA_DIR": os.path.join(root, "data")})
    with open(path, encoding="utf-8") as file:
        readme = file.read()
    printed = "".join(f"    {line}" if line.strip() else line
                      for line in ran.stdout.splitlines(True))
    begin = readme.index(f"    {SCENARIO}\n")
    end = readme.index("\n\n", readme.index("    In the 7 d simulated", begin))
    while readme[end:end + 6] == "\n\n    ":  # further indented parts
        end = readme.index("\n\n", end + 2)
    shown = readme[begin:end + 1]
    if os.environ.get("UPDATE_README") and ran.returncode == 0:
        with open(path, "w", encoding="utf-8") as file:
            file.write(readme[:begin] + printed + readme[end + 1:])
        shown = printed
    problems = [] if ran.returncode == 0 else [f"exit {ran.returncode}: {ran.stderr}"]
    problems += list(difflib.unified_diff(shown.splitlines(), printed.splitlines(), "README.md",
                                          "printed", lineterm=""))
    tap.case("the README shows what the demo prints (else UPDATE_README=1)", problems)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
