#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fit` as users call it: a recorded experiment, logs, bad input. One TAP case each.

usage: test_fit.py EXECUTABLE SOURCE_ROOT
"""
import csv
import json
import math
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

MAPPING = ("start_s=client_start_time,duration_ms=aws_duration,billed_ms=aws_billed_duration,"
           "cold=is_cold,max_memory_mb=aws_max_mem")


def near(got, low, high, what):
    return [] if low <= got <= high else [f"{what} is {got!r}, not from {low} to {high}"]


def median(distribution):
    """Of [probability, value] points."""
    points = distribution["quantiles"]
    for (p, x), (q, y) in zip(points, points[1:]):
        if p <= 0.5 <= q:
            return x if q == p else x + (y - x) * (0.5 - p) / (q - p)
    return None


def runs(program, path):
    """A fitted scenario is valid and can be simulated."""
    problems = program.wrong(program.run("validate", path), 0, out=None)
    return problems + program.wrong(program.run("simulate", path, "--output", "run"), 0, out=None)


def summary(program, metric):
    lines = program.contents("run")["summary.csv"].decode().splitlines()
    return next(float(line.split(",")[3]) for line in lines if f",{metric}," in line)


def experiment(tap, program, day, rate, cold):
    path = os.path.join(program.data, "traces", "pacslab-lambda-2020", f"res-01-2020-{day}.csv")
    ran = program.run("fit", path, "--map", MAPPING, "--output", "fitted.json")
    problems = program.wrong(ran, 0, "scenario: fitted.json", out=None)
    if problems:
        tap.case(f"the experiment of {day}", problems)
        return None
    fitted = json.loads(open(program.path("fitted.json"), encoding="utf-8").read())
    arrivals = fitted["workloads"]["function"]["arrivals"]
    problems += near(arrivals.get("rate_per_s", 0), 0.99 * rate, 1.01 * rate, "the rate")
    problems += [] if fitted["as_of"] == f"2020-{day[:5]}" else [f"as_of is {fitted['as_of']}"]
    problems += runs(program, program.path("fitted.json"))
    problems += near(summary(program, "cold_start_ratio"), cold / 2, 2 * cold,
                     "the simulated share of cold starts")
    problems += near(summary(program, "duration_ms.p50"), 1840, 1870, "the simulated median")
    tap.case(f"the experiment of {day}", problems)
    return fitted


def experiments(tap, program):
    fitted = experiment(tap, program, "06-10_22-20-08", 0.00425, 0.0748)
    keep = (fitted or {}).get("functions", {}).get("function", {}).get("keep_alive_s")
    # At such low rates the experiment fits a single keep-alive of 612 to 667 s.
    tap.case("its keep-alive", near(median(keep), 612, 667, "the median") if keep
             else ["no keep-alive was estimated"])
    fitted = experiment(tap, program, "05-26_01-31-35", 0.01638, 0.0176)
    function = (fitted or {}).get("functions", {}).get("function", {})
    tap.case("too few cold starts for a keep-alive of its own",
             [] if "keep_alive_s" not in function and "an estimate needs 30" in function["comment"]
             else [repr(function)])


def pauses(tap, program):
    """No cold start was seen: then there is no shortest pause before one."""
    rows = "".join(f"{1.7e9 + 300 * i},100,100,false\n" for i in range(20))
    path = program.file("warm.csv", "t,d,b,c\n" + rows)
    ran = program.run("fit", path, "--map", "start_s=t,duration_ms=d,billed_ms=b,cold=c",
                      "--output", "warm.json")
    text = open(program.path("warm.json"), encoding="utf-8").read() if ran.code == 0 else repr(ran)
    told = "pauses in which nothing ran ended warm (the longest 299.9 s) and 0 cold;"
    tap.case("pauses without a cold start", [] if told in text and "nan" not in text else [text])


def changed(tap, program):
    """Two sizes one after the other, and beside each other."""
    mapping = ["--map", "start_s=t,duration_ms=d,memory_mb=m,function=f"]
    rows = "".join(f"{1.7e9 + 60 * i},{200 if i < 600 else 100},{512 if i < 600 else 1024},f\n"
                   for i in range(1000))
    ran = program.run("fit", program.file("changed.csv", "t,d,m,f\n" + rows), *mapping,
                      "--output", "changed.json")
    problems = program.wrong(ran, 0, r"warning: function f: its calls ran with 512 MB \(600 calls\), "
                             r"1024 MB \(400 calls\): durations, .* are those with 1024 MB$",
                             out=None)
    if not problems:
        f = json.loads(open(program.path("changed.json"), encoding="utf-8").read())["functions"]["f"]
        problems += near(f["reference_memory_size"], 1024, 1024, "the reference")
        problems += near(f["cpu_fraction"], 1, 1, "cpu_fraction")
        problems += [] if "from the means of 400 warm calls there and 600 at 512 MB" in f["comment"] \
            else [f["comment"]]
    tap.case("durations after a change of memory", problems)
    rows = "".join(f"{1.7e9 + 60 * i},{200 if i % 2 else 100},{512 if i % 2 else 1024},f\n"
                   for i in range(1000))
    ran = program.run("fit", program.file("beside.csv", "t,d,m,f\n" + rows), *mapping,
                      "--output", "beside.json")
    tap.case("two sizes beside each other", program.wrong(
        ran, 0, r"they ran beside each other: if these are several functions, give each its file",
        out=None))


def named(tap, program):
    """Two functions in files that name none."""
    for name, memory, ms in ("one", 512, 20), ("two", 1024, 300):
        program.file(f"{name}.log", "".join(
            f"2024-01-0{1 + i // 50}T{i % 24:02}:00:{i % 60:02}.000Z REPORT RequestId: {name}{i}\t"
            f"Duration: {ms + i % 7}.50 ms\tBilled Duration: {ms + 1 + i % 7} ms\tMemory Size: "
            f"{memory} MB\tMax Memory Used: 60 MB\t\n" for i in range(100)))
    ran = program.run("fit", "one.log", "two.log", "--output", "mixed.json")
    tap.case("files that name no function", program.wrong(
        ran, 0, "calls in 2 files name no function and are taken for those of one; NAME=FILE",
        "they ran beside each other: if these are several functions, give each its file", out=None))
    ran = program.run("fit", "one=one.log", "two=two.log", "--output", "named.json")
    problems = program.wrong(ran, 0, out=None)
    problems += ["a warning"] if "warning" in ran.err else []
    if not problems:
        with open(program.path("named.json"), encoding="utf-8") as file:
            functions = json.load(file)["functions"]
        problems += [] if [(n, f["memory_size"]) for n, f in functions.items()] == [
            ("one", 512), ("two", 1024)] else [repr(functions)]
    tap.case("NAME=FILE names them", problems)
    ran = program.run("backtest", "one=one.log", "two=two.log")
    tap.case("NAME=FILE names what is predicted", [] if "function:one" in ran.out and
             "function:two" in ran.out else [repr(ran)])
    ran = program.run("bill", "one=one.log", "two.log")
    tap.case("NAME=FILE names what is billed", [] if "function:one: 100 requests" in ran.out and
             "under (unknown); NAME=FILE names a file's" in " ".join(ran.out.split())
             else [repr(ran)])


def clock(tap, program):
    """A nightly job whose log begins and ends in the afternoon."""
    rows = "".join(f"{1704121200 + 86400 * i + 39600 + i % 3},{60000 + 100 * (i % 7)},true\n"
                   for i in range(40)) # 2024-01-01T15:00:00Z and eleven hours
    path = program.file("nightly.csv", "t,d,c\n1704121200,60000,true\n" + rows)
    mapping = ["--map", "start_s=t,duration_ms=d,cold=c"]
    ran = program.run("fit", path, *mapping, "--output", "nightly.json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        with open(program.path("nightly.json"), encoding="utf-8") as file:
            text = file.read()
        arrivals = json.loads(text)["workloads"]["function"]["arrivals"]
        problems += [] if arrivals["process"] == "profile" else [f"with a stray call: {arrivals}"]
        problems += [text] if "nan" in text else []
    tap.case("a nightly job with a call by hand", problems)
    path = program.file("nightly.csv", "t,d,c\n" + rows)
    ran = program.run("fit", path, *mapping, "--output", "nightly.json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        with open(program.path("nightly.json"), encoding="utf-8") as file:
            text = file.read()
        fitted = json.loads(text)
        arrivals, function = fitted["workloads"]["function"]["arrivals"], fitted["functions"]["function"]
        problems += [] if arrivals.get("expression") == "cron(0 2 * * ? *)" else [repr(arrivals)]
        problems += [] if "keep_alive_s" not in function else ["a keep-alive of nothing"]
        problems += [text + ran.out] if "nan" in text + ran.out else []
        problems += runs(program, program.path("nightly.json"))
        problems += near(summary(program, "cold_start_ratio"), 1, 1, "the share of cold starts")
    tap.case("a nightly job", problems)
    # The other function ends the data, hours after the job's last call.
    path = program.file("two.csv", "t,d,c,f\n" + rows.replace(",true", ",true,nightly") + "".join(
        f"{1704121200 + s},50,false,web\n" for s in (50000, 900000, 2500000, 3439600)))
    ran = program.run("backtest", path, mapping[0], mapping[1] + ",function=f", "--replications", "39")
    found = re.search(r"function:nightly .*\n +invocations +(\d+) +(\d+) ", ran.out)
    tap.case("a nightly job goes on", [] if found and found[1] == found[2] and int(found[1]) > 9
             else [repr(ran), ran.out])


def logs(tap, program):
    path = os.path.join(program.root, "tests", "data", "logs", "report_lines.txt")
    before = program.wrong(program.run("fit", path, "--output", "log.json"), 1, "error: ")
    before += [] if not os.path.exists(program.path("log.json")) else ["a file was written"]
    tap.case("a log without times", before)

    rows = ["at,ms,state,mem,init,fn"]
    source, now = random.Random(4), 1.7e9
    for _ in range(4000):
        now += source.expovariate(0.2)
        cold = source.random() < 0.02
        rows.append(f"{now:.3f},{source.gammavariate(4, 30):.2f},"
                    f"{'error' if source.random() < 0.1 else 'ok'},1024,"
                    f"{'250' if cold else ''},{'one' if source.random() < 0.25 else 'two'}")
    path = program.file("calls.csv", "\n".join(rows) + "\n")
    ran = program.run("fit", path, "--map",
                      "start_s=at,duration_ms=ms,status=state,memory_mb=mem,init_ms=init,"
                      "function=fn", "--output", "two.json", "--region", "eu-west-1")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        fitted = json.loads(open(program.path("two.json"), encoding="utf-8").read())
        one, two = fitted["functions"]["one"], fitted["functions"]["two"]
        problems += [] if fitted["region"] == "eu-west-1" else ["the region is another"]
        problems += near(two["error_rate"], 0.07, 0.13, "the error rate")
        problems += near(two["duration_ms"].get("shape", 0), 3.4, 4.6, "gamma's shape")
        problems += near(one["memory_size"], 1024, 1024, "memory_size")
        problems += near(one["init_duration_ms"]["value"], 250, 250, "Init Duration")
        problems += runs(program, program.path("two.json"))
        problems += [] if "one " in ran.out and "two " in ran.out else [f"the table: {ran.out}"]
    tap.case("two functions in a CSV file", problems)


def counts(tap, program):
    """A day of Azure's: calls per minute, each function's duration and memory in other files."""
    folder = os.path.join(program.root, "tests", "data", "traces", "azure-functions-2019",
                          "official10")
    ran = program.run("fit", folder, "--as-of", "2024-01-01", "--output", "azure.json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        with open(program.path("azure.json"), encoding="utf-8") as file:
            fitted = json.load(file)
        with open(os.path.join(folder, "invocations.csv"), encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file)]
        with open(os.path.join(folder, "durations.csv"), encoding="utf-8") as file:
            means = {row["HashFunction"]: float(row["Average"]) for row in csv.DictReader(file)}
        for row in rows:
            name = row["HashFunction"]
            minutes = [int(count) for minute, count in row.items() if minute.isdigit()]
            arrivals = fitted["workloads"][name]["arrivals"]
            problems += [] if f"{sum(minutes)} calls in" in arrivals["comment"] else [
                f"{name}: {arrivals['comment']}"]
            if arrivals["process"] in ("poisson", "constant"):
                rate = sum(minutes) / 86400
                problems += near(arrivals["rate_per_s"], 0.9999 * rate, 1.0001 * rate, "the rate")
            mean = means[name]
            problems += near(fitted["functions"][name]["duration_ms"]["value"], 0.99999 * mean,
                             1.00001 * mean, "the duration")
            busy = math.ceil(max(minutes) / 60 * mean / 1000 - 1e-9)
            said = f"busiest minute {busy} at once"
            problems += [] if said in fitted["functions"][name]["comment"] else [
                f"{name}: not {said}: {fitted['functions'][name]['comment']}"]
        problems += [] if len(rows) == len(fitted["functions"]) == 10 else ["not ten functions"]
        found = {workload["arrivals"]["process"] for workload in fitted["workloads"].values()}
        problems += [] if found == {"poisson", "constant", "profile", "bursts"} else [repr(found)]
        problems += runs(program, program.path("azure.json"))
    tap.case("calls counted per minute", problems)
    program.file("week.csv", "at,calls,ms\n" + "".join(
        f"2024-05-{6 + hour // 24:02}T{hour % 24:02}:00:00Z,{0 if hour == 167 else 1000},100\n"
        for hour in range(168)))
    mapping = "start=at,count=calls,duration_ms=ms"
    ran = program.run("fit", "week.csv", "--map", mapping, "--output", "week.json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        with open(program.path("week.json"), encoding="utf-8") as file:
            rate = json.load(file)["workloads"]["function"]["arrivals"]["rate_per_s"]
        problems += near(rate, 0.99999 * 167000 / 604800, 1.00001 * 167000 / 604800, "the rate")
    ran = program.run("bill", "week.csv", "--map", mapping, "--memory", "128")
    problems += program.wrong(ran, 0, out=None) + (
        [] if "2024-05-06 00:00:00 to 2024-05-13 00:00:00 UTC" in ran.out else [ran.out])
    tap.case("a week of counts per hour has 168 hours", problems)


def bad_input(tap, program):
    ran = program.run("fit", "--help")
    tap.case("help says that --output is a file", [] if "-o, --output FILE" in ran.out else [ran])
    good = program.file("good.csv", "t,d\n1700000000,5\n1700000060,7\n")
    ran = program.run("fit", good, "--map", "start_s=t,duration_ms=d", "-o", "short.json")
    tap.case("-o", program.wrong(ran, 0, out=None) + runs(program, program.path("short.json")))
    bad = program.file("bad.csv", "t,d\n1700000000,5\n1700000030,x\n1700000060,7\n")
    relative = program.file("relative.csv", "t,d\n0,5\n60,7\n")
    silent = program.file("silent.csv", "t,d\n1700000000,\n1700000060,\n")
    mapping = ("--map", "start_s=t,duration_ms=d")
    cases = {
        "no --output": (2, "needs --output", good, *mapping),
        "a folder as output": (2, "needs --output", good, *mapping, "--output", "x/"),
        "an unknown format": (2, "known are", good, "--input-format", "nope", "--output", "x.json"),
        "a bad mapping": (2, "--map", good, "--map", "nope=t", "--output", "x.json"),
        "a file that is not there": (1, "absent.csv", "absent.csv", *mapping, "--output", "x.json"),
        "no date": (1, "--as-of", relative, *mapping, "--output", "x.json"),
        "no durations": (1, "how long it took", silent, *mapping, "--output", "x.json"),
        "a bad row, strict": (1, "bad.csv", bad, *mapping, "--strict", "--output", "x.json"),
        "a region that is none": (2, "region", good, *mapping, "--region", "?", "--output",
                                  "x.json"),
        "an output that cannot be": (1, "good.csv is no folder", good, *mapping, "--output",
                                     "good.csv/x.json"),
    }
    for name, (code, said, *arguments) in cases.items():
        problems = program.wrong(program.run("fit", *arguments), code, said)
        if os.path.exists(program.path("x.json")):
            problems.append("a file was written")
        tap.case(name, problems)
    ran = program.run("fit", bad, *mapping, "--rejects", "rejects.csv", "--output", "y.json")
    problems = program.wrong(ran, 0, out=None)
    rejected = open(program.path("rejects.csv"), encoding="utf-8").read()
    problems += [] if "1700000030,x" in rejected else [f"rejects.csv is {rejected!r}"]
    tap.case("a bad row", problems + runs(program, program.path("y.json")))
    ran = program.run("fit", relative, *mapping, "--as-of", "2018-03-01", "--output", "z.json")
    tap.case("a date for times that have none",
             program.wrong(ran, 0, out=None) + runs(program, program.path("z.json")))


def calls_of(functions, rows, duration):
    """A CSV file of calls, each function at its turn."""
    source, lines = random.Random(6), ["t,d,i,m,f"]
    for i in range(rows):
        init = source.randint(100, 110) if source.random() < 0.1 else ""
        lines.append(f"{1.7e9 + 60 * i:.3f},{duration(source)},{init},"
                     f"{source.randint(40, 60)},f{i % functions}")
    return "\n".join(lines) + "\n"


def memory(tap, program):
    mapping = ("--map", "start_s=t,duration_ms=d,init_ms=i,max_memory_mb=m,function=f")
    peak = {}
    for times in (1, 4): # every value that there is has come after the first
        path = program.file("calls.csv", calls_of(400, times * 120000,
                                                  lambda source: source.randint(1, 180)))
        code, peak[times] = program.peak_mb("fit", path, *mapping, "--output", "many.json")
        if code != 0:
            peak[times] = float("inf")
    tap.case("memory does not grow with the records",
             near(peak[4], 0, 1.1 * peak[1] + 2, f"after {peak[1]:.1f} MB the peak"))
    path = program.file("calls.csv", calls_of(
        10000, 200000, lambda source: f"{source.lognormvariate(4, 1):.2f}"))
    code, peak = program.peak_mb("fit", path, *mapping, "--output", "many.json")
    # Sanitizers take several times the memory: then only something gross is seen.
    with open(program.executable, "rb") as file:
        bound = 250 if b"__asan_init" in file.read() else 100
    problems = [f"exit {code}"] if code != 0 else near(peak, 1, bound, "the peak in MB")
    with open(program.path("many.json"), encoding="utf-8") as file:
        functions = json.load(file)["functions"]
    problems += near(len(functions), 10000, 10000, "the number of functions")
    problems += near(max(len(f["duration_ms"].get("quantiles", [])) for f in functions.values()),
                     0, 28, "the longest table")
    tap.case("memory with ten thousand functions", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (experiments, pauses, changed, named, clock, logs, counts, memory, bad_input):
            part(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
