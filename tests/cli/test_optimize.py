#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`optimize` as users call it: what it says, its files, the same bytes however it is run, sentences
for mistakes. One TAP case each.

usage: test_optimize.py EXECUTABLE SOURCE_ROOT
"""
import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

P99 = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 500}
VARY = ["--vary", "functions.f.memory_size=256:2048:128",
        "--vary", "functions.f.provisioned_concurrent_executions=0,1,2,3,4"]
FILES = {"optimize.csv", "optimize.json", "run.json"}


def scenario(program, name="s.json", **changes):
    return program.scenario(name, **{"objectives": [P99], "run__replications": 3,
                                     "account__free_tier": False,
                                     "functions__f__reference_memory_size": 512,
                                     "functions__f__cpu_fraction": 0.8, **changes})


def answer(tap, program, path):
    """The answer is a design of the sweep: the cheapest that holds."""
    ran = program.run("optimize", path, *VARY, "--output", "out")
    problems = program.wrong(ran, 0, "files: out/optimize.csv, optimize.json and run.json",
                             out=None)
    for text in ("least monthly_cost_usd of 75 designs", "answer", "runner-up",
                 "a plain grid would have taken 225 runs", "What the objectives cost",
                 "function:f latency_ms.p99 at most 500 ms", "10 % wider"):
        problems += [] if text in ran.out else [f"the table lacks {text!r}"]
    found = program.contents("out")
    if set(found) != FILES:
        tap.case("the answer and its files", problems + [f"files {sorted(found)}"])
        return {}
    result = json.loads(found["optimize.json"])
    swept = program.run("sweep", path, *VARY, "--format", "json", "--quiet")
    designs = json.loads(swept.out)["designs"]
    best = min((d for d in designs if d["meets_objectives"] and
                d["objectives"][0]["value"]["ci95_high"] <= 500),
               key=lambda d: d["monthly_cost_usd"]["mean"])
    if result["answer"]["values"] != best["values"]:
        problems.append(f"{result['answer']['values']}, by the sweep {best['values']}")
    if abs(result["answer"]["monthly_cost_usd"]["mean"] - best["monthly_cost_usd"]["mean"]) > 1e-9:
        problems.append("the answer's cost is not the sweep's")
    table = list(csv.DictReader(io.StringIO(found["optimize.csv"].decode())))
    effort = result["effort"]
    if len(table) != effort["tried"] or effort["tried"] >= 75 or effort["runs"] != sum(
            int(row["replications"]) for row in table):
        problems.append(f"{len(table)} rows, effort {effort}")
    relaxed = result["objectives"][0]["relaxed"]
    if abs(relaxed["bound"] - 550) > 1e-9 or relaxed["saving"]["mean"] < 0:
        problems.append(f"relaxed: {relaxed}")
    if not result["found"] or "runner_up" not in result or result["lead"]["mean"] < 0:
        problems.append("no runner-up, or a better one")
    tap.case("the answer and its files", problems)
    return found


def same_bytes(tap, program, path, found):
    def searched(*more):
        ran = program.run("optimize", path, *VARY, "--output", "again", *more)
        again = program.contents("again")
        return program.wrong(ran, 0, out=None) + [
            f"other bytes in {name} with {more}" for name in ("optimize.csv", "optimize.json")
            if again.get(name) != found.get(name)]

    tap.case("the same bytes with 1 and 8 threads", searched("--jobs", "1") + searched("--jobs", "8"))
    problems = searched("--keep-journal")
    ran = program.run("optimize", path, *VARY, "--output", "again", "--resume")
    problems += program.wrong(ran, 0, "resuming: ", out=None)
    if program.contents("again").get("optimize.json") != found.get("optimize.json"):
        problems.append("other bytes when it is resumed")
    tap.case("the same bytes from its journal", problems)


def formats(tap, program, path, found):
    command = ["optimize", path, *VARY, "--quiet"]
    problems = []
    for name, fmt in (("optimize.csv", "csv"), ("optimize.json", "json")):
        ran = program.run(*command, "--format", fmt)
        problems += program.wrong(ran, 0, out=found[name].decode())
    markdown = program.run(*command, "--format", "markdown").out
    problems += [f"Markdown lacks {text!r}" for text in ("### small", "| answer", "#### What")
                 if text not in markdown.replace("  ", " ")]
    tap.case("CSV, JSON, Markdown", problems)


def options(tap, program, path):
    def searched(*more):
        ran = program.run("optimize", path, *VARY, "--format", "json", *more)
        return program.wrong(ran, 0, out=None), json.loads(ran.out or "{}")

    problems, result = searched("--minimize", "function:f.latency_ms.p99")
    if not problems and (result["minimize"] != "function:f latency_ms.p99" or
                         result["unit"] != "ms" or result["answer"]["minimized"]["mean"] > 400 or
                         result["answer"]["monthly_cost_usd"]["mean"] < 5):
        problems.append(f"{result['minimize']}: {result['answer']}")
    tap.case("--minimize another metric", problems)
    column = "function:f.duration_ms.mean"
    header = [program.run("optimize", path, *VARY, "--format", "csv", "--quiet", "--minimize", what
                          ).out.split("\n")[0].split(",") for what in (
                              column, "function:f.latency_ms.p99", "monthly_cost_usd")]
    tap.case("what is minimized is a column of optimize.csv",
             [] if [sum(name.startswith(column) for name in names) for names in header] == [3, 0, 0]
             and [names.count("function:f.latency_ms.p99") for names in header] == [1, 1, 1]
             else [str(header)])
    problems, result = searched("--replications", "5", "--confidence", "99")
    if not problems and (result["confidence"] != 0.99 or
                         result["answer"]["monthly_cost_usd"]["replications"] != 5):
        problems.append(f"confidence {result['confidence']}: {result['answer']}")
    tap.case("--confidence, --replications", problems)
    problems, result = searched("--warm-up", "60")
    tap.case("--warm-up", problems + ([] if result.get("duration_s") == 540 else [
        str(result.get("duration_s"))]))
    ran = program.run("optimize", scenario(program, "n.json", objectives=[{**P99, "at_most": 1}]),
                      *VARY, "--output", "none")
    tap.case("exit 3 when no design meets the objectives", program.wrong(
        ran, 3, "files: none/optimize.csv", out=None) + (
            [] if "No design that was tried meets all objectives" in ran.out else [ran.out]))


def undecided(tap, program):
    """A bound between the mean and the upper end of a design: it is cheaper and not sure enough."""
    vary = ["--vary", "functions.f.memory_size=512:1024:128"]
    swept = program.run("sweep", scenario(program), *vary, "--format", "json", "--quiet")
    designs = json.loads(swept.out)["designs"]
    last = designs[-1]["objectives"][0]["value"]
    chosen = designs[1]["objectives"][0]["value"]
    for name, value, found in (("undecided", chosen, True), ("none", last, False)):
        bound = (value["mean"] + value["ci95_high"]) / 2
        path = scenario(program, "u.json", objectives=[{**P99, "at_most": bound}])
        doubtful = [d for d in designs
                    if d["objectives"][0]["value"]["mean"] <= bound <
                    d["objectives"][0]["value"]["ci95_high"]]
        table = program.run("optimize", path, *vary)
        ran = program.run("optimize", path, *vary, "--format", "json", "--quiet")
        result = json.loads(ran.out)
        problems = [] if result["found"] == found else [f"found: {result['found']}"]
        best = result.get("best_undecided", {}).get("values")
        if best not in [d["values"] for d in doubtful] or result["undecided"] > len(doubtful):
            problems.append(f"{result['undecided']}, best {best}, by the sweep {doubtful}")
        for text in ("every objective by the mean, but not with 95.0 % confidence",
                     "more --replications tell"):
            problems += [] if text in " ".join(table.out.split()) else [f"lacks {text!r}"]
        if not found and "neighbours" in table.out:
            problems.append("an answer that is none is better than its neighbours")
        tap.case(f"cheaper designs that are not sure enough are named: {name}", problems)


def free(tap, program):
    """All of a grid at $0: those that were left out cost as much, not too much."""
    path = program.scenario("free.json", workloads__w__arrivals__rate_per_s=0.1)
    ran = program.run("optimize", path, "--vary", "functions.f.memory_size=128:4096:64")
    said = " ".join(ran.out.split())
    tap.case("a whole grid under the free tier", program.wrong(ran, 0, out=None) + [
        f"it does not say {text!r}: {ran.out}" for text in (
            "It is the only design that was tried.", "1 design was tried in ",
            "more cost as much or more before anything arrives): no neighbour of the answer is "
            "better", "No design costs less than nothing: --minimize METRIC") if text not in said])


def losses(tap, program):
    """Calls that die are cheap: a search without objectives must not find them unsaid."""
    def searched(vary, **changes):
        path = scenario(program, "l.json", objectives=[], **changes)
        ran = program.run("optimize", path, "--vary", vary)
        result = json.loads(program.run("optimize", path, "--vary", vary, "--format", "json",
                                        "--quiet").out)
        return ran, " ".join(ran.out.split()), result

    memory = {"functions__f__max_memory_used_mb": 300, "functions__f__duration_ms": 500}
    problems = []
    for values in ("256,512,1024", "128:2048:64"):  # the whole grid, and a search in steps
        ran, said, result = searched(f"functions.f.memory_size={values}", **memory)
        problems += program.wrong(ran, 0, out=None)
        size = int(result["answer"]["values"]["functions.f.memory_size"])
        if size < 300 or result["answer"]["out_of_memory"] != 0 or result["undecided"] != 0:
            problems.append(f"{values}: {result['answer']}")
    tap.case("what runs out of memory is no answer", problems)
    ran, said, result = searched("functions.f.memory_size=128,256", **memory)
    tap.case("no design has the memory that it needs", program.wrong(ran, 3, out=None) + [
        f"{text!r} is not in {said}" for text in (
            "No design that was tried has the memory that it needs.", "2 of 2 designs run out of "
            "memory, the first functions.f.memory_size=128 (") if text not in said])
    ran, said, result = searched("functions.f.timeout=1,10", functions__f__duration_ms=2500)
    lost = result["answer"]["lost"]["mean"]
    tap.case("the answer says what it loses", program.wrong(ran, 0, out=None) + [
        f"{text!r} is not in {said}" for text in (
            f"functions.f.timeout=1 loses {lost:,.0f} requests or records a month",
            "functions.f.timeout=10 loses none, at $") if text not in said or lost < 1e6] + [
        f"the answer's table has other losses: {ran.out}" for row in [
            re.search(r"\n  lost a month +([\d,]+) ± [\d,]+ +0 *\n", ran.out)]
        if row is None or abs(float(row[1].replace(",", "")) - lost) > 1])
    ran, said, result = searched("functions.f.memory_size=512,1024", functions__f__timeout=10)
    tap.case("nothing is said of losses where there are none", program.wrong(
        ran, 0, out=None) + [ran.out] * ("lost a month" in ran.out))


def baselines(tap, program):
    """Objectives on what servers do not have are not theirs to meet."""
    def command(name, *more):
        return program.run(name, path, "--option", "b", "--vary",
                           "baselines.b.desired_capacity=1:3:1", *more)

    path = scenario(program, "b.json", baselines={"b": {"instance_type": "m5.large",
                                                        "desired_capacity": 1}}, objectives=[
        P99, {"metric": "cold_start_ratio", "entity": "function:f", "at_most": 0},
        {"metric": "cpu_utilization.mean", "entity": "baseline:b", "at_most": 0.04}])
    said = "cold_start_ratio binds the Lambda design only: baseline b has no such metric"
    problems = []
    for name in ("sweep", "optimize"):
        ran = command(name)
        out = " ".join((ran.out + ran.err).split())
        problems += program.wrong(ran, 0, out=None)
        problems += [f"{name} lacks {text!r}: {out}" for text in (
            said, "baseline:b cpu_utilization.mean at most 4 %") if text not in out]
        problems += [f"{name} has {text!r}" for text in ("cold_start_ratio at most",)
                     if text in out]
    tap.case("objectives that a baseline cannot have do not bind it", problems)
    result = json.loads(command("optimize", "--format", "json", "--minimize",
                                "baseline:b.service_ms.p99").out or "{}")
    found = (result.get("unit"), result.get("answer", {}).get("values"),
             [o["unit"] for o in result.get("objectives", [])])
    tap.case("a baseline's metrics have units", [] if found == (
        "ms", {"baselines.b.desired_capacity": "2"}, ["ms", "ratio"]) else [str(found)])
    ran = command("optimize", "--minimize", "function:f.cold_start_ratio")
    tap.case("what a baseline does not have is not minimized", program.wrong(
        ran, 1, 'function:f has no metric "cold_start_ratio"'))


def mistakes(tap, program, path):
    cases = [
        (2, [], "nothing varies; give --vary"),
        (2, [*VARY, "--vary", "functions.f.memory_size=512"], "varies twice"),
        (2, ["--vary", "functions.f.memory_size=256:512"], "a search needs steps: FROM:TO:STEP"),
        (1, ["--vary", "functions.f.memory_size=1,2"],
         "no design that was looked at is valid: functions.f.memory_size="),
        (2, [*VARY, "--minimize", "cost"],
         "--minimize: cost is neither monthly_cost_usd nor an entity's metric"),
        (1, [*VARY, "--minimize", "function:f.latency_ms.p98"],
         'function:f has no metric "latency_ms.p98"'),
        (2, [*VARY, "--confidence", "100"], "--confidence 100 is no percentage from 50 to 99.9"),
        (2, [*VARY, "--replications", "1"], "at least 2"),
        (1, [*VARY, "--option", "x"], "there is no baseline `x`"),
        (2, [*VARY, "--shard", "1/2"], "optimize has no option --shard"),
        (2, [*VARY, "--resume"], "--resume needs --output DIR"),
    ]
    for code, arguments, said in cases:
        ran = program.run("optimize", path, *arguments)
        tap.case(f"a sentence: {said[:50]}", program.wrong(ran, code, said))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        path = scenario(program)
        found = answer(tap, program, path)
        if found:
            same_bytes(tap, program, path, found)
            formats(tap, program, path, found)
        options(tap, program, path)
        undecided(tap, program)
        free(tap, program)
        losses(tap, program)
        baselines(tap, program)
        mistakes(tap, program, path)
    finally:
        program.close()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
