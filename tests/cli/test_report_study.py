#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`report` of the folder of each study: the bytes that the study printed, in any format; and run.json
says what ran, so that it can run again. One TAP case each.

usage: test_report_study.py EXECUTABLE SOURCE_ROOT
"""
import html
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

import study_cases
from program import Program, arguments_of
from tap import Tap

LOG = ("REPORT RequestId: 6f747f00-0000-4000-8000-000000000001\tDuration: 12.50 ms\t"
       "Billed Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 60 MB\n")


def printed(program, name, path):
    problems = []
    command = study_cases.command(name, path)
    out = {fmt: program.run(*command, "--output", name, "--format", fmt).out
           for fmt in ("csv", "json", "markdown", "table")}
    for fmt, text in out.items():
        ran = program.run("report", name, "--format", fmt)
        problems += program.wrong(ran, 0, out=text)
    ran = program.run("report", name, "--format", "html")
    page = html.unescape(ran.out.partition("<pre>\n")[2].partition("</pre>")[0])
    problems += program.wrong(ran, 0, out=None)
    if page != out["table"] or "<!DOCTYPE html>" not in ran.out or not out["table"]:
        problems.append(f"the page is not the table: {ran.out[:300]}")
    return problems


def repeated(program, name):
    """run.json is enough to run it again."""
    with open(os.path.join(program.path(name), "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    scenario = program.file("again.json", run["scenario"])
    words = [scenario if word.endswith("s.json") else word for word in run["command"]]
    problems = program.wrong(program.run(*words, "--output", name + "-again"), 0, out=None)
    first, again = program.contents(name), program.contents(name + "-again")
    problems += [f"other bytes in {file}" for file in first
                 if file.endswith(".csv") and first[file] != again.get(file)]
    problems += [f"run.json lacks {key}" for key in (
        "version", "seed", "as_of", "region", "price_book", "limits", "warnings") if key not in run]
    if run["command"][0] != name or any("--output" in w or "--jobs" in w for w in run["command"]):
        problems.append(f"command {run['command']}")
    return problems


def spoilt(tap, program):
    """The folder may come from anywhere."""
    with open(os.path.join(program.path("sweep"), "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    cases = [
        ("a command for the terminal", {"shown": {"table": "a\x1b[31mb\n", "markdown": "x"}}, 0,
         "", "a?[31mb\n"),
        ("no table", {"shown": {"markdown": "x"}}, 1, "run.json:.*texts are not whole", ""),
        ("a table that is none", {"shown": {"table": 5, "markdown": "x"}}, 1, "not whole", ""),
        ("a command that leads elsewhere", {"command": ["../sweep"]}, 1, "not whole", ""),
        ("no command", {"command": []}, 1, "not whole", ""),
        ("JSON that is none", {"shown": {"table": "x", "markdown": "x", "json": "{\x1b"}}, 1,
         "not whole", ""),
    ]
    for name, change, code, said, out in cases:
        os.makedirs(program.path("spoilt"), exist_ok=True)
        program.file("spoilt/run.json", {**run, **change})
        tap.case(name, program.wrong(program.run("report", "spoilt"), code, said, out=out))
    program.file("spoilt/run.json", {**run, "shown": {"table": "x", "markdown": "x"}})
    tap.case("JSON that was not kept", program.wrong(
        program.run("report", "spoilt", "--format", "json"), 1,
        "too large to be kept; spoilt/sweep.csv has its figures"))
    tap.case("a table that is not there", program.wrong(
        program.run("report", "spoilt", "--format", "csv"), 1, "spoilt/sweep.csv: cannot be read"))
    os.makedirs(program.path("begun"))
    program.file("begun/journal", "lambdaplan journal 1\n")
    tap.case("a study that is not at its end", program.wrong(
        program.run("report", "begun"), 1, "begun/journal: the study is not at its end"))


def no_folders(tap, program, path):
    os.makedirs(program.path("nothing"))
    tap.case("what is no folder of results", [problem for where, said in (
        ("nowhere", "cannot read nowhere: No such file"),
        ("nothing", "nothing: has no run.json: there are no results in it"),
        (path, "is a file: results are the folder that --output DIR has written"))
        for problem in program.wrong(program.run("report", where), 1, said)])


def others(tap, program, path):
    """Whose folder it is, where report cannot print it."""
    log = program.file("log.txt", LOG)
    calls = program.file("calls.csv", "start,ms\n" + "".join(
        f"{1_600_000_000 + i},{50 + i % 7}\n" for i in range(200)))
    for words in (["bill", log], ["diff", path, path],
                  ["backtest", calls, "--map", "start_s=start,duration_ms=ms"]):
        ran = program.run(*words, "--output", words[0])
        problems = program.wrong(ran, ran.code if ran.code == 3 else 0, out=None)
        problems += program.wrong(program.run("report", words[0]), 1,
                                  f"{words[0]}: is of `{words[0]}`: .*{words[0]}.csv has the figures")
        tap.case(f"the folder of {words[0]}", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        path = study_cases.scenario(program)
        for name in study_cases.COMMANDS:
            tap.case(f"{name}: the bytes that it printed", printed(program, name, path))
            tap.case(f"{name}: run.json is enough to run it again", repeated(program, name))
        spoilt(tap, program)
        no_folders(tap, program, path)
        others(tap, program, path)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
