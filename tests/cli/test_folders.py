#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An output folder has the results of one run: nothing is lost in silence, and nothing old is shown
as new. One TAP case each.

usage: test_folders.py EXECUTABLE SOURCE_ROOT
"""
import json
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

import study_cases
from program import REPORTS, Program, arguments_of
from tap import Tap

LOG = ("REPORT RequestId: 6f747f00-0000-4000-8000-000000000001\tDuration: 12.50 ms\t"
       "Billed Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 60 MB\n")


def all_commands(program, path):
    """{name: (arguments, files)} of all that write a folder."""
    log = program.file("log.txt", LOG)
    calls = program.file("calls.csv", "start,ms\n" + "".join(
        f"{1_600_000_000 + i},{50 + i % 7}\n" for i in range(200)))
    commands = {name: (study_cases.command(name, path), files)
                for name, files in study_cases.FILES.items()}
    commands["simulate"] = (["simulate", path], REPORTS)
    commands["bill"] = (["bill", log, "--as-of", "2024-01-01"], {
        "bill.csv", "functions.csv", "waste.csv", "what_if.csv", "charges.csv", "run.json"})
    commands["diff"] = (["diff", path, path], {"diff.csv", "run.json"})
    commands["backtest"] = (["backtest", calls, "--map", "start_s=start,duration_ms=ms",
                             "--metrics", "invocations"], {"backtest.csv", "run.json"})
    return commands


def one_run(tap, program, path):
    """Each command into the folder of the one before it, then once more."""
    problems = []
    before, kept = None, {}
    for name, (arguments, files) in all_commands(program, path).items():
        for again in (False, True):
            ran = program.run(*arguments, "--output", "one")
            moved = before is not None and not again
            problems += [f"{name}: {p}" for p in program.wrong(
                ran, ran.code if ran.code == 3 else 0,
                *(["the results that were in one are in one/previous now"] if moved else []),
                out=None)]
            found = program.listing("one")
            if found != files | ({"previous"} if before is not None else set()):
                problems.append(f"{name}{' again' if again else ''}: {sorted(found)}")
            with open(program.path("one/run.json"), encoding="utf-8") as file:
                words = json.load(file)["command"]
            if words[0] != name or not set(words[1:]) <= set(
                    arguments) | {f"{a}={b}" for a, b in zip(arguments, arguments[1:])}:
                problems.append(f"{name}: run.json calls it {words}")
            if before is not None and program.contents("one/previous") != kept:
                problems.append(f"{name}: what was there before is not in previous/")
        before = name
        shutil.rmtree(program.path("one/previous"), ignore_errors=True)
        kept = program.contents("one")
    tap.case("a folder has the results of one command, and keeps another's apart", problems)


def interrupted(tap, program, path):
    for name in study_cases.COMMANDS:
        folder = f"study-{name}"
        command = study_cases.command(name, path, "--output", folder, "--jobs", "1")
        problems = program.wrong(program.run(*command), 0, out=None)
        old = program.contents(folder)
        kept, duration_s = program.path("kept"), 250
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(program.path(folder), kept)
        process = None
        while process is None or (process.returncode == 0 and duration_s < 400_000):
            duration_s *= 2  # until it has not ended before the signal comes
            shutil.rmtree(program.path(folder))
            shutil.copytree(kept, program.path(folder))
            long = study_cases.scenario(program, "long.json", run__duration_s=duration_s)
            process = program.start(*study_cases.command(name, long, "--output", folder))
            study_cases.wait_for_results(program, folder, 2, process)
            process.send_signal(signal.SIGINT)
            err = process.communicate(timeout=60)[1].decode()
        if process.returncode != 130 or "until the new ones are whole" not in err:
            problems.append(f"exit {process.returncode}: {err}")
        if program.listing(folder) != {"journal", "previous"}:
            problems.append(f"interrupted: {sorted(program.listing(folder))}")
        if program.contents(f"{folder}/previous") != old:
            problems.append("the old results are not in previous/ as they were")
        ran = program.run(*study_cases.command(name, long, "--output", folder, "--resume"))
        problems += program.wrong(ran, ran.code if ran.code == 3 else 0, "resuming", out=None)
        if program.listing(folder) != study_cases.FILES[name]:
            problems.append(f"at the end: {sorted(program.listing(folder))}")
        tap.case(f"{name}: interrupted over older results", problems)


def failed(tap, program, path):
    """What fails before there is a result leaves the folder as it was."""
    bad = study_cases.scenario(program, "bad.json", objectives=[
        {**study_cases.P99, "statistic": "p98"}])
    for name, arguments in (("simulate", ["simulate"]), ("sweep", study_cases.command("sweep", ""))):
        folder = f"failed-{name}"
        good = [*arguments, path] if name == "simulate" else study_cases.command(name, path)
        problems = program.wrong(program.run(*good, "--output", folder), 0, out=None)
        old = program.contents(folder)
        wrong = [*good, "--output", folder]
        wrong[1] = bad
        problems += program.wrong(program.run(*wrong), 1, "bad.json:", out=None)
        if program.contents(folder) != old:
            problems.append(f"left {sorted(program.listing(folder))}")
        tap.case(f"{name}: a mistake leaves old results as they were", problems)
    wrong = study_cases.command("sweep", path, "--output", "failed-sweep")
    wrong[wrong.index("--vary") + 1] = study_cases.MEMORY + "20000,30000"
    problems = program.wrong(program.run(*wrong), 1, "is above 1536 MB")
    if program.contents("failed-sweep") != old:
        problems.append(f"left {sorted(program.listing('failed-sweep'))}")
    tap.case("sweep: a design that cannot be brings old results back", problems)


def foreign(tap, program, path):
    """What is not ours stays where it is."""
    os.makedirs(program.path("mine/previous"))
    names = ("mine/notes.txt", "mine/previous/notes.txt")
    for name in names:
        program.file(name, "mine")
    problems = []
    for _ in range(2):
        ran = program.run(*study_cases.command("headroom", path), "--output", "mine")
        problems += program.wrong(ran, 0, out=None)
    for name in names:
        with open(program.path(name), encoding="ascii") as file:
            problems += [] if file.read() == "mine" else [f"{name} was changed"]
    program.file("mine/sweep.csv", "mine")  # named as one of ours: it may move, but stays
    problems += program.wrong(program.run(*study_cases.command("headroom", path), "--output",
                                          "mine"), 0, out=None)
    if program.contents("mine/previous-2").get("sweep.csv") != b"mine":
        problems.append("sweep.csv is lost")
    os.mkdir(program.path("theirs"))
    program.file("theirs/headroom.csv", "mine")  # as this very command would name its own
    for again in (False, True):
        ran = program.run(*study_cases.command("headroom", path), "--output", "theirs")
        problems += program.wrong(ran, 0, *(
            ["the files of the same names that were in theirs are in theirs/previous now"]
            if not again else []), out=None)
    if program.contents("theirs/previous") != {"headroom.csv": b"mine"}:
        problems.append(f"headroom.csv is lost: {sorted(program.listing('theirs'))}")
    tap.case("files of the user's own stay", problems)


def left_empty(tap, program, path):
    """As by a run that was killed when it had made the folder, or had emptied it."""
    command = study_cases.command("sweep", path, "--output", "empty")
    problems = program.wrong(program.run(*command), 0, out=None)
    for name in ("empty/previous", "empty/previous-2"):
        os.mkdir(program.path(name))
    problems += program.wrong(program.run(*command), 0, out=None)
    if program.listing("empty") != study_cases.FILES["sweep"]:
        problems.append(f"left {sorted(program.listing('empty'))}")
    tap.case("an empty folder of earlier results goes", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        path = study_cases.scenario(program)
        one_run(tap, program, path)
        interrupted(tap, program, path)
        failed(tap, program, path)
        foreign(tap, program, path)
        left_empty(tap, program, path)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
