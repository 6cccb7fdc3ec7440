#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A study survives: killed at any moment, interrupted, out of disk, its journal torn or damaged, it
resumes and ends with the same bytes. One TAP case each.

usage: test_resume.py EXECUTABLE SOURCE_ROOT
"""
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

KILLS = 100
P99 = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 600}
VARY = ["--vary", "functions.f.memory_size=256:4096:256", "--vary", "functions.f.timeout=1:3:1"]
FEWER = ["--vary", "functions.f.memory_size=256:4096:256"]


class Study:
    def __init__(self, program, vary=None, **changes):
        self.program, self.vary = program, vary or VARY
        self.path = program.scenario("s.json", objectives=[P99], run__replications=4, **changes)
        started = time.monotonic()
        ran = program.run(*self.command("whole"))
        self.seconds = time.monotonic() - started
        self.problems = program.wrong(ran, 0, out=None)
        self.out = ran.out
        self.table = program.contents("whole").get("sweep.csv")
        self.run = program.contents("whole").get("run.json")

    def command(self, folder, *more):
        return ["sweep", self.path, *self.vary, "--output", folder, *more]

    def ended(self, folder, ran):
        """What is not as if nothing had happened."""
        problems = self.program.wrong(ran, 0, out=None)
        found = self.program.contents(folder)
        if (found.get("sweep.csv"), found.get("run.json"), ran.out) != (
                self.table, self.run, self.out):
            problems.append("other bytes than without interruption")
        left = self.program.listing(folder)
        if left != {"sweep.csv", "run.json"}:
            problems.append(f"left {sorted(left)}")
        return problems

    def resume(self, folder, *more):
        return self.program.run(*self.command(folder, "--resume", *more))


def killed(tap, program):
    """Moments are drawn over the whole of a run; a seed makes a failure repeatable in kind."""
    study = Study(program, FEWER, run__duration_s=200)
    draw = random.Random(1)
    problems, kills, studies, journaled = list(study.problems), 0, 0, 0
    while kills < KILLS and not problems:
        folder = f"killed-{studies}"
        studies += 1
        for attempt in range(12):  # then it may end in peace
            process = program.start(*study.command(folder, "--resume"))
            try:
                process.wait(draw.uniform(0, study.seconds) if attempt < 11 else 60)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
            out, err = (text.decode() for text in process.communicate())
            journaled += "resuming: " in err
            if process.returncode == 0:
                break
            if process.returncode != -signal.SIGKILL:
                problems.append(f"exit {process.returncode}: {err}")
                break
        ran = program.run(*study.command(folder, "--resume"))
        problems += study.ended(folder, ran)
        if process.returncode == 0 and out != study.out:
            problems.append("other output than without interruption")
    if journaled < kills / 4:
        problems.append(f"only {journaled} runs of {kills} found results: the case shows little")
    tap.case(f"killed {KILLS} times at random moments", problems)
    return study


def interrupted(tap, program, study):
    long = Study(program, FEWER, run__duration_s=9000)
    problems = list(long.problems)
    for number in (signal.SIGINT, signal.SIGTERM):
        folder = f"interrupted-{int(number)}"
        process = program.start(*long.command(folder))
        journal = os.path.join(program.path(folder), "journal")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (
                os.path.exists(journal) and os.path.getsize(journal) > 4000):
            time.sleep(0.005)
        process.send_signal(number)
        out, err = (text.decode() for text in process.communicate(timeout=60))
        if process.returncode != 130 or out:
            problems.append(f"exit {process.returncode}, stdout {out!r}, stderr {err!r}")
        if not re.search(r"interrupted; [\d,]+ results are kept in \S+/journal; the same command "
                         r"with --resume goes on", err):
            problems.append(f"does not say how to go on: {err}")
        if program.listing(folder) != {"journal"}:
            problems.append(f"left {sorted(program.listing(folder))}")
        ran = long.program.run(*long.command(folder))
        problems += program.wrong(ran, 1, "journal: a study that was not finished left this journal")
        ran = long.resume(folder)
        problems += program.wrong(ran, 0, r"resuming: [\d,]+ results are in", out=None)
        problems += long.ended(folder, ran)
    tap.case("interrupted, it says how to go on", problems)
    process = program.start("sweep", long.path, *FEWER, "--progress", "always")
    process.stderr.read(1)  # it runs
    process.send_signal(signal.SIGINT)
    out, err = (text.decode() for text in process.communicate(timeout=60))
    said = "nothing was kept: with --output DIR" in err or "interrupted" in err
    tap.case("interrupted without a folder", [] if process.returncode == 130 and said and not out
             else [f"exit {process.returncode}, {err!r}"])


def full_disk(tap, program, study):
    """A limit of the file's size is what a full disk looks like to the program."""
    problems = []
    for limit in (0, 10, 5000, 20000, 20001):
        folder = f"full-{limit}"
        ran = program.run(*study.command(folder), limit=limit)
        problems += program.wrong(ran, 1, "journal: cannot be written: ")
        if limit > 10000 and "--resume goes on" not in ran.err:
            problems.append(f"does not say how to go on: {ran.err}")
        problems += study.ended(folder, study.resume(folder))
    tap.case("a full disk", problems)


def spoilt(tap, program, study):
    ran = program.run(*study.command("kept", "--keep-journal"))
    problems = program.wrong(ran, 0, out=None)
    whole = program.contents("kept").get("journal", b"")
    tap.case("--keep-journal", problems + ([] if len(whole) > 20000 else ["there is no journal"]))
    draw = random.Random(2)
    problems = []
    for i in range(12):
        folder = f"torn-{i}"
        os.mkdir(program.path(folder))
        program.file(os.path.join(folder, "journal"), whole[:draw.randrange(len(whole))])
        problems += study.ended(folder, study.resume(folder))
    tap.case("a torn journal", problems)
    problems = []
    for i in range(12):
        folder = f"damaged-{i}"
        os.mkdir(program.path(folder))
        bytes_ = bytearray(whole)
        at = draw.randrange(30, len(whole) - 200)
        bytes_[at:at + 20] = bytes(b ^ 0x55 for b in bytes_[at:at + 20])
        program.file(os.path.join(folder, "journal"), bytes(bytes_))
        ran = study.resume(folder)
        problems += program.wrong(ran, 0, "journal: is damaged in 1 place; what stood there is run "
                                  "again", out=None) + study.ended(folder, ran)
    tap.case("a damaged journal", problems)
    os.mkdir(program.path("other"))
    program.file("other/journal", "my diary\n")
    ran = study.resume("other")
    problems = program.wrong(ran, 1, "other/journal: is no journal of lambdaplan")
    tap.case("another file of that name", problems + (
        [] if program.contents("other") == {"journal": b"my diary\n"} else ["it was changed"]))


def changed(tap, program, study):
    """Results of another scenario, seed, price or program are not this study's."""
    problems = []
    program.run(*study.command("changed", "--keep-journal"))
    ran = program.run(*study.command("changed", "--resume", "--seed", "2", "--format", "csv"))
    fresh = program.run(*study.command("fresh", "--seed", "2", "--format", "csv"))
    problems += program.wrong(ran, 0, out=fresh.out)
    if fresh.out == study.table.decode():
        problems.append("another seed changes nothing: the case shows nothing")
    tap.case("a journal of another seed", problems)
    ran = program.run(*study.command("changed", "--resume", "--format", "csv", "--replications",
                                     "6", "--keep-journal"))
    fresh = program.run(*study.command("more", "--format", "csv", "--replications", "6"))
    tap.case("more replications of the same study", program.wrong(ran, 0, out=fresh.out))


def shards(tap, program, study):
    """A shard that was killed goes on; another command's does not."""
    problems = []
    for i in (1, 2):
        part = study.command("parts", "--shard", f"{i}/2")
        problems += program.wrong(program.run(*part, limit=9000), 1, "cannot be written")
        problems += program.wrong(program.run(*part), 1, "left this journal")
        problems += program.wrong(program.run(*part, "--replications", "2", "--resume"), 1,
                                  "another command, or another text of the scenario, began this")
        problems += program.wrong(program.run(*part, "--resume"), 0, "resuming: ",
                                  f"shard {i} of 2: 96 results are in")
    ran = program.run("merge", "parts/shard-1-of-2.journal", "parts/shard-2-of-2.journal",
                      "--format", "csv")
    tap.case("shards are resumed and merged",
             problems + program.wrong(ran, 0, out=study.table.decode()))


def clean(tap, program, study):
    """What failed before its first result is not in the way."""
    wrong = study.command("clean")
    wrong[wrong.index(VARY[1])] = "functions.f.memory_size=20000"
    problems = program.wrong(program.run(*wrong), 1, "20000 is above 10240 MB")
    problems += [] if not os.path.exists(program.path("clean")) else ["left a folder"]
    os.mkdir(program.path("clean"))
    problems += program.wrong(program.run(*wrong), 1, "20000 is above 10240 MB")
    problems += [f"left {name}" for name in program.listing("clean")]
    problems += study.ended("clean", program.run(*study.command("clean")))
    tap.case("a study that fails before its first result leaves nothing", problems)


def leftovers(tap, program, study):
    """Temporaries of files that a kill has left go; whatever else is hidden stays."""
    os.mkdir(program.path("left"))
    mine = {".hidden", ".notes.sqlite", ".sweep.csv.ABC123", ".sweep.csv.abc12", "x.csv.abc123"}
    for name in mine | {".sweep.csv.abc123", ".run.json.000zzz"}:
        program.file(os.path.join("left", name), "half")
    problems = program.wrong(study.resume("left"), 0, out=None)
    found = program.listing("left")
    tap.case("what a kill has left of the files is removed", problems + (
        [] if found == mine | {"sweep.csv", "run.json"} else [f"there is {sorted(found)}"]))


def adaptive(tap, program):
    path = program.scenario("p.json", objectives=[P99], run__replications=3)
    command = ["sweep", path, "--vary", "functions.f.memory_size=256:2048:256", "--precision", "2%"]
    whole = program.run(*command, "--format", "csv")
    problems = program.wrong(whole, 0, out=None)
    for limit in (6000, 20000):
        folder = f"adaptive-{limit}"
        problems += program.wrong(program.run(*command, "--output", folder, limit=limit), 1,
                                  "cannot be written")
        ran = program.run(*command, "--output", folder, "--resume", "--format", "csv")
        problems += program.wrong(ran, 0, "resuming", out=whole.out)
    tap.case("a study whose tasks depend on results", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        study = killed(tap, program)
        interrupted(tap, program, study)
        study = Study(program, run__duration_s=120)
        full_disk(tap, program, study)
        spoilt(tap, program, study)
        changed(tap, program, study)
        shards(tap, program, study)
        clean(tap, program, study)
        leftovers(tap, program, study)
        adaptive(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
