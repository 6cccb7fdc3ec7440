#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every study command, killed or interrupted at any moment, out of disk or without a reader: it says
how to go on, leaves no half of a file, and ends with the bytes of a study that nothing disturbed.
One TAP case a command and disturbance.

usage: test_interrupt.py EXECUTABLE SOURCE_ROOT
"""
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

import study_cases
from program import CRASH, Program, arguments_of
from tap import Tap

TIMES = 6
MOST = 60  # a busy machine may always be too early or too late
LONG_ENOUGH = 0.25  # s, for a signal to come before the end
HOW_TO_GO_ON = (r"interrupted; [\d,]+ results are kept in \S+/journal; the same command with "
                r"--resume goes on\n")


class Study:
    """A command that nothing has disturbed, and what it wrote."""

    def __init__(self, program, name):
        self.program, self.name, self.count = program, name, 0
        duration_s, self.seconds = 50, 0
        while self.seconds < LONG_ENOUGH and duration_s < 100_000:
            duration_s *= 2
            self.path = study_cases.scenario(program, run__duration_s=duration_s)
            whole = self.folder()
            started = time.monotonic()
            ran = program.run(*self.command(whole, "--keep-journal"))
            self.seconds = time.monotonic() - started
        self.problems = program.wrong(ran, 0, out=None)
        self.out = ran.out
        self.files = program.contents(whole)
        self.journal = len(self.files.pop("journal", b""))
        if set(self.files) != study_cases.FILES[name]:
            self.problems.append(f"files {sorted(self.files)}")

    def folder(self):
        self.count += 1
        return f"{self.name}-{self.count}"

    def command(self, folder, *more):
        return study_cases.command(self.name, self.path, "--output", folder, "--jobs", "2", *more)

    def unfinished(self, folder):
        """No half of a file: the journal, or everything."""
        left = self.program.listing(folder)
        return [] if left <= {"journal"} or left == set(self.files) else [f"left {sorted(left)}"]

    def resumed(self, folder):
        """Goes on: what is not as if nothing had happened."""
        ran = self.program.run(*self.command(folder, "--resume"))
        problems = self.program.wrong(ran, 0, out=self.out)
        if self.program.contents(folder) != self.files:
            problems.append(f"other files than undisturbed: {sorted(self.program.listing(folder))}")
        return problems


def killed(study, draw):
    problems, kills, found = [], 0, 0
    while (kills < TIMES or found < kills / 4) and kills < MOST and not problems:
        folder = study.folder()
        for _ in range(3):
            process = study.program.start(*study.command(folder, "--resume"))
            try:
                process.wait(draw.uniform(0, study.seconds))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
            found += study_cases.results(study.program, folder) > 0
        problems += study.resumed(folder)
    return problems or ([] if found >= kills / 4 else [
        f"only {found} of {kills} left results: the case shows little"])


def interrupted(study, draw, number):
    problems, stopped, times = [], 0, 0
    while times < TIMES or (stopped == 0 and times < MOST):
        times += 1
        folder = study.folder()
        process = study.program.start(*study.command(folder))
        try:
            process.wait(draw.uniform(0.02, study.seconds))
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        out, err = (text.decode() for text in process.communicate(timeout=60))
        kept = study_cases.results(study.program, folder) > 0
        problems += study.unfinished(folder)
        if CRASH.search(err):
            problems.append(err)
        if process.returncode == 0:  # too late, or at its end
            problems += [] if out == study.out else ["ended with another text"]
        elif process.returncode == -number:  # before the program listened
            problems += [f"left {study.program.listing(folder)}"] if kept else []
        elif process.returncode != 130 or out or "interrupted" not in err or (
                kept and not re.search(HOW_TO_GO_ON, err)):
            problems.append(f"exit {process.returncode}, {len(out)} bytes of text, {err!r}")
        stopped += kept
        if process.returncode != 0:
            problems += study.resumed(folder)
    return problems or ([] if stopped else ["never was there anything to go on with"])


def again(study):
    """Who does not want to wait for the tasks that run."""
    for _ in range(20):  # it may be at its end before
        folder = study.folder()
        process = study.program.start(*study.command(folder))
        study_cases.wait_for_results(study.program, folder, 1, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        out, err = (text.decode() for text in process.communicate(timeout=60))
        if process.returncode != 0:
            break
    problems = [] if process.returncode == 130 and not out and "interrupted" in err else [
        f"exit {process.returncode}, {err!r}"]
    return problems + study.unfinished(folder) + study.resumed(folder)


def unread(study):
    """As before `| head`: the files are whole, and no journal is in the way."""
    folder = study.folder()
    reading, writing = os.pipe()
    os.close(reading)
    ran = study.program.run(*study.command(folder), stdout=writing)
    os.close(writing)
    problems = study.program.wrong(ran, 1, "standard output: cannot be written: Broken pipe")
    if study.program.contents(folder) != study.files:
        problems.append(f"other files: {sorted(study.program.listing(folder))}")
    return problems


def full(study):
    problems = []
    largest = max(len(text) for text in study.files.values())
    for limit in (0, study.journal // 2, study.journal - 1, study.journal):
        folder = study.folder()
        ran = study.program.run(*study.command(folder), limit=limit)
        if limit >= study.journal and largest <= limit:
            continue
        problems += study.program.wrong(ran, 1, "cannot be written: File too large")
        if limit > 0 and "the same command with --resume goes on" not in ran.err:
            problems.append(f"does not say how to go on: {ran.err}")
        problems += study.unfinished(folder) + study.resumed(folder)
    return problems


def nowhere(study):
    """A folder that cannot be: said before anything runs."""
    program, problems = study.program, []
    file = program.file("file", "mine")
    for folder, said in ((file, "file: is a file"), (file + "/x", "file: is a file"),
                         ("/proc", "/proc/journal: cannot be written")):
        problems += program.wrong(program.run(*study.command(folder)), 1, said)
    if os.geteuid() != 0:  # root writes everywhere
        os.makedirs(program.path("closed"), mode=0o555, exist_ok=True)
        problems += program.wrong(program.run(*study.command("closed")), 1,
                                  "closed/journal: cannot be written: Permission denied")
    return problems


def main():
    program = Program(*arguments_of(sys.argv))
    tap, draw = Tap(), random.Random(1)
    try:
        for name in study_cases.COMMANDS:
            study = Study(program, name)
            tap.case(f"{name}: undisturbed", study.problems)
            tap.case(f"{name}: killed", killed(study, draw))
            tap.case(f"{name}: Ctrl-C", interrupted(study, draw, signal.SIGINT))
            tap.case(f"{name}: SIGTERM", interrupted(study, draw, signal.SIGTERM))
            tap.case(f"{name}: Ctrl-C twice", again(study))
            tap.case(f"{name}: nobody reads", unread(study))
            tap.case(f"{name}: a full disk", full(study))
            tap.case(f"{name}: no folder", nowhere(study))
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
