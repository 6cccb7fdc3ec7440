#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`sweep` and `merge` as users call them: what the files say, the same bytes however a study is
cut, sentences for mistakes. One TAP case each.

usage: test_sweep.py EXECUTABLE SOURCE_ROOT
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

P99 = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 600}
MEMORY = "functions.f.memory_size=256,512,1024,2048"
TIMEOUT = "functions.f.timeout=1:3:1"
COLUMNS = ["functions.f.memory_size", "functions.f.timeout"] + [
    name + suffix
    for name in ("monthly_cost_usd", "cost_difference_usd", "function:f.latency_ms.p99")
    for suffix in ("", "_ci95_low", "_ci95_high")] + [
        "lost", "out_of_memory", "replications", "meets_objectives", "pareto"]


def scenario(program, name="s.json", **changes):
    return program.scenario(name, **{"objectives": [P99], "run__replications": 3,
                                     "account__free_tier": False,
                                     "functions__f__reference_memory_size": 512,
                                     "functions__f__cpu_fraction": 0.5, **changes})


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def files(tap, program, path):
    ran = program.run("sweep", path, "--vary", MEMORY, "--vary", TIMEOUT, "--output", "out")
    problems = program.wrong(ran, 0, "files: out/sweep.csv and run.json", out=None)
    found = program.contents("out")
    if problems or set(found) != {"sweep.csv", "run.json"}:
        tap.case("sweep.csv and run.json", problems + [f"the files are {sorted(found)}"])
        return b""
    table = rows(found["sweep.csv"].decode())
    problems += [] if list(table[0]) == COLUMNS else [f"columns {list(table[0])}"]
    settings = [(row[COLUMNS[0]], row[COLUMNS[1]]) for row in table]
    wanted = [(m, t) for m in ("256", "512", "1024", "2048") for t in ("1", "2", "3")]
    problems += [] if settings == wanted else [f"designs {settings}"]
    cost = [float(row["monthly_cost_usd"]) for row in table]
    p99 = [float(row["function:f.latency_ms.p99"]) for row in table]
    met = [row["meets_objectives"] == "true" for row in table]
    problems += [f"p99 {p} is judged {m}" for p, m in zip(p99, met) if (p <= 600) != m]
    if len(set(met)) != 2:
        problems.append("all designs are judged alike: the case shows nothing")
    reference = min((c for c, m in zip(cost, met) if m), default=0)
    for row, c, p in zip(table, cost, p99):
        low, high = float(row["monthly_cost_usd_ci95_low"]), float(row["monthly_cost_usd_ci95_high"])
        if not low <= c <= high:
            problems.append(f"{c} is not within {low} to {high}")
        if abs(float(row["cost_difference_usd"]) - (c - reference)) > 1e-6:
            problems.append(f"the difference of {c} to {reference} is {row['cost_difference_usd']}")
        beaten = any((a <= c and b <= p and (a < c or b < p)) for a, b in zip(cost, p99))
        if (row["pareto"] == "true") == beaten:
            problems.append(f"({c}, {p}) is called pareto={row['pareto']}")
    run = json.loads(found["run.json"])
    if run["seed"] != 1 or run["replications"] != 3 or run["invocations"] < 36 * 2000:
        problems.append(f"run.json: {[run[k] for k in ('seed', 'replications', 'invocations')]}")
    tap.case("sweep.csv and run.json", problems)
    return found["sweep.csv"]


def as_simulated(tap, program, path, table):
    """A design of the sweep is what `simulate` says of it."""
    program.run("simulate", scenario(program, "one.json", functions__f__memory_size=1024,
                                     functions__f__timeout=2), "--output", "one")
    one = rows(program.contents("one")["comparison.csv"].decode())[0]
    metric = next(row for row in rows(program.contents("one")["summary.csv"].decode())
                  if row["entity"] == "function:f" and row["metric"] == "latency_ms.p99")
    swept = next((row for row in rows(table.decode())
                  if (row[COLUMNS[0]], row[COLUMNS[1]]) == ("1024", "2")), None)
    problems = [] if swept else ["no such design"]
    # simulate bills the mean usage in whole requests: half of one, 4380 times in a month.
    request = 0.5 * 730 * 6 * 2e-7
    pairs = [] if problems else [
        (one["monthly_cost_usd"], swept["monthly_cost_usd"], request),
        (one["ci95_low"], swept["monthly_cost_usd_ci95_low"], request),
        (metric["mean"], swept["function:f.latency_ms.p99"], 1e-6),
        (metric["ci95_low"], swept["function:f.latency_ms.p99_ci95_low"], 1e-6)]
    problems += [f"{a} simulated, {b} swept" for a, b, most in pairs
                 if abs(float(a) - float(b)) > most]
    tap.case("a design is what simulate says of it", problems)


def schedules(tap, program):
    """Provisioned concurrency by time of day is a value like any other."""
    cold = {"metric": "cold_starts", "entity": "function:f", "at_most": 1}
    path = scenario(program, "day.json", run__duration_s=86400, objectives=[cold],
                    functions__f__keep_alive_s=60, run__replications=2,
                    workloads__w__arrivals={"process": "constant", "rate_per_s": 0.01},
                    functions__f__duration_ms=100, functions__f__provisioned_concurrency_schedule=[
                        {"at": "08:00", "value": 1}, {"at": "18:00", "value": 0}])
    day = "functions.f.provisioned_concurrency_schedule.0.value"
    ran = program.run("sweep", path, "--vary", f"{day}=0,1", "--format", "csv", "--quiet")
    problems = program.wrong(ran, 3, out=None)
    without, scheduled = rows(ran.out) if not problems else ({}, {})
    if not problems:
        # Every call was cold; from a minute and a half past eight to six none is.
        warm = float(without["function:f.cold_starts"]) - float(scheduled["function:f.cold_starts"])
        cost = float(scheduled["monthly_cost_usd"]) - float(without["monthly_cost_usd"])
        half_gb = 730 * 3600 * 10 / 24 * 0.5 * 0.0000041667
        if abs(warm - 359) > 1 or abs(cost - half_gb) > 0.01:
            problems = [f"{warm} warm, ${cost} dearer; ${half_gb} for what is ready"]
    ran = program.run("sweep", path, "--vary", "run.duration_s=600,1200", "--quiet")
    if "run.duration_s simulated" not in ran.out:
        problems.append(ran.out)
    tap.case("a schedule of provisioned concurrency varies by path", problems)


def same_bytes(tap, program, path, table):
    def swept(*more):
        ran = program.run("sweep", path, "--vary", MEMORY, "--vary", TIMEOUT, "--output", "again",
                          *more)
        problems = program.wrong(ran, 0, out=None)
        again = program.contents("again").get("sweep.csv")
        return problems + ([] if again == table else [f"other bytes with {more}"])

    tap.case("the same bytes with 1 and 8 threads", swept("--jobs", "1") + swept("--jobs", "8"))
    problems = []
    for i in ("2/3", "1/3", "3/3"):
        ran = program.run("sweep", path, "--vary", MEMORY, "--vary", TIMEOUT, "--shard", i,
                          "--output", "parts")
        problems += program.wrong(ran, 0, f"shard {i[0]} of 3: 12 results are in")
    names = sorted(program.listing("parts"))
    if names != [f"shard-{i}-of-3.journal" for i in (1, 2, 3)]:
        problems.append(f"the shards left {names}")
    os.rename(path, path + ".away")  # a journal has the scenario
    parts = [os.path.join("parts", name) for name in names]
    problems += program.wrong(program.run("merge", *parts[:2], "--output", "merged"), 1,
                              "12 tasks are in none of the journals")
    problems += [] if program.listing("merged") == set() else ["files of a part"]
    ran = program.run("merge", *reversed(parts), "--output", "merged", "--format", "csv")
    problems += program.wrong(ran, 0, out=table.decode())
    if program.contents("merged").get("sweep.csv") != table:
        problems.append("other bytes when shards are merged")
    os.rename(path + ".away", path)
    tap.case("the same bytes from shards that are merged", problems)
    ran = program.run("sweep", path, "--vary", MEMORY, "--shard", "1/2", "--output", "parts")
    problems = program.wrong(ran, 0)
    both = [os.path.join("parts", "shard-1-of-3.journal"),
            os.path.join("parts", "shard-1-of-2.journal")]
    problems += program.wrong(program.run("merge", *both), 1, "is of another study than")
    problems += program.wrong(program.run("merge", path), 1, "is no journal of lambdaplan")
    tap.case("journals of two studies are not merged", problems)


def formats(tap, program, path):
    varied = ["sweep", path, "--vary", MEMORY, "--quiet"]
    table = program.run(*varied)
    problems = program.wrong(table, 0, out=None)
    for text in ("of 4 designs meet the objectives", "Pareto front", "memory_size", " ± ", "dearer",
                 "objective: function:f latency_ms.p99 at most 600 ms"):
        problems += [] if text in table.out else [f"the table lacks {text!r}"]
    text = json.loads(program.run(*varied, "--format", "json").out or "{}")
    designs = text.get("designs", [])
    if [d["values"]["functions.f.memory_size"] for d in designs] != ["256", "512", "1024", "2048"]:
        problems.append("the JSON lacks designs")
    found = rows(program.run(*varied, "--format", "csv").out)
    if [row["pareto"] == "true" for row in found] != [d["pareto"] for d in designs]:
        problems.append("CSV and JSON differ")
    markdown = program.run(*varied, "--format", "markdown").out
    problems += [] if "| memory\\_size |" in markdown.replace("  ", " ") else [markdown]
    tap.case("table, CSV, JSON, Markdown", problems)


def options(tap, program, path):
    def swept(*more):
        ran = program.run("sweep", path, "--format", "csv", *more)
        return program.wrong(ran, 0, out=None), rows(ran.out)

    wrong, found = swept("--vary", "functions.f.memory_size=256:2048", "--sample", "6")
    memory = sorted(int(row["functions.f.memory_size"]) for row in found)
    parts = [int((m - 256) // ((2049 - 256) / 6)) for m in memory]
    tap.case("a Latin hypercube",
             wrong + ([] if parts == list(range(6)) else [f"memory sizes {memory}"]))
    wrong, found = swept("--vary", MEMORY, "--replications", "5")
    tap.case("--replications", wrong + [f"{row['replications']} replications" for row in found
                                        if row["replications"] != "5"])
    wrong, found = swept("--vary", MEMORY + ",10240", "--precision", "3%")
    for row in found:
        for name in ("monthly_cost_usd", "function:f.latency_ms.p99"):
            half = float(row[name]) - float(row[name + "_ci95_low"])
            if half > 0.03 * float(row[name]):
                wrong.append(f"{name} is known to {half} of {row[name]}")
    if len({row["replications"] for row in found}) < 2:
        wrong.append("every design had the same replications: the case shows nothing")
    tap.case("--precision", wrong)
    ran = program.run("sweep", path, "--vary", MEMORY, "--precision", "0.5%", "--max-replications",
                      "4")
    tap.case("--max-replications", program.wrong(ran, 0, out=None) + (
        [] if "designs did not reach ± 0.5 %" in ran.out else [ran.out]))
    ran = program.run("sweep", path, "--vary", MEMORY, "--precision", "0.05%", "--max-replications",
                      "2")
    tap.case("a precision is shown as it was asked for", [] if ran.out.count("± 0.05 %") == 2
             else [ran.out])
    path = scenario(program, "b.json", baselines__b={
        "instance_type": "m5.large", "sizing": "fixed", "desired_capacity": 1})
    wrong, found = swept("--vary", MEMORY)
    ran = program.run("sweep", path, "--format", "csv", "--option", "b", "--vary",
                      "baselines.b.desired_capacity=1,2,4")
    cost = [float(row["monthly_cost_usd"]) for row in rows(ran.out)]
    wrong += program.wrong(ran, 0, out=None)
    wrong += [] if cost == sorted(cost) and cost[2] > 2 * cost[0] > 100 else [f"costs {cost}"]
    tap.case("--option: a baseline", wrong)
    ran = program.run("sweep", scenario(program, "n.json", objectives=[{**P99, "at_most": 1}]),
                      "--vary", MEMORY)
    tap.case("exit 3 when no design meets the objectives", program.wrong(ran, 3, out=None) + (
        [] if "None of the 4 designs meets the objectives" in ran.out else [ran.out]))


def simulated(tap, program):
    """The same options on one design; baselines run as often as the Lambda design has."""
    path = scenario(program, "p.json", baselines__b={
        "instance_type": "m5.large", "sizing": "fixed", "desired_capacity": 1})

    def ran(*more):
        done = program.run("simulate", path, "--output", "sim", *more)
        table = rows(program.contents("sim").get("summary.csv", b"").decode())
        return program.wrong(done, 0, out=None), done, {
            (row["entity"], row["metric"]): row for row in table}

    problems, _, table = ran("--replications", "4")
    both = [("function:f", "invocations"), ("baseline:b", "requests_lost")]
    counts = {table[key]["replications"] for key in both}
    tap.case("simulate --replications", problems + ([] if counts == {"4"} else [f"{counts}"]))
    problems, done, table = ran("--precision", "3%", "--jobs", "1")
    one = program.contents("sim")
    p99 = table["function:f", "latency_ms.p99"]
    if float(p99["ci95_high"]) - float(p99["mean"]) > 0.03 * float(p99["mean"]):
        problems.append(f"p99 is {p99}")
    counts = {table[key]["replications"] for key in both}
    if len(counts) != 1 or not 4 <= int(p99["replications"]) < 64:
        problems.append(f"replications {counts}")
    if f"; {p99['replications']} replications; " not in done.out:
        problems.append(f"the number is not shown: {done.out[:200]}")
    problems += ran("--precision", "3%", "--jobs", "3")[0]
    again = program.contents("sim")
    problems += [f"{name} differs with threads" for name in one
                 if name.endswith(".csv") and one[name] != again[name]]
    tap.case("simulate --precision", problems)
    problems, done, table = ran("--precision", "0.5%", "--max-replications", "6")
    if "6 replications did not bring cost and objectives to ± 0.5 %" not in done.out:
        problems.append(f"does not say that it is not reached: {done.out[-400:]}")
    tap.case("simulate --max-replications", problems)


def progress(tap, program):
    long = scenario(program, "long.json", run__duration_s=60000, objectives=[P99])
    ran = program.run("sweep", long, "--vary", MEMORY, "--vary", TIMEOUT, "--progress", "always",
                      "--jobs", "1")
    lines = [re.sub(r"\x1b\[K", "", line) for line in ran.err.split("\r")]
    shown = re.compile(r"\[[#.]{20}\] +\d+ %, \d+ (s|min) left, \d+ of 36 tasks, [\d.]+/s"
                       r"(, best \$[\d,.]+)?$")
    problems = [] if ran.code == 0 else [repr(ran)]
    problems += [] if any(shown.match(line) for line in lines) else [f"no such line: {lines[:9]}"]
    problems += [] if any(", best $" in line for line in lines) else ["no best so far"]
    tap.case("progress: tasks done, rate, time left, best so far", problems)


def warm_up(tap, program):
    """Calls of 10 min: from empty it takes as long until concurrency is what it will be."""
    calls = {"run__duration_s": 30000, "run__replications": 2, "objectives": [],
             "functions__f__timeout": 900, "functions__f__reference_memory_size": None,
             "functions__f__cpu_fraction": None, "functions__f__duration_ms": 600000,
             "workloads__w__arrivals__rate_per_s": 0.5}
    path = scenario(program, "w.json", **calls)

    def seconds(*more):
        ran = program.run("simulate", path, "--output", "warm", *more)
        run = json.loads(program.contents("warm").get("run.json", b"{}"))
        return program.wrong(ran, 0, out=None), run.get("warm_up_s"), run

    problems, found, run = seconds("--warm-up", "auto")
    if found is None or not 600 <= found <= 1800:
        problems.append(f"found {found} s")
    elif run["scenario"]["run"]["warm_up_s"] != found or run["duration_s"] != 30000 - found:
        problems.append("run.json does not know of it")
    tap.case("--warm-up auto", problems)
    problems, given, _ = seconds("--warm-up", "900")
    tap.case("--warm-up SECONDS", problems + ([] if given == 900 else [f"{given} s"]))
    varied = ["--vary", "functions.f.memory_size=512,1024", "--quiet"]
    auto = program.run("sweep", path, *varied, "--warm-up", "auto")
    same = program.run("sweep", path, *varied, "--warm-up", str(found))
    tap.case("a sweep's designs have the same warm-up", program.wrong(auto, 0, out=same.out) + (
        [] if "of warm-up" in auto.out else [auto.out]))
    path = scenario(program, "a.json", **calls, run__warm_up_s="auto")
    auto = program.run("sweep", path, *varied)
    problems = program.wrong(auto, 0) if auto.out != same.out else []
    problems += program.wrong(program.run("validate", path), 0, out=f"{path}: valid\n")
    given = seconds("--warm-up", "900")[1]
    problems += [] if given == 900 else [f"--warm-up 900 does not win: {given}"]
    problems += program.wrong(program.run("sweep", path, "--vary", "run.warm_up_s=auto,60"), 2,
                              'run.warm_up_s: "auto" is not a number')
    tap.case("run.warm_up_s: auto", problems)
    tap.case("--warm-up beyond the run", program.wrong(
        program.run("simulate", path, "--warm-up", "30000"), 1,
        "run.warm_up_s: 30000 s leave nothing of duration_s"))
    for text in ("-1", "soon"):
        tap.case(f"--warm-up {text!r}", program.wrong(
            program.run("simulate", path, "--warm-up", text), 2,
            "is neither auto nor a number of seconds"))


def durations(tap, program):
    """What changes the price but no duration says so."""
    scenario(program, "plain.json", functions__f__reference_memory_size=None)
    scenario(program, "measured.json")
    same = "- --vary: functions.f has no reference_memory_size: its durations are the same at"
    arm = "- --vary: functions.f: same durations on both architectures; only prices differ"
    arms = ["--vary", "functions.f.architecture=x86_64,arm64"]
    for name, file, what, said, unsaid in [
            ("without a reference", "plain.json", ["--vary", MEMORY], [same], [arm]),
            ("with a reference", "measured.json", ["--vary", MEMORY, *arms], [arm], [same]),
            ("with durations that vary", "plain.json",
             ["--vary", MEMORY, *arms, "--vary", "functions.f.duration_ms.mean=100,200"], [],
             [arm, same])]:
        ran = program.run("sweep", file, *what)
        text = " ".join(ran.out.split())
        problems = program.wrong(ran, 0, out=None)
        problems += [f"does not say {line}: {ran.out}" for line in said if line not in text]
        problems += [f"says {line}" for line in unsaid if line in text]
        tap.case(f"durations of a design: {name}", problems)


def left_out(tap, program):
    """What is no scenario, or runs away, leaves the others alone, however the sweep is run."""
    scenario(program, "some.json", as_of="2022-06-01", workloads__w__invocation_type="Event",
             functions__f__runtime="python3.9", functions__f__emits=[{"to": "function:f", "count": 0.1}])
    sweep = ["sweep", "some.json", "--vary", "functions.f.memory_size=20000,1024",
             "--vary", "functions.f.emits.0.count=3,0.1,0.2"]
    ran = program.run(*sweep, "--output", "some", "--keep-journal")
    problems = program.wrong(ran, 0, "warning: the sweep leaves out what cannot be run, first of all "
                             "functions.f.memory_size=20000 functions.f.emits.0.count=3: some.json: "
                             "functions.f.memory_size: 20000 is above 10240 MB", out=None)
    said = " ".join(ran.out.split())
    problems += [f"{text!r} is not in {ran.out}" for text in (
        "2 of 6 designs meet the objectives (4 without figures, see the warnings).",
        "functions.f.memory_size=1024, functions.f.emits.0.count=0.1: $",
        "memory_size=1024 functions.f.emits.0.count=3: loop function:f -> function:f: each",
        "memory_size=20000 functions.f.emits.0.count=0.2: some.json: functions.f.memory_size: 20000",
        "It has no cost a month") if text not in said]
    found = program.contents("some")["sweep.csv"]
    for row in rows(found.decode()):
        good = row["functions.f.memory_size"] == "1024" and row["functions.f.emits.0.count"] != "3"
        if [row["replications"], row["meets_objectives"], row["monthly_cost_usd"] != ""] != (
                ["3", "true", True] if good else ["0", "false", False]) or (
                    row["pareto"] == "true" and not good):
            problems.append(f"{row}")
    tap.case("designs that cannot be run have no figures", problems)
    again = program.run(*sweep, "--output", "some", "--resume", "--jobs", "8")
    problems = program.wrong(again, 0, "resuming: 18 results", out=ran.out)
    for i in (1, 2):
        program.run(*sweep, "--output", "parts-of-some", "--shard", f"{i}/2")
    merged = program.run("merge", "parts-of-some/shard-1-of-2.journal",
                         "parts-of-some/shard-2-of-2.journal")
    problems += program.wrong(merged, 0, out=ran.out)
    problems += program.wrong(program.run(*sweep, "--jobs", "1", "--quiet", "--format", "csv"), 0,
                              out=found.decode())
    told = json.loads(program.run(*sweep, "--format", "json").out)
    if [design["failed"] for design in told["designs"]] != [True] * 4 + [False] * 2:
        problems.append(f"{told['designs']}")
    tap.case("so it is on any thread, resumed, in shards and in JSON", problems)
    ran = program.run("optimize", *sweep[1:], "--output", "some", "--resume")
    tap.case("what ran away in a sweep is no result of a search",
             program.wrong(ran, 1, "it runs away.*: leave it out of the study"))


def losses(tap, program):
    """What runs out of memory is no answer, and an answer says what it loses."""
    def swept(memory, vary, **changes):
        path = scenario(program, "l.json", functions__f__max_memory_used_mb=300, run__seed=1,
                        workloads__w__arrivals={"process": "constant", "rate_per_s": 5},
                        functions__f__memory_size=memory, functions__f__duration_ms=4000, **changes)
        ran = program.run("sweep", path, "--vary", vary)
        return ran, " ".join(ran.out.split()), rows(
            program.run("sweep", path, "--vary", vary, "--format", "csv", "--quiet").out)

    def lacking(said, *texts):
        return [f"{text!r} is not in {said}" for text in texts if text not in said]

    def in_a_month(busy_s):  # of a run of 600 s; those at its end are still on their way
        return round(5 * (600 - busy_s) * 730 * 6)

    month = in_a_month(6.2)  # at half the memory, and each after an init
    memory = "functions.f.memory_size=256,512"
    ran, said, table = swept(512, memory, objectives=[])
    problems = program.wrong(ran, 0, out=None) + lacking(
        said, "The cheapest design: functions.f.memory_size=512", "1 of 2 designs runs out of "
        f"memory, functions.f.memory_size=256 ({month:,} invocations a month): no answer")
    found = [(float(r["lost"]), float(r["out_of_memory"]), r["meets_objectives"], r["pareto"])
             for r in table]
    if found != [(month, month, "false", "false"), (0, 0, "true", "true")] or "loses" in said:
        problems.append(f"{found}, {said}")
    tap.case("a design that runs out of memory is on no front", problems)
    ran, said, table = swept(512, memory, objectives=[
        {"metric": "out_of_memory", "entity": "function:f", "at_most": 1e9}])
    problems = program.wrong(ran, 0, out=None) + lacking(
        said, f"functions.f.memory_size=256 loses {month:,} requests or records a month",
        "functions.f.memory_size=512 loses none, at $")
    if table[0]["pareto"] != "true" or "out of memory" in said:
        problems.append(f"{table}, {said}")
    tap.case("unless an objective says how many may", problems)
    ran, said, _ = swept(512, "functions.f.memory_size=128,256", objectives=[])
    tap.case("exit 3 when all designs run out of memory", program.wrong(ran, 3, out=None) + lacking(
        said, "Every design runs out of memory. The cheapest: functions.f.memory_size=128"))
    timeout = "functions.f.timeout=1,10"
    ran, said, table = swept(512, timeout, objectives=[])
    problems = program.wrong(ran, 0, out=None) + lacking(
        said, f"functions.f.timeout=1 loses {in_a_month(1):,} requests or records a month",
        "functions.f.timeout=10 loses none, at $", "lost a month")
    if [float(row["lost"]) for row in table] != [in_a_month(1), 0]:
        problems.append(str(table))
    tap.case("the cheapest design says what it loses", problems)
    ran, said, _ = swept(512, timeout, objectives=[
        {"metric": "timeouts", "entity": "function:f", "at_most": 0}])
    tap.case("an objective of losses leaves it out", lacking(
        said, "1 of 2 designs meet the objectives. The cheapest of them: functions.f.timeout=10"
        ) + ([f"{said}"] if "loses" in said else []))


def mistakes(tap, program, path):
    cases = [
        (2, [], "nothing varies; give --vary"),
        (2, ["--vary", "functions.f.memory_size"],
         "--vary functions.f.memory_size: write PATH=VALUES"),
        (2, ["--vary", "=5"], "--vary =5: write PATH=VALUES"),
        (1, ["--vary", "functions.f.memory_sise=1"],
         "--vary: functions.f.memory_sise: there is no `memory_sise` in functions.f; did you mean "
         "`memory_size`"),
        (2, ["--vary", "functions.f.memory_size=128,x"], '"x" is not a number'),
        (1, ["--vary", "functions.f.memory_size=20000,30000"],
         "functions.f.memory_size=20000: .*: 20000 is above 10240 MB"),
        (2, ["--vary", MEMORY, "--vary", MEMORY], "functions.f.memory_size varies twice"),
        (2, ["--vary", "functions.f.memory_size=128:256"], "a grid needs a step"),
        (1, ["--vary", MEMORY, "--option", "bee"], "there is no baseline `bee`"),
        (2, ["--vary", MEMORY, "--shard", "0/2"], "--shard 0/2 is not I/N"),
        (2, ["--vary", MEMORY, "--shard", "3/2"], "--shard 3/2 is not I/N"),
        (2, ["--vary", MEMORY, "--shard", "1"], "--shard 1 is not I/N"),
        (2, ["--vary", MEMORY, "--precision", "0"], "--precision 0 is not a part of the mean"),
        (2, ["--vary", MEMORY, "--precision", "1e999%"], "is not a part of the mean"),
        (2, ["--vary", MEMORY, "--sample", "-1"], "--sample -1 is not a whole number"),
        (2, ["--vary", MEMORY, "--replications", "0"], "--replications 0 is not a whole number"),
        (2, ["--vary", MEMORY, "--shard", "1/2"], "--shard needs --output DIR"),
        (2, ["--vary", MEMORY, "--resume"], "--resume needs --output DIR"),
        (2, ["--vary", MEMORY, "--shard", "1/2", "--precision", "1%", "--output", "x"],
         "give --replications instead of --precision"),
    ]
    for code, arguments, sentence in cases:
        tap.case(f"mistake: {sentence}",
                 program.wrong(program.run("sweep", path, *arguments), code, sentence) +
                 [f"left {name}" for name in program.listing("x")])
    path = scenario(program, "r.json", functions__f__init_duration_ms=None)
    ran = program.run("sweep", path, "--vary", "functions.f.runtime=python,pithon", "--output",
                      "x")
    tap.case("what only the data can tell is told before anything runs",
             program.wrong(ran, 1, "runtime: `python` is not known") +
             [f"left {name}" for name in program.listing("x")])
    path = scenario(program, "m.json", objectives=[{**P99, "statistic": "p98"}])
    tap.case("an objective without a metric is told before anything runs",
             program.wrong(program.run("sweep", path, "--vary", MEMORY), 1,
                           r'm.json:\d+: function:f has no metric "latency_ms.p98"; did you mean'))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        path = scenario(program)
        table = files(tap, program, path)
        schedules(tap, program)
        as_simulated(tap, program, path, table)
        same_bytes(tap, program, path, table)
        formats(tap, program, path)
        options(tap, program, path)
        simulated(tap, program)
        progress(tap, program)
        warm_up(tap, program)
        durations(tap, program)
        left_out(tap, program)
        losses(tap, program)
        mistakes(tap, program, path)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
