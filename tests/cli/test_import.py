#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`import` as users call it: files to a scenario that validates and runs, mistakes with their place,
output that appears whole or not at all. One TAP case a situation.

usage: test_import.py EXECUTABLE SOURCE_ROOT
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

SAMPLES = "tests/data/imports"
FUNCTIONS = f"{SAMPLES}/awscli/lambda_list-functions.1.json"
DATE = ("--as-of", "2024-01-01")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def cases(tap, program):
    root = program.root
    sample = os.path.join(root, FUNCTIONS)

    ran = program.run("import", sample, *DATE)
    problems = program.wrong(ran, 0, "3 workloads are placeholders", out=None)
    try:
        names = sorted(json.loads(ran.out)["functions"])
        if names != ["helloworld", "my-function", "my-python-function"]:
            problems.append(f"functions {names}")
    except (ValueError, KeyError) as error:
        problems.append(f"standard output is no scenario: {error}")
    tap.case("a scenario goes to standard output, talk to standard error", problems)

    out = program.path("new/scenario.json")
    ran = program.run("import", sample, *DATE, "--assume-rate", "3", "--output", out)
    problems = program.wrong(ran, 0)
    if not problems:
        problems += program.wrong(program.run("validate", out), 0, out=None)
        if load(out)["workloads"]["helloworld"]["arrivals"]["rate_per_s"] != 3:
            problems.append("another rate")
    tap.case("--output makes a file that validates", problems)

    scenario = load(out) if os.path.exists(out) else {}
    scenario.get("run", {}).update(duration_s=600, warm_up_s=60, replications=2)
    ran = program.run("simulate", program.file("short.json", scenario), "--quiet")
    tap.case("what is imported runs", program.wrong(ran, 0, out=None) +
             ([] if "helloworld" in ran.out else ["the function is not in the result"]))

    with open(sample, encoding="utf-8") as file:
        text = file.read()
    ran = program.run("import", "-", *DATE, "--quiet", stdin=text.encode())
    tap.case("- is standard input, --quiet says nothing", program.wrong(ran, 0, out=None) +
             ([] if "standard input:3" in ran.out else ["it is not called so"]))

    templates = [os.path.join(root, SAMPLES, "own", name)
                 for name in ("sam.yaml", "cloudformation.json", "serverless.yml")]
    ran = program.run("import", *templates, *DATE, "--output", program.path("all.json"))
    problems = program.wrong(ran, 0, r"sam\.yaml:56: function Work: Timeout")
    if not problems:
        functions = load(program.path("all.json"))["functions"]
        problems += [] if len(functions) == 6 else [f"{len(functions)} functions"]
    tap.case("several templates make one scenario", problems)

    merged = os.path.join(root, SAMPLES, "own/fitted.json")
    out = program.path("merged.json")
    ran = program.run("import", sample, "--merge", merged, "--output", out)
    problems = program.wrong(ran, 0, "its durations are of 512 MB, its memory is 128 MB now")
    if not problems:
        problems += program.wrong(program.run("validate", out), 0, out=None)
        made = load(out)
        if made["functions"]["helloworld"]["duration_ms"] != {"distribution": "lognormal",
                                                             "mean": 40, "sd": 12}:
            problems.append("the measurement is lost")
    tap.case("--merge keeps what was measured", problems)

    ran = program.run("import", "--merge", merged, "--output", "here.json",
                      "helloworld=" + os.path.join(root, SAMPLES, "own/power-tuning.json"),
                      cwd=program.folder)
    problems = program.wrong(ran, 0)
    if not problems:
        ran = program.run("validate", "here.json", cwd=program.folder)
        problems += program.wrong(ran, 0, out=None)
    tap.case("files of a merged scenario are found from another folder", problems)


def mistakes(tap, program):
    sample = os.path.join(program.root, FUNCTIONS)
    kept = program.file("kept.json", "old\n")

    def left_alone(name, code, sentence, *arguments, stdin=None):
        ran = program.run("import", *arguments, "--output", kept, stdin=stdin)
        problems = program.wrong(ran, code, sentence)
        with open(kept, encoding="utf-8") as file:
            problems += [] if file.read() == "old\n" else ["the older file is gone"]
        problems += [f"{left} is left" for left in os.listdir(program.folder)
                     if left.startswith(".kept")]
        tap.case(name, problems)

    left_alone("no such file", 1, r"cannot read .*absent\.json", sample, program.path("absent.json"))
    left_alone("a folder", 1, "cannot read", program.folder)
    left_alone("a file of another kind", 1, "nothing in these files that a scenario",
               program.file("other.json", {"Buckets": []}))
    left_alone("a broken file has a place", 1, r"broken\.json:2: column \d+",
               program.file("broken.json", '{"Functions": [\n}'), sample)
    left_alone("tabs in YAML have a place", 1, r"tabs\.yaml:2: column 1",
               program.file("tabs.yaml", "Resources:\n\tA: 1\n"))
    left_alone("bytes that are no text", 1, r"bytes:1: this is not UTF-8 text",
               program.file("bytes", b"\x7fELF\x02\x01\x01\x00\xff\xfe"))
    left_alone("nothing at all", 1, "there is nothing in it", "-", stdin=b"")
    left_alone("a scenario to merge that is wrong", 1, r"bad\.json:1: .*as_of", sample, "--merge",
               program.file("bad.json", '{"as_of": 7}'))
    left_alone("a date before Lambda", 1, "Lambda exists since 2014-11-01", sample, "--as-of",
               "2011-01-01")
    left_alone("a rate that is none", 2, "--assume-rate -3 is not a number", sample,
               "--assume-rate=-3")
    tap.case("an argument is missing", program.wrong(program.run("import"), 2,
                                                     "an argument is missing"))
    ran = program.run("import", sample, *DATE, "--output", program.folder + "/")
    tap.case("a folder is no file to write", program.wrong(ran, 2, "is not the name of a file"))
    with open("/dev/full", "w", encoding="utf-8") as full:
        ran = program.run("import", sample, *DATE, stdout=full)
        tap.case("a full disk", program.wrong(ran, 1, "cannot be written|No space left", out=None))


def main():
    tap, program = Tap(), Program(*arguments_of(sys.argv))
    try:
        cases(tap, program)
        mistakes(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
