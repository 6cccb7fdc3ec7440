#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`diff` as a pull request uses it: of scenarios, of folders of results and of bills; budgets and
exit codes; what is hostile. One TAP case each.

usage: test_diff.py EXECUTABLE SOURCE_ROOT
"""
import csv
import io
import datetime
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

P99 = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 600}
BASE = {"objectives": [P99], "run__replications": 3, "account__free_tier": False,
        "functions__f__reference_memory_size": 512, "functions__f__cpu_fraction": 0}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def by(table, kind, name=None):
    return [row for row in table if row["kind"] == kind and name in (None, row["name"])]


def scenarios(tap, program):
    """Twice the memory at the same durations: twice the GB-seconds, and nothing else moves."""
    ran = program.run("diff", "a.json", "b.json", "--output", "out", "--format", "json")
    problems = program.wrong(ran, 0, "files: out/diff.csv and run.json", out=None)
    found = program.contents("out")
    if problems or set(found) != {"diff.csv", "run.json"}:
        tap.case("two scenarios", problems + [f"the files are {sorted(found)}"])
        return
    table = rows(found["diff.csv"].decode())
    total, = by(table, "total")
    settings = [(r["name"], r["before"], r["after"]) for r in by(table, "setting")]
    problems += [] if settings == [("functions.f.memory_size", "512", "1024")] else [f"{settings}"]
    duration, = by(table, "cost", "lambda duration-x86 us-east-1")
    request, = by(table, "cost", "lambda request us-east-1")
    low, mean, high = (float(total["difference" + e]) for e in ("_ci95_low", "", "_ci95_high"))
    if abs(float(duration["after"]) / float(duration["before"]) - 2) > 1e-6:
        problems.append(f"the GB-seconds' line: {duration}")
    if float(request["difference"]) != 0:
        problems.append(f"requests: {request}")
    if abs(mean - float(duration["difference"])) > 1e-6 or not low < mean < high:
        problems.append(f"{low} to {high} around {mean}, of {duration['difference']}")
    if [r for r in by(table, "metric") if r["verdict"] == "moved" and r["entity"] == "esm:x"]:
        problems.append("an entity that is not there moved")
    told = json.loads(ran.out)
    if told["paired"] is not True or told["objectives_newly_failing"] != 0:
        problems.append(ran.out[:300])
    problems += [] if json.loads(found["run.json"]) == told else ["run.json is not the JSON"]
    tap.case("two scenarios", problems)
    shown = program.run("diff", "a.json", "b.json", "--jobs", "1", "--format", "csv")
    tap.case("the same bytes with one thread",
             program.wrong(shown, 0, out=found["diff.csv"].decode()))
    # Both meet the same luck: the difference is surer than either.
    program.run("simulate", "a.json", "--output", "ra", "--quiet")
    program.run("simulate", "b.json", "--output", "rb", "--quiet")
    ran = program.run("diff", "ra", "rb", "--format", "csv")
    again, = by(rows(ran.out), "total")
    apart = float(again["difference_ci95_high"]) - float(again["difference"])
    problems = program.wrong(ran, 0, out=None)
    for name in ("before", "after", "difference"):
        if again[name] != total[name]:
            problems.append(f"{name} is {again[name]} of folders, {total[name]} of scenarios")
    if not 1.2 * (high - mean) < apart:
        problems.append(f"± {high - mean} paired, ± {apart} of folders")
    tap.case("two folders of results: the same, with wider intervals", problems)
    problems = []
    for option in ("--seed=3", "--as-of=2024-01-02", "--region=eu-west-1", "--replications=5"):
        name = option.partition("=")[0]
        problems += program.wrong(program.run("diff", "ra", "rb", option), 2,
                                  name + " is for two scenarios: two folders are compared")
    tap.case("two folders are not simulated again", problems)
    same = program.run("diff", "ra", "ra", "--max-increase", "0%", "--budget", again["before"])
    tap.case("a folder and itself", program.wrong(same, 0, out=None) + [
        f"the table lacks {text!r}" for text in (
            "costs the same as before", "No setting was changed", "within the budget",
            "within what is allowed: 0 % more, 0 % more are allowed") if text not in same.out])


def limits(tap, program):
    cost = float(by(rows(program.run("diff", "a.json", "b.json", "--format", "csv").out),
                    "total")[0]["after"])
    for name, options, code, text in [
            ("over the budget", ["--budget", f"{cost - 0.01:.6f}"], 3, "OVER BUDGET: "),
            ("within the budget", ["--budget", f"{cost + 0.01:.6f}"], 0, "within the budget: "),
            ("over --max-increase", ["--max-increase", "5%"], 3, "% more, 5 % more are allowed"),
            ("within --max-increase", ["--max-increase", "900%"], 0, "within what is allowed: ")]:
        ran = program.run("diff", "a.json", "b.json", *options)
        tap.case(name, program.wrong(ran, code, out=None) + (
            [] if text in ran.out else [ran.out[:400]]))
    less = program.run("diff", "b.json", "a.json", "--max-increase", "0%")
    tap.case("less is never too much more", program.wrong(less, 0, out=None) + (
        [] if "a month less: " in less.out and re.search(
            r"within what is allowed: [0-9.]+ % less, 0 % more are allowed", less.out)
        else [less.out[:300]]))
    program.scenario("strict.json", **{**BASE, "objectives": [{**P99, "at_most": 1}]})
    for name, pair, code, text in [
            ("an objective newly fails", ("a.json", "strict.json"), 3, "NEWLY FAILING: 1 objective"),
            ("one that failed before is not the change's", ("strict.json", "strict.json"), 0,
             "NOT MET"),
            ("newly met", ("strict.json", "a.json"), 0, "newly met")]:
        ran = program.run("diff", *pair)
        tap.case(name, program.wrong(ran, code, out=None) + (
            [] if text in ran.out else [ran.out[:600]]))
    fleet = {"b": {"instance_type": "m5.large", "sizing": "fixed", "desired_capacity": 1}}
    program.scenario("fleet.json", **BASE, baselines=fleet)
    fleet["b"]["desired_capacity"] = 2
    program.scenario("fleet2.json", **BASE, baselines=fleet)
    ran = program.run("diff", "fleet.json", "fleet2.json", "--option", "b", "--max-increase", "50%")
    problems = program.wrong(ran, 3, out=None) + (
        [] if "b costs $72.82 a month more: $89.36 before, $162.18 after (+81.5 %)" in ran.out
        else [ran.out[:300]])
    ran = program.run("diff", "a.json", "fleet.json", "--option", "b", "--budget", "1")
    problems += program.wrong(ran, 3, out=None) + (
        [] if "it was not there before" in ran.out else [ran.out[:300]])
    ran = program.run("diff", "a.json", "fleet.json", "--option", "b", "--max-increase", "1%")
    problems += program.wrong(ran, 1, r"a\.json: there is no option `b` that --max-increase")
    ran = program.run("diff", "fleet.json", "a.json", "--option", "b")
    problems += program.wrong(ran, 1, r"a\.json: there is no option `b`")
    tap.case("--option: a baseline", problems)


def alarms(tap, program):
    for name, threshold in (("calm.json", 1e9), ("loud.json", 0)):
        program.scenario(name, **BASE, alarms={"busy": {
            "entity": "function:f", "metric_name": "Invocations", "statistic": "Sum",
            "evaluation_periods": 1, "threshold": threshold,
            "comparison_operator": "GreaterThanThreshold"}})
    problems = []
    for pair, wanted in ((("calm.json", "loud.json"), True), (("loud.json", "calm.json"), False),
                         (("loud.json", "loud.json"), False), (("a.json", "loud.json"), True)):
        ran = program.run("diff", *pair)
        problems += program.wrong(ran, 0, out=None)
        if ("new: alarm busy fires, 1 time, " in ran.out) != wanted:
            problems.append(f"{pair}: {ran.out[-400:]}")
    tap.case("an alarm newly fires", problems)


def markdown(tap, program):
    """Names are the user's: none of them is markup in a comment."""
    evil = "a|b <img src=x> `c` *d* [e](http://x) &lt; ~~f~~"
    for name, memory in (("evil.json", 512), ("evil2.json", 2048)):
        with open(program.scenario(name, **BASE, functions__f__memory_size=memory),
                  encoding="utf-8") as file:
            scenario = json.load(file)
        program.file(name, {**scenario, "name": evil})
    ran = program.run("diff", "evil.json", "evil2.json", "--format", "markdown")
    problems = program.wrong(ran, 0, out=None)
    if "### a\\|b \\<img src=x\\> \\`c\\` \\*d\\* \\[e\\](http://x) \\&lt; \\~\\~f\\~\\~\n" not in ran.out:
        problems.append(ran.out[:200])
    if not re.search(r"^\| functions\.f\.memory\\_size \| 512 \| 2048 \|$", ran.out, re.M):
        problems.append("no row of the setting")
    for line in ran.out.splitlines():
        if line.startswith("|") and not line.endswith("|"):
            problems.append(f"a row is broken: {line}")
    tap.case("markdown", problems)


def bills(tap, program):
    log = "".join(f"REPORT RequestId: {i:08d}-0000-0000-0000-000000000000\tDuration: 900.00 ms\t"
                  "Billed Duration: 900 ms\tMemory Size: 1024 MB\tMax Memory Used: 90 MB\n"
                  for i in range(2000))
    program.file("one.log", log)
    program.file("two.log", log + log.replace("RequestId: 0", "RequestId: 1"))
    for name in ("one", "two"):
        program.run("bill", f"{name}.log", "--as-of", "2024-01-01", "--free-tier", "off",
                    "--output", name, "--quiet")
    ran = program.run("diff", "one", "two", "--budget", "0.05", "--format", "json")
    problems = program.wrong(ran, 3, out=None)
    told = json.loads(ran.out or "{}")
    total = told.get("monthly_cost_usd", [{}])[0]
    # 1800 GB-seconds x 0.0000166667 + 2000 requests x 0.0000002
    if (total.get("before"), total.get("after")) != ("0.03040006", "0.06080012"):
        problems.append(f"{total}")
    tap.case("two bills", problems)
    ran = program.run("diff", "one", "ra")
    tap.case("a bill and a simulation", program.wrong(
        ran, 1, "ra: is of simulate, but one is of bill: two of one kind"))
    program.run("sweep", "a.json", "--vary", "functions.f.memory_size=512", "--output", "swept")
    os.mkdir(program.path("nothing"))
    problems = []
    for pair, said in ((("ra", "swept"), "swept: is of `sweep`: two of simulate, or two of bill"),
                       (("swept", "swept"), "swept: is of `sweep`"),
                       (("ra", "nothing"), "nothing: has no run.json: there are no results in it")):
        ran = program.run("diff", *pair)
        problems += program.wrong(ran, 1, said)
        problems += [] if ran.err.count("\n") == 1 else [f"not one sentence: {ran.err}"]
    tap.case("folders of other commands, and of none", problems)
    path = os.path.join(program.path("two"), "bill.csv")
    with open(path, "rb") as file:
        whole = file.read()
    problems = []
    for cut in (0, 3, len(whole) // 2, len(whole) - 20, whole.rindex(b"\n", 0, -1) + 1):
        with open(path, "wb") as file:
            file.write(whole[:cut])
        problems += program.wrong(program.run("diff", "one", "two"), 1, r"two/bill\.csv")
    for spoilt, said in [(whole.replace(b",cost_usd", b",cost"), "there is no column cost_usd"),
                         (whole.replace(b",0.06", b",-0.06"), "do not add up"),
                         (whole.replace(b",0.06", b",1e9"), r"is no amount in USD"),
                         (whole.replace(b",4000,", b",four,"), "is no quantity")]:
        with open(path, "wb") as file:
            file.write(spoilt)
        problems += program.wrong(program.run("diff", "one", "two"), 1, said)
    tap.case("a bill that was cut or spoilt", problems)


def both_kinds(tap, program):
    """A folder of logs and of AWS's own bill: neither `bill` nor `diff` adds the two up."""
    cur = os.path.join(program.root, "tests", "data", "billing", "cur-legacy.csv")
    os.mkdir(program.path("all"))
    shutil.copy(cur, program.path("all"))
    program.file("all/calls.log", "".join(
        f"2023-05-01T00:00:{i:02}Z REPORT RequestId: id-{i}\tDuration: 5 ms\tBilled Duration: 6 ms"
        "\tMemory Size: 128 MB\n" for i in range(60)))
    ran = program.run("bill", "all", "--output", "both", "--free-tier", "off")
    problems = program.wrong(ran, 0, out=None)
    problems += [f"the table lacks {text!r}" for text in (
        "the same spending twice, which is not added up: the logs' invocations cost $0.00, "
        "requests and durations of Lambda in AWS's bill $25.08",) if text not in " ".join(
            ran.out.split())]
    with open(program.path("both/bill.csv"), encoding="utf-8") as file:
        cost = sum(float(row["cost_usd"]) for row in rows(file.read()))
    problems += [] if cost < 0.0001 else [f"bill.csv adds up to ${cost}"]
    program.run("bill", cur, "--output", "aws")
    for pair in (("both", "both"), ("aws", "both")):
        problems += program.wrong(program.run("diff", *pair), 1,
                                  r"both/run\.json: is of logs and of a bill of AWS, which are the "
                                  "same spending twice")
    tap.case("logs and a bill of AWS in one folder", problems)


def spans(tap, program):
    """A week and a month of the same traffic cost the same a month."""
    def bill(name, days, *more, hours=24):
        first = datetime.datetime(2024, 1, 25)
        calls = "".join(f"{first + datetime.timedelta(days=d, hours=h)},1000,1024,9\n"
                        for d in range(days) for h in range(hours))
        program.file(f"{name}.csv", "at,ms,mb,n\n" + calls)
        program.run("bill", f"{name}.csv", "--map", "start=at,duration_ms=ms,memory_mb=mb,count=n",
                    "--output", name, "--quiet", "--free-tier", "off", *more)

    def told(before, after, *more):
        ran = program.run("diff", before, after, *more)
        return ran, " ".join(ran.out.split())

    bill("weeks", 10)  # over the end of a month
    bill("month", 28)
    bill("taken", 10, "--free-tier", "on")
    bill("minute", 1, hours=1)
    # 9 calls an hour of a GB-second each: 730 x 9 x (0.0000166667 + 0.0000002) = $0.1108
    for sides in (("weeks", "month"), ("month", "weeks")):
        ran, said = told(*sides, "--max-increase", "0.5%", "--budget", "0.113")
        problems = program.wrong(ran, 0, out=None)
        problems += [f"{text!r} is not in {said}" for text in (
            "within the budget: $0.111 a month of a budget of $0.11",
            "10.0 d of data scaled up to a month of 730 h",
            "28.0 d of data scaled up to a month of 730 h") if text not in said]
        tap.case(f"spans differ: {sides[0]} to {sides[1]}", problems)
    _, said = told("weeks", "taken")
    tap.case("the free tier of part of a month", [] if "the free tier of each calendar month was "
             "taken off before the data were made a month" in said else [said])
    _, said = told("weeks", "minute")
    tap.case("less than an hour is no month", [] if "a month is not the same on both sides: before "
             "10.0 d of data scaled up to a month of 730 h, after less than an hour of data" in said
             else [said])


def mistakes(tap, program):
    for name, arguments, code, said in [
            ("a folder and a scenario", ("ra", "a.json"), 1, "two folders, or two scenarios"),
            ("nothing there", ("ra", "nowhere"), 1, "two folders, or two scenarios"),
            ("one argument", ("ra",), 2, "an argument is missing"),
            ("no budget", ("ra", "rb", "--budget", "-5"), 2, "--budget -5 is no amount in USD"),
            ("no percentage", ("ra", "rb", "--max-increase", "5"), 2, "is no percentage"),
            ("no percentage: nan", ("ra", "rb", "--max-increase", "nan%"), 2, "is no percentage"),
            ("no such option", ("ra", "rb", "--option", "x"), 1, "there is no option `x`"),
            ("a folder that takes no files, said once", ("ra", "rb", "--output", "/proc/self"), 1,
             r"^error: /proc/self/diff\.csv: cannot be written: [^\n]*\n$")]:
        tap.case(name, program.wrong(program.run("diff", *arguments), code, said))
    shutil.copytree(program.path("rb"), program.path("cut"))
    summary = os.path.join(program.path("cut"), "summary.csv")
    with open(summary, "rb") as file:
        whole = file.read()
    with open(summary, "wb") as file:
        file.write(whole[:len(whole) - 8])
    tap.case("a folder whose summary was cut", program.wrong(
        program.run("diff", "ra", "cut"), 1, r"cut/summary\.csv:\d+: "))
    run = json.loads(program.contents("cut")["run.json"])
    program.file("cut/summary.csv", whole)
    run["options"] = [run["options"][0]] * 2
    run["scenario"] = {"name": ["x"] * 30, "\u001b[2J": {"a": 1}}
    program.file("cut/run.json", run)
    ran = program.run("diff", "ra", "cut")
    problems = program.wrong(ran, 0, out=None)
    if any(ord(c) < 32 and c != "\n" for c in ran.out):
        problems.append("control characters in the table")
    tap.case("a folder with strange settings", problems)
    program.scenario("other.json", **{**BASE, "run__seed": 7})
    ran = program.run("diff", "a.json", "other.json")
    tap.case("another seed is not used", program.wrong(ran, 0, out=None) + (
        [] if "both run with 1" in ran.out and "costs the same" in ran.out else [ran.out[:400]]))


def main():
    executable, root = arguments_of(sys.argv)
    tap, program = Tap(), Program(executable, root)
    try:
        program.scenario("a.json", **BASE)
        program.scenario("b.json", **BASE, functions__f__memory_size=1024)
        scenarios(tap, program)
        limits(tap, program)
        alarms(tap, program)
        markdown(tap, program)
        bills(tap, program)
        both_kinds(tap, program)
        spans(tap, program)
        mistakes(tap, program)
    finally:
        program.close()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
