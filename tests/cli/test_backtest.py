#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`backtest` as users call it: recorded days replayed, a log that forecasts itself, bad input. One
TAP case each.

usage: test_backtest.py EXECUTABLE SOURCE_ROOT
"""
import csv
import gzip
import io
import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

HEADER = "entity,metric,unit,observed,predicted,pi95_low,pi95_high,error_percent,inside"
EXACT = ["invocations", "billed_ms", "duration_ms.p50", "duration_ms.p95", "duration_ms.p99",
         "concurrent_executions.max", "cost_usd"]
MAPPING = ("--map", "start_s=t,duration_ms=d,billed_ms=b,cold=c,function=f")


def rows(text):
    """backtest.csv by metric, of one function."""
    return {row["metric"]: row for row in csv.DictReader(io.StringIO(text))}


def recorded(program, day):
    return (os.path.join(program.data, "scenarios", "pacslab-replay.json"),
            os.path.join(program.data, "traces", "pacslab-lambda-2020", f"res-01-2020-{day}.csv"))


def recorded_days(tap, program):
    for day, calls, cold, billed in (("05-26_01-31-35", 1648, 29, 3136600),
                                     ("06-10_22-20-08", 428, 32, 818200)):
        ran = program.run("backtest", *recorded(program, day), "--format", "csv", "--jobs", "1",
                          "--output", f"out-{day}")
        problems = program.wrong(ran, 0, f"files: out-{day}/backtest.csv and run.json", out=None)
        seen = rows(ran.out)
        problems += [f"the header is {ran.out.splitlines()[:1]}"] \
            if ran.out.splitlines()[:1] != [HEADER] else []
        for name in EXACT:
            row = seen.get(name, {})
            if not (row.get("observed") == row.get("predicted") == row.get("pi95_low") ==
                    row.get("pi95_high") is not None and row["inside"] == "true"):
                problems.append(f"{name} is not exact: {row}")
        row = seen.get("cold_starts", {})
        if not (row.get("observed") == str(cold) and row["inside"] == "true" and
                float(row["pi95_low"]) < cold < float(row["pi95_high"])):
            problems.append(f"cold starts: {row}")
        if (seen.get("invocations", {}).get("observed"), seen.get("billed_ms", {}).get("observed")) \
                != (str(calls), str(billed)):
            problems.append(f"observed: {seen}")
        files = program.contents(f"out-{day}")
        if set(files) != {"backtest.csv", "run.json"} or files["backtest.csv"].decode() != ran.out:
            problems.append(f"files: {set(files)}")
        else:
            facts = json.loads(files["run.json"])
            if (facts["outside"], facts["replications"], facts["confidence"], facts["seed"]) != \
                    (0, 199, 0.95, 1) or "throttles" not in facts["not_in_the_file"][0]:
                problems.append(f"run.json: {facts}")
        tap.case(f"the recorded calls of {day}", problems)
    days = recorded(program, "06-10_22-20-08")
    one, eight, other = (program.run("backtest", *days, "--format", "json", *more)
                         for more in (("--jobs", "1"), ("--jobs", "8"), ("--seed", "2")))
    tap.case("the same bytes for any number of threads, others for another seed",
             [] if one.out == eight.out and one.out != other.out and one.code == 0
             else [repr(one), repr(eight), repr(other)])


def verdicts(tap, program):
    scenario, day = recorded(program, "05-26_01-31-35")
    ran = program.run("backtest", scenario, day, "--as-of", "2021-06-01")
    tap.case("another era bills otherwise: outside, exit code 3",
             program.wrong(ran, 3, out=None) +
             ([] if "OUTSIDE: " in ran.out and "limits, billing rules" in ran.out else [ran.out]))
    ran = program.run("backtest", scenario, day, "--as-of", "2021-06-01", "--metrics",
                      "invocations,duration_ms")
    seen = [line.split()[0] for line in ran.out.splitlines() if line.rstrip().endswith("yes")]
    tap.case("what is not asked for is not judged",
             program.wrong(ran, 0, out=None) +
             ([] if seen == ["invocations", "duration_ms.p50", "duration_ms.p95",
                             "duration_ms.p99"] else [f"{seen}: {ran.out}"]))
    ran = program.run("backtest", scenario, day, "--durations", "model", "--format", "markdown")
    tap.case("durations of the scenario: a constant has no quantiles of its own",
             program.wrong(ran, 3, out=None) +
             ([] if "durations and all else the model's" in ran.out else [ran.out]))
    ran = program.run("backtest", scenario, day, "--confidence", "99%", "--replications", "199",
                      "--format", "csv")
    tap.case("another confidence names its columns",
             program.wrong(ran, 0, out=None) +
             ([] if "pi99_low,pi99_high" in ran.out else [ran.out]))


def calls(seed, count, rate, cold=True, name="f"):
    """A log of Poisson calls, as rows of a CSV file."""
    source, now, free = random.Random(seed), 1.7e9, 0.0
    found = []
    for _ in range(count):
        now += source.expovariate(rate)
        took = source.lognormvariate(5, 0.4)
        found.append(f"{now:.6f},{took:.2f},{-int(-took // 1)},"
                     f"{('true' if now > free else 'false') if cold else ''},{name}")
        free = max(free, now + 330)
    return found


def coherence(tap, program):
    """What cannot be is in no interval: a p95 of 0, below the p50, nothing running of many calls."""
    trace = os.path.join(program.root, "tests", "data", "traces", "azure-functions-2021",
                         "Azure2021_200.csv")
    ran = program.run("backtest", trace, "--as-of", "2026-09-25", "--replications", "39",
                      "--format", "csv")
    functions = {}
    for row in csv.DictReader(io.StringIO(ran.out)):
        ends = float(row["pi95_low"]), float(row["pi95_high"])
        functions.setdefault(row["entity"], {})[row["metric"]] = ends
    problems = program.wrong(ran, ran.code if ran.code in (0, 3) else 0, out=None)
    called = {name: seen for name, seen in functions.items() if "duration_ms.p50" in seen}
    problems += [f"functions: {len(called)}"] if len(called) < 3 else []
    for name, seen in called.items():
        p50, p95, p99 = (seen[f"duration_ms.p{p}"] for p in (50, 95, 99))
        some_take_none = p50[0] == 0  # durations of 0 s are in the file
        if not (p50[0] <= p95[0] <= p99[0] and p50[1] <= p95[1] <= p99[1] and
                (p95[0] > 0 or some_take_none)):
            problems.append(f"{name}: {p50}, {p95}, {p99}")
        if seen["invocations"][0] >= 1 and seen["concurrent_executions.max"][0] < 1:
            problems.append(f"{name}: {seen}")
    tap.case("intervals of what can be", problems)


def forecasts(tap, program):
    head = ["t,d,b,c,f"]
    log = program.file("log.csv", "\n".join(head + calls(1, 3000, 0.05)) + "\n")
    ran = program.run("backtest", log, *MAPPING, "--format", "csv")
    seen = rows(ran.out)
    problems = program.wrong(ran, ran.code if ran.code in (0, 3) else 0, out=None)
    for name in ("invocations", "billed_ms", "duration_ms.p95", "cost_usd"):
        row = seen.get(name, {"pi95_low": "0", "pi95_high": "0", "inside": ""})
        if row["inside"] != "true" or not float(row["pi95_low"]) < float(row["pi95_high"]):
            problems.append(f"{name}: {row}")
    tap.case("a log forecasts its last part", problems)

    ran = program.run("backtest", log, *MAPPING, "--split", "2023-11-15T06:00:00Z", "--metrics",
                      "invocations")
    share = program.run("backtest", log, *MAPPING, "--train", "45%", "--metrics", "invocations")
    told = (ran.out.startswith("fitted to log.csv\n") and "2023-11-15 06:00:00 to" in ran.out and
            "first 45 %" in share.out)
    tap.case("the parts are asked for", [] if told else [repr(ran), repr(share)])

    surge = program.file("surge.csv", "\n".join(
        head + calls(1, 1000, 0.05) + calls(2, 4000, 0.05)[3000:]) + "\n")
    ran = program.run("backtest", surge, *MAPPING)
    backwards = program.wrong(ran, ran.code if ran.code in (0, 3) else 0, out=None)
    tap.case("times may go backward", backwards)
    shuffled = calls(1, 3000, 0.05)
    random.Random(5).shuffle(shuffled)
    other = program.file("shuffled.csv", "\n".join(head + shuffled) + "\n")
    first, second = (program.run("backtest", path, *MAPPING, "--format", "csv", "--quiet")
                     for path in (log, other))
    tap.case("their order in the file does not matter",
             [] if first.out == second.out and first.out.count("\n") > 5 else [repr(first),
                                                                              repr(second)])
    packed = program.file("log.csv.gz", gzip.compress(open(log, "rb").read()))
    with open(log, "rb") as file:
        piped = program.run("backtest", "-", *MAPPING, "--format", "csv", stdin=file.read())
    packed = program.run("backtest", packed, *MAPPING, "--format", "csv")
    tap.case("packed and piped", [] if first.out == packed.out == piped.out
             else [repr(packed), repr(piped)])

    # 14 days of office hours: the first 70 % know hours, not weekdays.
    daily = [row for row in calls(6, 12000, 0.01) if 8 <= float(row.split(",")[0]) / 3600 % 24 < 16]
    daily = program.file("daily.csv", "\n".join(head + daily) + "\n")
    ran = program.run("backtest", daily, *MAPPING, "--metrics", "invocations", "--replications", "39")
    said = "do not tell weekdays apart" in " ".join(ran.out.split())
    ran = program.run("backtest", log, *MAPPING, "--metrics", "invocations", "--replications", "39")
    tap.case("what is not known of weekdays is said",
             [] if said and "weekdays" not in ran.out else [repr(ran)])

    two = program.file("two.csv", "\n".join(
        head + calls(3, 900, 0.05, name="a") + calls(4, 900, 0.05, cold=False, name="b")) + "\n")
    ran = program.run("backtest", two, *MAPPING)
    wanted = ["function:a ", "function:b ", "function:b cold_starts: the calls do not tell whether"]
    problems = program.wrong(ran, ran.code if ran.code in (0, 3) else 0, out=None)
    tap.case("two functions, one of which does not tell its cold starts",
             problems + [f"no {text!r}: {ran.out}" for text in wanted if text not in ran.out])
    ran = program.run("backtest", two, *MAPPING, "--function", "b", "--format", "csv")
    tap.case("one of two", [] if "function:b," in ran.out and "function:a," not in ran.out
             else [repr(ran)])


def throttles(tap, program):
    answer = {"MetricDataResults": [
        {"Id": "m", "Label": "f Throttles", "StatusCode": "Complete",
         "Timestamps": ["2023-11-14T22:20:00+00:00", "2023-11-14T22:25:00+00:00"],
         "Values": [3.0, 4.0]}]}
    metrics = program.file("throttles.json", answer)
    log = program.file("invocations.json", {"events": [
        {"logStreamName": "s", "timestamp": 1700000000000 + 60000 * i, "eventId": str(i),
         "message": f"REPORT RequestId: 3f2504e0-4f89-41d3-9a0c-0305e82c{i:04d}\tDuration: 12.50 ms"
                    "\tBilled Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 40 MB"
                    + ("\tInit Duration: 200.00 ms" if i == 0 else "") + "\t\n"}
        for i in range(20)], "logGroupName": "/aws/lambda/f"})
    ran = program.run("backtest", program.scenario(), log, metrics, "--function", "f",
                      "--format", "csv")
    row = rows(ran.out).get("throttles", {})
    tap.case("what CloudWatch counts is held against throttles",
             program.wrong(ran, 3, out=None) +
             ([] if (row.get("observed"), row.get("predicted"), row.get("inside")) ==
              ("7", "0", "false") else [repr(ran)]))


def bad_input(tap, program):
    scenario = program.scenario()
    good = program.file("good.csv", "\n".join(["t,d,b,c,f"] + calls(1, 50, 0.1)) + "\n")
    strange = program.file("strange.csv",
                           "\n".join(["t,d,b,c,f"] + calls(1, 50, 0.1, name="g")) + "\n")
    relative = program.file("relative.csv", "t,d,b,c,f\n" + "".join(
        f"{i},5,5,false,f\n" for i in range(60)))
    untimed = program.file("untimed.txt", "REPORT RequestId: 1\tDuration: 5.00 ms\tBilled "
                           "Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t\n" * 3)
    empty = program.file("empty.csv", "")
    picture = program.file("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    cases = {
        "no file": (2, "an argument is missing"),
        "a scenario alone": (2, "give the file of calls too", scenario),
        "the scenario behind the calls": (2, "the scenario, .*, comes first", good, scenario),
        "a share beside a scenario": (2, "--train and --split part a log", scenario, good,
                                      *MAPPING, "--train", "50"),
        "durations without a scenario": (2, "--durations is for a scenario", good, *MAPPING,
                                         "--durations", "model"),
        "an unknown figure": (2, 'no figure "billed_s"; did you mean billed_ms', scenario, good,
                              "--metrics", "billed_s"),
        "a confidence that is none": (2, "--confidence 100 ", scenario, good, "--confidence",
                                      "100"),
        "too few replications": (2, "takes at least 39", scenario, good, "--replications", "38"),
        "a time that is none": (2, "--split tomorrow", good, "--split", "tomorrow"),
        "two ways to part": (2, "exclude each other", good, "--split", "2024-01-01", "--train",
                             "50"),
        "an unknown format": (2, "known are", scenario, good, "--input-format", "nope"),
        "a bad mapping": (2, "--map", scenario, good, "--map", "nope=t"),
        "another function": (1, "the calls are of g, the scenario has f; --function NAME",
                             scenario, strange, *MAPPING),
        "a function that is not there": (1, "--function h: there is no such function", scenario,
                                         good, *MAPPING, "--function", "h"),
        "an empty file": (1, "empty.csv: the file is empty", scenario, empty),
        "a file of another kind": (1, "picture.png: not a format that is known", scenario,
                                   picture),
        "a file that is not there": (1, "absent.csv", scenario, "absent.csv"),
        "a scenario that is not there": (1, "absent.json", "absent.json", good, *MAPPING),
        "a CSV file without a mapping": (1, "good.csv: not a format that is known", scenario,
                                         good),
        "times that have no date": (1, "give --as-of", relative, *MAPPING),
        "calls without times": (1, "do not say when they were", scenario, untimed),
        "a moment behind the calls": (1, "--split lies outside", good, *MAPPING, "--split",
                                      "2030-01-01"),
    }
    for name, (code, said, *arguments) in cases.items():
        tap.case(name, program.wrong(program.run("backtest", *arguments), code, said))
    ran = program.run("backtest", scenario, good, *MAPPING, "--output", "good.csv/x")
    tap.case("an output that cannot be", program.wrong(ran, 1, "good.csv"))
    ran = program.run("backtest", scenario, good, *MAPPING,
                      environment={"TMPDIR": "/nowhere/at/all"})
    tap.case("no room for the calls", program.wrong(ran, 1, "temporary file .* TMPDIR"))
    ran = program.run("backtest", scenario, strange, *MAPPING, "--function", "f", "--metrics",
                      "invocations")
    tap.case("the only function of a file, named", program.wrong(ran, 0, out=None))
    with open(good, "rb") as file:
        cut = program.file("cut.csv", file.read()[:-25])
    ran = program.run("backtest", scenario, cut, *MAPPING, "--metrics", "invocations",
                      "--rejects", "rejects.csv")
    problems = program.wrong(ran, 0, out=None)
    if not (" 49 " in ran.out and "cut.csv" in ran.out and os.path.exists(
            program.path("rejects.csv"))):
        problems.append(repr(ran))
    tap.case("a file whose last line is cut", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (recorded_days, verdicts, coherence, forecasts, throttles, bad_input):
            part(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
