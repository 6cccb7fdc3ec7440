#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`breakeven` as users call it: what it says, its files, the same bytes however it is run, sentences
for mistakes. One TAP case each.

usage: test_breakeven.py EXECUTABLE SOURCE_ROOT
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

FILES = {"breakeven.csv", "crossings.csv", "run.json"}
GROUP = {"instance_type": "t2.micro", "ebs_gb": 0, "load_balancer": "none",
         "detailed_monitoring": False}
# 5/s of 100 ms, billed as 158 ms, at 512 MB are some $20 a month of 2015, a t2.micro $9.49.
BASELINES = {"one": {**GROUP, "sizing": "fixed", "desired_capacity": 1},
             "few": {**GROUP, "sizing": "smallest", "workers_per_instance": 2}}
TRAFFIC = ["--traffic", "0.125:1:*2"]


def scenario(program, name="s.json", **changes):
    return program.scenario(name, **{"as_of": "2015-10-15", "account__free_tier": False,
                                     "functions__f__runtime": "nodejs",
                                     "baselines": BASELINES, **changes})


def answer(tap, program, path):
    ran = program.run("breakeven", path, *TRAFFIC, "--output", "out")
    problems = program.wrong(ran, 0, "files: out/breakeven.csv, crossings.csv and run.json",
                             out=None)
    for text in ("all traffic x 0.125 to x 1; ", "Where Lambda and servers cost the same",
                 "few: the fewest t2.micro that serve, fixed", "one: always 1 x t2.micro",
                 "prices that are not known: 3yr-no-upfront", "The curve: a month"):
        problems += [] if text in ran.out.replace("\n  ", " ") else [f"the table lacks {text!r}"]
    found = program.contents("out")
    if set(found) != FILES:
        tap.case("the answer and its files", problems + [f"files {sorted(found)}"])
        return {}
    crossings = list(csv.DictReader(io.StringIO(found["crossings.csv"].decode())))
    curve = list(csv.DictReader(io.StringIO(found["breakeven.csv"].decode())))
    demand = [c for c in crossings if c["purchase"] == "on-demand" and c["baseline"] == "one"]
    if len(demand) != 1 or not 0.4 < float(demand[0]["traffic"]) < 0.6 or not (
            float(demand[0]["traffic_ci95_low"]) < float(demand[0]["traffic"]) <
            float(demand[0]["traffic_ci95_high"])) or demand[0]["lambda_cheaper"] != "below":
        problems.append(f"on demand: {demand}")
    cheaper = [c for c in crossings if c["purchase"] == "3yr-all-upfront"]
    if not cheaper or float(cheaper[0]["traffic"]) >= float(demand[0]["traffic"]):
        problems.append(f"reserved: {cheaper}")
    if any(row["purchase"] == "3yr-no-upfront" for row in curve):
        problems.append("a price that is not known is on the curve")
    if "one: prices that are not known: 3yr-no-upfront" not in ran.out.replace("\n  ", " ") or (
            "* " in ran.out):
        problems.append(f"{ran.out}")
    for row in curve:  # the paired difference is that of the means
        gap = float(row["lambda_usd"]) - float(row["baseline_usd"])
        if abs(gap - float(row["lambda_less_baseline_usd"])) > 1e-6:
            problems.append(f"{row}")
    if {float(row["traffic"]) for row in curve} < {0.125, 0.25, 0.5, 1}:
        problems.append("the curve lacks a traffic that was asked for")
    tap.case("the answer and its files", problems)
    return found


def same_bytes(tap, program, path, found):
    def again(*more):
        ran = program.run("breakeven", path, *TRAFFIC, "--output", "again", *more)
        files = program.contents("again")
        return program.wrong(ran, 0, out=None) + [
            f"other bytes in {name} with {more}" for name in ("breakeven.csv", "crossings.csv")
            if files.get(name) != found.get(name)]

    tap.case("the same bytes with 1 and 8 threads", again("--jobs", "1") + again("--jobs", "8"))
    problems = again("--keep-journal") + again("--resume")
    tap.case("the same bytes from its journal", problems)


def progress(tap, program):
    """What the next round takes depends on this one: the time left is of the round."""
    path = scenario(program, "long.json", run__duration_s=60000)
    ran = program.run("breakeven", path, *TRAFFIC, "--progress", "always", "--jobs", "1")
    lines = [re.sub(r"\x1b\[K", "", line) for line in ran.err.split("\r")]
    shown = re.compile(r"\[[#.]{8}\] +\d+ %(, \d+ (s|min) left)? in round (\d+), \d+ of \d+ tasks, "
                       r"[\d.]+/s(, best x [\d.]+)?$")
    rounds = [shown.match(line) for line in lines if line.startswith("[")]
    problems = [] if ran.code == 0 else [repr(ran)]
    problems += [] if rounds and all(rounds) else [
        f"other lines: {[line for line in lines if line[:1] == chr(91) and not shown.match(line)]}"]
    if not problems and len({match[3] for match in rounds}) < 2:
        problems.append(f"one round only: {lines}")
    tap.case("progress: time left in the round", problems)


def formats(tap, program, path, found):
    command = ["breakeven", path, *TRAFFIC, "--quiet"]
    problems = program.wrong(program.run(*command, "--format", "csv"), 0,
                             out=found["breakeven.csv"].decode())
    result = json.loads(program.run(*command, "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(found["crossings.csv"].decode())))
    if [round(c["traffic"]["mean"], 6) for c in result["crossings"]] != [
            round(float(row["traffic"]), 6) for row in rows]:
        problems.append("JSON and crossings.csv differ")
    markdown = program.run(*command, "--format", "markdown").out
    problems += [f"Markdown lacks {text!r}" for text in ("### small", "| baseline", "#### The curve")
                 if text not in markdown.replace("  ", " ")]
    tap.case("CSV, JSON, Markdown", problems)


def options(tap, program, path):
    ran = program.run("breakeven", path, "--traffic", "0.25,1", "--burstiness", "1,5",
                      "--option", "one", "--format", "json")
    problems = program.wrong(ran, 0, out=None)
    result = json.loads(ran.out) if not problems else {"curve": [], "crossings": []}
    if {p["burstiness"] for p in result["curve"]} != {1, 5} or {
            c["burstiness"] for c in result["crossings"]} != {1, 5}:
        problems.append(f"burstiness: {result['crossings']}")
    if any(sample["baseline"] != "one" for p in result["curve"] for sample in p["baselines"]):
        problems.append("--option runs the others, too")
    tap.case("--burstiness, --option", problems)
    two = scenario(program, "two.json", workloads__v={
        "to": "function:f", "arrivals": {"process": "poisson", "rate_per_s": 1}})
    ran = program.run("breakeven", two, "--traffic", "1,2", "--workload", "v", "--option", "one",
                      "--format", "json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        points = {p["traffic"]: p["arrivals_per_month"] for p in json.loads(ran.out)["curve"]}
        if not 1.05 < points[2] / points[1] < 1.3:  # 7/6
            problems.append(f"arrivals: {points}")
    tap.case("--workload changes that one only", problems)
    strict = scenario(program, "strict.json", objectives=[
        {"metric": "latency_ms", "entity": "function:f", "statistic": "p50", "at_most": 1}])
    ran = program.run("breakeven", strict, "--traffic", "1,2", "--option", "one")
    problems = program.wrong(ran, 3, out=None)
    if "Lambda misses an objective or refuses work at x 1, x 2" not in ran.out or (
            "never do both serve" not in ran.out):
        problems.append(ran.out)
    curve = ran.out.partition("The curve: ")[2]
    if not re.search(r"\n +x 1 +[\d,]+ +\* \$.*\n +x 2 +[\d,]+ +\* \$", curve) or (
            "\n* misses an objective or refuses work: not the price of that traffic" not in curve):
        problems.append(f"what Lambda does not serve stands on the curve as its price: {curve}")
    tap.case("exit 3 when Lambda serves nowhere", problems)
    slow = scenario(program, "slow.json", baselines={
        "one": {**BASELINES["one"], "instance_type": "m4.2xlarge", "desired_capacity": 8,
                "workers_per_instance": 1}},
        objectives=[
        {"metric": "latency_ms", "entity": "function:f", "statistic": "p50", "at_most": 2000}])
    ran = program.run("breakeven", slow, "--traffic", "0.1,80")
    problems = program.wrong(ran, 0, out=None)
    if "one misses an objective or refuses work at x 80" not in ran.out or (
            "Lambda is cheaper where both serve" not in ran.out) or "all along" in ran.out:
        problems.append(ran.out)
    tap.case("none where both serve is not none all along", problems)


def mistakes(tap, program, path):
    counts = scenario(program, "points.json", workloads__w__arrivals={
        "process": "profile", "points": [[0, 1], [600, 2]]})
    schedule = scenario(program, "schedule.json", workloads__w__arrivals={
        "process": "schedule", "expression": "rate(5 minutes)"})
    cases = [
        (1, [schedule], "there is no traffic that could grow"),
        (2, [path, "--traffic", "1"], "--traffic: a curve needs two traffics at least"),
        (2, [path, "--traffic", "0,1"], "--traffic: 0 is not above 0"),
        (2, [path, "--traffic", "1:2000:1"], "--traffic: 2000 values; at most 1000"),
        (2, [path, "--traffic", "1:4"], "--traffic: needs steps: FROM:TO:STEP"),
        (2, [path, "--traffic", "x"], '--traffic: x: "x" is not a number'),
        (2, [path, "--traffic", "4:1:1"], "--traffic: 4:1:1: a range goes from the smaller"),
        (2, [path, "--burstiness", "2,"], '--burstiness: 2,: "" is not a number'),
        (2, [path, "--burstiness", "0.5,2"], "--burstiness: is the rate in a burst"),
        (1, [counts, "--burstiness", "2"], "--burstiness: workload w has its own burstiness"),
        (1, [path, "--workload", "ww"], "there is no workload `ww`; did you mean `w`"),
        (1, [path, "--option", "x"], "there is no baseline `x`"),
        (1, [program.scenario("none.json")], "none.json: the scenario has no baselines"),
        (1, [path, "--traffic", "1,1e12"], "rate_scale"),
        (2, [path, "--resume"], "--resume needs --output DIR"),
        (2, [path, "--shard", "1/2"], "breakeven has no option --shard"),
    ]
    for code, arguments, said in cases:
        ran = program.run("breakeven", *arguments)
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
        progress(tap, program)
        options(tap, program, path)
        mistakes(tap, program, path)
    finally:
        program.close()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
