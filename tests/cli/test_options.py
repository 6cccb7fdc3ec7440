#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of every command, as --help lists them: a value that cannot be one is a mistake of
usage: exit code 2, a sentence that names the option, and no file. One TAP case a command.

usage: test_options.py EXECUTABLE SOURCE_ROOT
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

import study_cases
from program import Program, arguments_of
from tap import Tap

MEMORY = "functions.f.memory_size="
MALFORMED = {
    "--architecture": ["arm"],
    "--as-of": ["yesterday", "2024-13-01", "1999-01-01", "2100-01-01"],
    "--assume-rate": ["x", "-1"],
    "--budget": ["much", "-1"],
    "--burstiness": ["x", "0.5", "1:4"],
    "--by": ["0", "100", "x"],
    "--confidence": ["100", "95x", "0.95", "%"],
    "--design": [MEMORY[:-1], MEMORY + "x", ","],
    "--durations": ["both"],
    "--format": ["tabel"],
    "--free-tier": ["yes"],
    "--from": ["soon"],
    "--growth": ["5%", "-5%/month"],
    "--input": [MEMORY + "3:1", MEMORY + "x:y", MEMORY],
    "--input-format": ["lamda-log"],
    "--jobs": ["0", "x", "1001"],
    "--map": ["start_ms", "start_ms="],
    "--max-increase": ["5", "x%", "-1%"],
    "--max-replications": ["0", "x"],
    "--memory": ["0", "128MB"],
    "--metrics": ["speed", "billed_ms,,"],
    "--minimize": ["cost", "function:f", "latency_ms.p99"],
    "--precision": ["0", "150%", "x"],
    "--progress": ["maybe"],
    "--region": ["US East", "us", "-us-east-1"],
    "--replications": ["0", "x", "-3", "1000000"],
    "--sample": ["0", "x"],
    "--seed": ["x", "-1", "1.5", "9007199254740993"],
    "--shard": ["3/2", "0/2", "1", "x/y"],
    "--split": ["noon"],
    "--trace-every": ["0", "x"],
    "--traffic": ["1", "x", "0,1", "4:1:1", "1:4"],
    "--train": ["0", "100%", "x"],
    "--up-to": ["0.5", "x"],
    "--vary": [MEMORY[:-1], "=128", MEMORY, MEMORY + "x", MEMORY + "512,512", MEMORY + "512:128:64",
               MEMORY + "128:512:0", MEMORY + "128:512:*1", MEMORY + "128:512"],
    "--warm-up": ["-1", "x"],
    "--what-if": ["memory=512", "memory_size=x", "architecture=arm", "512"],
}
# More that only one command refuses: what it finds out takes more.
ALSO = {
    ("diff", "--replications"): ["1"],
    ("simulate", "--max-replications"): ["9"],  # without --precision
    ("sweep", "--max-replications"): ["9"],
    ("optimize", "--replications"): ["1"],
    ("sensitivity", "--replications"): ["1"],
    ("headroom", "--from"): ["2026-01-01"],  # without --growth
    ("sensitivity", "--sample"): ["7"],
    ("backtest", "--replications"): ["3"],
}
# Names, files and folders: any may be right, but none that is empty.
NAMES = {"--data-dir", "--function", "--merge", "--option", "--output", "--prices", "--rejects",
         "--service", "--trace-events", "--workload"}


def options_of(program, command):
    """{name: its value as --help calls it}"""
    out = program.run(command, "--help").out
    text = out[out.index("\noptions:\n"):out.index("\nexample:\n")]
    return dict(re.findall(r"^  (?:-\w, |    )(--[\w-]+) (\S*)", text, re.MULTILINE))


def refused(program, command, words, option, *more):
    """What is wrong with the refusal of `words`; the option is named as it was written."""
    ran = program.run(command, *words, *more)
    found = program.wrong(ran, 2, re.escape(option) + r"\b")
    if len(ran.err.strip().splitlines()) != 1:
        found.append(f"not one sentence: {ran!r}")
    left = [name for name in ("out", "file") if os.path.exists(program.path(name))]
    return [f"{words[-1]}: {problem}" for problem in found + (["left files"] if left else [])]


def commands(program):
    out = program.run("--help").out
    return re.findall(r"^  (\w+) +\S", out, re.MULTILINE)


def explained(program):
    """What --help says of options: in one column, and of this command."""
    problems, help_of = [], {}
    for command in commands(program):
        out = program.run(command, "--help").out
        help_of[command] = out[out.index("\noptions:\n"):].split("\n\n")[0]
        problems += [f"{command}: {line}" for line in help_of[command].splitlines()[2:]
                     if not re.fullmatch(r".{40} \S.*|  (-\w,|   ) --[\w-]+ \S{20,}", line)]
        alone = program.run(command).err
        if alone.count("\n") != 1 or "?" in alone or "an argument is missing; usage: " not in alone:
            problems.append(f"{command} without arguments: {alone}")
    problems += [f"{command} has no scenario that options could be instead of"
                 for command in ("bill", "fit", "import", "prices")
                 if "scenario's" in help_of[command]]
    for command, text in (("breakeven", "only this baseline"), ("diff", "a baseline: its cost"),
                          ("sweep", "instead of the Lambda design")):
        option, = re.findall(r"--option BASELINE +(.*)", help_of[command])
        if text not in option:
            problems.append(f"{command} --option: {option}")
    return problems


def replications(tap, program):
    """One gives no interval: who judges by intervals takes at least two, the others say so."""
    path = study_cases.scenario(program, run__replications=1)
    twin = study_cases.scenario(program, "twin.json", run__replications=1, functions__f__timeout=9)
    study = {name: study_cases.command(name, path) for name in study_cases.COMMANDS}
    study["sweep"] = ["sweep", path, "--vary", MEMORY + "256,512"]
    judging = [study["optimize"], study["sensitivity"], ["diff", path, twin]]
    problems = []
    for words in judging:
        problems += program.wrong(program.run(*words, "--replications", "1"), 2,
                                  "--replications 1 gives no interval.* at least 2")
        ran = program.run(*words, "--quiet")
        problems += [] if re.search(r"\b3\s+replications", ran.out) else [f"not 3: {ran!r}"]
    tap.case("what is judged by intervals takes three replications where one is asked for", problems)
    problems = []
    for words in (["simulate", path], study["sweep"], study["breakeven"], study["headroom"]):
        ran = program.run(*words, "--quiet")
        said = ran.out.count("one replication gives no interval")
        problems += [] if said == 1 and "±" not in ran.out else [f"{words[0]}: {said}: {ran.out}"]
        ran = program.run(*words, "--quiet", "--replications", "2")
        problems += [f"two: {ran.out}"] if "gives no interval" in ran.out or not ran.out else []
    tap.case("one replication is said to give no interval", problems)
    problems = []
    for words in (["simulate", path], study["sweep"]):
        for more, said in (
                (["--max-replications=5"], "bounds what --precision asks for, which is missing"),
                (["--max-replications=1", "--precision=1%"], "--max-replications 1 gives no interval"),
                (["--max-replications=4", "--precision=1%", "--replications=5"],
                 "is more than --max-replications allows")):
            problems += program.wrong(program.run(*words, *more), 2, said)
    many = study_cases.scenario(program, "many.json", run__replications=9)
    ran = program.run("simulate", many, "--precision=0.01%", "--max-replications=4")
    if "; 4 replications; seed" not in ran.out or "4 replications did not bring" not in ran.out:
        problems.append(f"more than four: {ran!r}")
    tap.case("--max-replications bounds them, whatever the scenario asks for", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    seen = set()
    try:
        scenario = program.scenario("s.json", functions__f__reference_memory_size=512,
                                    baselines={"b": {"instance_type": "m5.large"}})
        arguments = {"diff": [scenario, scenario], "prices": ["list"]}
        needed = {"sweep": ["--vary", "functions.f.timeout=3,30"],
                  "optimize": ["--vary", "functions.f.timeout=3,30"]}
        for command in commands(program):
            problems = []
            options = options_of(program, command)
            seen |= set(options)
            for option, takes_value in options.items():
                more = arguments.get(command, [scenario]) + (
                    needed.get(command, []) if option != "--vary" else [])
                if option != "--output" and command != "prices" and "--output" in options:
                    more += ["--output", "out/f" if options["--output"] == "DIR" else "file"]
                if not takes_value:
                    problems += refused(program, command, [option + "=1"], option, *more)
                    continue
                if option not in MALFORMED and option not in NAMES:
                    problems.append(f"{option}: this test does not know it")
                values = MALFORMED.get(option, []) + ALSO.get((command, option), [])
                for value in ["", *values]:
                    problems += refused(program, command, [f"{option}={value}"], option, *more)
            tap.case(f"{command}: {len(options)} options", problems or (
                [] if len(options) > 3 else ["--help was not understood"]))
        tap.case("no option stands here that the program has not",
                 sorted((set(MALFORMED) | NAMES) - seen))
        tap.case("--help says what the options do here", explained(program))
        text = "t,d\n1,2\nx,y\n"
        log, prices = program.file("calls.csv", text), program.file("prices.csv", text)
        columns = ["--map", "start_s=t,duration_ms=d"]
        problems = []
        for command, *words in (
                ("bill", log, *columns, "--memory=128", "--rejects", log),
                ("bill", log, *columns, "--prices", "prices.csv", "--rejects", prices),
                ("fit", log, *columns, "--output", "./calls.csv"),
                ("fit", "f=calls.csv", *columns, "--output", log),
                ("import", log, "--output", "calls.csv"),
                ("simulate", scenario, "--trace-events", "s.json")):
            problems += program.wrong(program.run(command, *words), 1,
                                      "is to be read, and would be lost if it were written")
        for path, part in ((log, text), (prices, text), (scenario, '"workloads"')):
            with open(path, encoding="utf-8") as file:
                problems += [] if part in file.read() else [f"{path} was written over"]
        tap.case("no file is written over that is read", problems)
        problems = []
        for command in ("sweep", "optimize"):
            ran = program.run(command, scenario, "--output", "out")
            problems += program.wrong(ran, 2, "nothing varies; give --vary")
        tap.case("nothing varies", problems + [f"left {n}" for n in program.listing("out")])
        replications(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
