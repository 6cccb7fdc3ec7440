#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: arguments, formats, streams, files that cannot be written, interruption,
terminals. One TAP case each.

usage: test_cli.py EXECUTABLE SOURCE_ROOT
"""
import csv
import io
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import REPORTS, SMALL, Program, Ran, arguments_of
from tap import Tap

SIMULATE = ("simulate", "small.json")
FOREVER = {"run": {"duration_s": 3.1e7, "replications": 100, "seed": 1},
           "workloads__w__arrivals__rate_per_s": 300}

# Arguments, exit code, what must be said on stderr.
USAGE = [
    ((), 2, [r"usage: lambdaplan COMMAND"]),
    (("simualte", "small.json"), 2, [r"no command `simualte`; did you mean `simulate`\?"]),
    (("",), 2, [r"no command ``"]),
    (("--verson",), 2, [r"no option --verson before a command"]),
    (("\x1b[31m",), 2, [r"no command `\?\[31m`"]),
    (("simulate",), 2, [r"an argument is missing; usage: lambdaplan simulate SCENARIO"]),
    (("simulate", "--"), 2, [r"an argument is missing"]),
    (("simulate", "small.json", "b"), 2, [r"too many arguments; usage: lambdaplan simulate"]),
    (("validate",), 2, [r"an argument is missing"]),
    (("validate", "--schema", "small.json"), 2, [r"too many arguments"]),
    ((*SIMULATE, "--outptu", "x"), 2, [r"no option --outptu; did you mean --output\?"]),
    ((*SIMULATE, "--service", "ec2"), 2, [r"simulate has no option --service"]),
    ((*SIMULATE, "--zebra=4"), 2, [r"no option --zebra; see"]),
    ((*SIMULATE, "-x"), 2, [r"no option -x"]),
    ((*SIMULATE, "-qx"), 2, [r"no option -x"]),
    ((*SIMULATE, "-s", "1"), 2, [r"no option -s"]),
    ((*SIMULATE, "--output"), 2, [r"--output needs a value"]),
    ((*SIMULATE, "-o"), 2, [r"-o needs a value"]),
    ((*SIMULATE, "--quiet=yes"), 2, [r"--quiet takes no value"]),
    ((*SIMULATE, "--format", "yaml"), 2, [r"--format yaml: .*table, csv, json, markdown, html"]),
    ((*SIMULATE, "--format="), 2, [r"--format is empty"]),
    ((*SIMULATE, "--progress=often"), 2, [r"--progress often: .*auto, always, never"]),
    ((*SIMULATE, "--seed", "x"), 2, [r"--seed x is not a whole number"]),
    ((*SIMULATE, "--seed=-1"), 2, [r"--seed -1 is not a whole number"]),
    ((*SIMULATE, "--seed="), 2, [r"--seed is empty"]),
    ((*SIMULATE, "--seed", "9" * 40), 2, [r"--seed 999.*from 0 to 9007199254740992"]),
    ((*SIMULATE, "--jobs", "0"), 2, [r"--jobs 0 is not a whole number from 1 to 1000"]),
    ((*SIMULATE, "-j", "many"), 2, [r"--jobs many is not"]),
    ((*SIMULATE, "--jobs=1e3"), 2, [r"--jobs 1e3 is not"]),
    ((*SIMULATE, "--jobs", "9" * 40), 2, [r"--jobs 999"]),
    ((*SIMULATE, "--as-of", "tomorrow"), 2, [r"--as-of tomorrow is not a date"]),
    ((*SIMULATE, "--as-of", "2023-02-29"), 2, [r"--as-of 2023-02-29 is not a date"]),
    ((*SIMULATE, "--as-of", "1999-01-01"), 2, [r"--as-of 1999-01-01 .*2006 to 2099"]),
    ((*SIMULATE, "--region", "not a region"), 2, [r"--region \"not a region\""]),
    ((*SIMULATE, "--region", "xx-nowhere-1"), 1,
     [r"--region: no price is known in `xx-nowhere-1`; there is `af-south-1`"]),
    (("simulate", "--", "--output"), 1, [r"cannot read --output"]),
    (("prices",), 2, [r"an argument is missing"]),
    (("prices", "lst"), 2, [r"usage: lambdaplan prices list"]),
    (("prices", "list", "lambda"), 2, [r"too many arguments"]),
    (("prices", "show"), 2, [r"an argument is missing"]),
    (("prices", "show", "a", "b", "c"), 2, [r"too many arguments"]),
    (("prices", "show", "lambda", "--service", "ec2"), 2, [r"--service is for list"]),
    (("prices", "show", "lamda"), 1, [r"no service `lamda`; did you mean `lambda`\?"]),
    (("prices", "show", "lambda", "duratoin-x86"), 1, [r"did you mean `duration-x86`\?"]),
    (("prices", "list", "--region", "us-eats-1"), 1, [r"no region `us-eats-1`; did you mean"]),
    (("prices", "list", "--service", "zebra"), 1, [r"no service `zebra`"]),
    (("prices", "show", "lambda", "request", "--region", "us-east-1", "--as-of", "2010-01-01"), 1,
     [r"no price for lambda request in us-east-1 on 2010-01-01"]),
]


def usage(tap, program):
    program.scenario()
    for arguments, code, said in USAGE:
        shown = " ".join(ascii(argument)[1:-1] for argument in arguments)
        shown = re.sub(r"9{20,}", "9...", shown)
        ran = program.run(*arguments)
        tap.case(f"refused: {shown}", program.wrong(ran, code, *said))


def cloudwatch_counts(tap, program):
    """CloudWatch's answer as a workload's counts is what a CSV file of its points is."""
    times = [f"2024-05-01T{10 + i // 60:02}:{i % 60:02}:00" for i in range(120)]
    calls = [7 + i % 11 for i in range(120)]
    program.file("points.csv", "timestamp,value\n" + "".join(
        f"{time.replace('-', '/').replace('T', ' ')},{n}\n" for time, n in zip(times, calls)))
    program.file("points.json", json.dumps({"Label": "Invocations", "Datapoints": [
        {"Timestamp": time + "+00:00", "Sum": float(n), "Unit": "Count"}
        for time, n in reversed(list(zip(times, calls)))]}))
    run = {"duration_s": 7200, "replications": 2, "seed": 3}
    said = []
    problems = []
    for name in ("points.csv", "points.json"):
        program.scenario("cloudwatch.json", run=run, workloads__w__arrivals={
            "process": "counts", "file": name})
        ran = program.run("simulate", "cloudwatch.json", "--format", "csv")
        problems += program.wrong(ran, 0, out=None)
        said.append(ran.out)
    problems += [] if said[0] == said[1] and said[0] else said
    tap.case("counts of CloudWatch, CSV with slashes in dates and JSON", problems)


def jobs(tap, program):
    """The number of threads changes no byte, of results nor of complaints."""
    rows = "".join(f"{i * 60},{7 + i % 11}\n" for i in range(600))
    program.file("counts.csv", "time,count\n" + rows)
    counts = {"process": "counts", "file": "counts.csv", "time_unit": "s",
              "columns": {"time": "time", "value": "count"}}
    fleet = {"b": {"instance_type": "m5.large", "sizing": "smallest", "max_size": 8}}
    run = {"duration_s": 20000, "replications": 5, "seed": 3}
    program.scenario("poisson.json", run=run, baselines=fleet)
    program.scenario("counts.json", run=run, baselines=fleet, workloads__w__arrivals=counts)
    for name in ("poisson.json", "counts.json"):
        seen = []
        for number in ("1", "2", "8"):
            ran = program.run("simulate", name, "--jobs", number, "--output", f"jobs{number}")
            problems = program.wrong(ran, 0, out=None)
            files = program.contents(f"jobs{number}")
            files.pop("run.json", None)
            seen.append((ran.out, files))
            if problems:
                break
        problems += [f"--jobs {number} gives other bytes" for number, got in zip("28", seen[1:])
                     if got != seen[0]]
        if set(seen[0][1]) != REPORTS - {"run.json"}:
            problems.append(f"files: {sorted(seen[0][1])}")
        tap.case(f"--jobs 1, 2 and 8 give the same bytes: {name}", problems)
    program.file("counts.csv", "time,count\n" + rows + "36060,many\n")
    program.scenario("counts.json", run={**run, "duration_s": 40000},
                     workloads__w__arrivals=counts)
    said = [program.run("simulate", "counts.json", "--jobs", number, "--output", "broken")
            for number in ("1", "8")]
    problems = program.wrong(said[0], 1, r"counts\.csv:602: count: \"many\"")
    if (said[0].err, said[0].code) != (said[1].err, said[1].code):
        problems.append(f"{said[0]} and {said[1]}")
    tap.case("--jobs: a trace that breaks off is reported once", problems + (
        ["files are left"] if program.listing("broken") else []))


def smallest(tap, program):
    """The search for a fixed group keeps to its bounds, and to objectives that servers can meet."""
    quick = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 1500}
    cheap = {"metric": "monthly_cost_usd", "entity": "account", "at_most": 300}
    cold = {"metric": "cold_start_ratio", "entity": "function:f", "at_most": 0.5}
    cases = [
        ("the smallest group", 20, {}, [quick], 2),
        ("not below min_size", 20, {"min_size": 3}, [quick], 3),
        ("a cost that twice the group would exceed", 45, {}, [quick, cheap], 3),
        ("cold starts, which servers do not have", 20, {}, [quick, cold], 2),
    ]
    for name, rate, bounds, objectives, wanted in cases:
        fleet = {"instance_type": "m5.large", "sizing": "smallest", "max_size": 50, **bounds}
        program.scenario("smallest.json", baselines={"b": fleet}, objectives=objectives,
                         functions__f__memory_size=1769,
                         workloads__w__arrivals={"process": "poisson", "rate_per_s": rate})
        ran = program.run("simulate", "smallest.json", "--format", "csv", "--output", "smallest")
        problems = program.wrong(ran, ran.code, out=None)
        rows = program.contents("smallest").get("summary.csv", b"").decode()
        found = re.findall(r"^baseline:b,instances.mean,instances,([^,]*)", rows, re.M)
        if found != [str(wanted)]:
            problems.append(f"{found} instances, not {wanted}")
        tap.case(f"sizing smallest: {name}", problems)


def savings_plans(tap, program):
    def options(**changes):
        program.scenario("plan.json", **{"as_of": "2026-11-01", "account__free_tier": False, **changes})
        ran = program.run("simulate", "plan.json", "--format", "json")
        found = json.loads(ran.out)["options"] if ran.code == 0 else []
        return ran, [[(line["sku"], float(line["cost_usd"])) for line in option["bill"]]
                     for option in found]

    problems, cost = [], {}
    for plan in ("none", "1yr-no-upfront", "3yr-all-upfront"):
        ran, bills = options(account__savings_plan=plan)
        problems += program.wrong(ran, 0, out=None)
        cost[plan] = dict(bills[0]) if bills else {}
    lines = [cost["none"].get("duration-x86", 0)] + [
        cost[plan].get(f"savings-plan-duration-x86:{plan}", 0) for plan in list(cost)[1:]]
    # 16.6667, 14.70 and 13.80 USD a million GB-seconds; requests are not in the plan.
    if [round(line / (lines[0] or 1), 5) for line in lines] != [1, 0.882, 0.828] or len(
            {bill.get("request") for bill in cost.values()}) != 1:
        problems.append(f"bills {cost}")
    tap.case("a savings plan makes Lambda's duration cheaper", problems)
    group = {"instance_type": "m5.large", "desired_capacity": 2,
             "purchase": "savings-plan-compute-1yr-no-upfront"}
    sku = "linux-savings-plan:m5.large:compute-1yr-no-upfront"
    problems = program.wrong(options(baselines={"b": group})[0], 1,
                             rf"plan.json:\d+: baselines.b: no price for ec2 {sku} in us-east-1")
    ran, bills = options(baselines={"b": group}, prices=[
        {"service": "ec2", "sku": sku, "price_usd": "0.07"}])
    problems += program.wrong(ran, 0, out=None)
    if not problems and abs(dict(bills[1])[sku] - 2 * 730 * 0.07) > 1e-9:
        problems.append(f"bills {bills}")
    problems += program.wrong(options(as_of="2019-11-05", baselines={"b": group})[0], 1,
                              r'purchase "savings-plan-compute-1yr-no-upfront" exists since '
                              r"2019-11-06; as_of is 2019-11-05")
    tap.case("servers under a savings plan need a price", problems)


def objectives_of_baselines(tap, program):
    """They bind one option; the others say that they do not apply."""
    fleet = {"instance_type": "m5.large", "desired_capacity": 1}
    cost = {"metric": "monthly_cost_usd", "entity": "baseline:c", "at_most": 10}
    load = {"metric": "utilization", "entity": "baseline:b", "at_most": 0.9}
    program.scenario("bound.json", baselines={"b": fleet, "c": fleet}, objectives=[cost, load])
    ran = program.run("simulate", "bound.json", "--output", "bound")
    problems = program.wrong(ran, 0, out=None)
    rows = program.contents("bound").get("comparison.csv", b"").decode().splitlines()
    verdicts = [row.rsplit(",", 1)[-1] for row in rows[1:]]
    problems += [] if verdicts == ["n/a", "true", "false"] else [f"{verdicts}"]
    for text in [r"NOT MET +baseline:c monthly_cost_usd at most \$10", r"met +baseline:b utiliz",
                 r"\n  lambda .* n/a\n"]:
        problems += [] if re.search(text, ran.out) else [f"no /{text}/ in {ran.out}"]
    tap.case("an objective of a baseline binds that one only", problems)
    least = {**fleet, "sizing": "smallest", "min_size": 1, "max_size": 9}
    del least["desired_capacity"]
    program.scenario("bound.json", baselines={"b": least, "c": least}, objectives=[
        {"metric": "instances.mean", "entity": "baseline:c", "at_least": 3}])
    ran = program.run("simulate", "bound.json", "--output", "bound")
    summary = program.contents("bound").get("summary.csv", b"").decode()
    found = re.findall(r"^baseline:(.),instances.mean,instances,([^,]*)", summary, re.M)
    tap.case("sizing smallest: objectives of the group itself", program.wrong(ran, 0, out=None) + (
        [] if found == [("b", "1"), ("c", "3")] else [f"{found}"]))
    program.scenario("bound.json", baselines={"b": fleet}, objectives=[
        {**load, "metric": "utilisation"}])
    ran = program.run("simulate", "bound.json", "--output", "misbound")
    tap.case("an objective on nothing that a baseline has", program.wrong(
        ran, 1, r"bound\.json:\d+: objectives\[0\]: .*baseline:b utilisation.*did you mean `utiliz"))


def read_run(program, folder):
    with open(os.path.join(program.path(folder), "run.json"), encoding="utf-8") as file:
        return json.load(file)


def options(tap, program):
    program.scenario()
    for number, arguments in enumerate([
            ("simulate", "small.json", "--output", "DIR", "--quiet", "--seed", "7"),
            ("simulate", "--output=DIR", "small.json", "--quiet", "--seed=7"),
            ("simulate", "-oDIR", "-q", "--seed=7", "--", "small.json"),
            ("simulate", "-qo", "DIR", "small.json", "--se", "7")]):
        folder = f"options{number}"
        ran = program.run(*(word.replace("DIR", folder) for word in arguments))
        problems = program.wrong(ran, 0, out=None)
        if program.listing(folder) != REPORTS:
            problems.append(f"files: {sorted(program.listing(folder))}")
        elif read_run(program, folder)["seed"] != 7:
            problems.append("not the seed that was given")
        tap.case(f"options in another order: {' '.join(arguments[1:])}", problems)
    ran = program.run(*SIMULATE, "--output", "over", "--as-of", "2024-06-15", "--region",
                      "us-west-2", "--seed", "42", "--quiet")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        run = read_run(program, "over")
        got = (run["as_of"], run["region"], run["seed"])
        if got != ("2024-06-15", "us-west-2", 42):
            problems.append(f"run.json has {got}")
    tap.case("--as-of, --region and --seed are what run.json says", problems)
    first, again = (program.run(*SIMULATE, "--format", "csv", "--seed", seed) for seed in "12")
    tap.case("another seed, another result", [] if first.out != again.out else ["the same"])
    loud = program.run(*SIMULATE, "--output", "quiet", "--format", "csv")
    quiet = program.run(*SIMULATE, "--output", "quiet", "--format", "csv", "--quiet")
    tap.case("--quiet leaves stderr empty and stdout as it is",
             ([] if loud.err else ["nothing to leave out"]) +
             ([] if quiet.err == "" and quiet.out == loud.out else [repr(quiet)]))
    with open(program.path("small.json"), "rb") as file:
        text = file.read()
    ran = program.run("simulate", "-", "--format", "csv", "--quiet", stdin=text)
    tap.case("- is standard input", program.wrong(ran, 0, out=None) +
             ([] if ran.out == first.out else ["another result than the file's"]))
    ran = program.run("validate", "-", stdin=text[:100])
    tap.case("a mistake on standard input has a place",
             program.wrong(ran, 1, r"standard input:\d+: "))


def examples(tap, program):
    """The example of each --help, from a folder that is laid out like the repository's root; its
    scenarios span hours instead of weeks."""
    root = program.path("root")
    shutil.copytree(program.data, os.path.join(root, "data"))
    folder = os.path.join(root, "data/scenarios")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        program.file(os.path.join("root/data/scenarios", name),
                     re.sub(r'"duration_s": *\d+', '"duration_s": 7200', text))
    listed = program.run("--help")
    problems = program.wrong(listed, 0, out=None)
    for i in (1, 2):  # what the example of merge puts together
        ran = program.run("sweep", "data/scenarios/simfaas.json", "--shard", f"{i}/2", "--vary",
                          "functions.service.memory_size=128,256", "--output", "parts", cwd=root)
        problems += program.wrong(ran, 0)
    commands = re.findall(r"^  (\w+) +\S", listed.out, re.MULTILINE)
    if not {"simulate", "validate", "prices"} <= set(commands):
        problems.append(f"it lists {commands}")
    if len({len(name) for name in re.findall(r"^  \w+ +(?=[A-Z])", listed.out, re.MULTILINE)}) != 1:
        problems.append("the summaries stand in no column")
    for command in commands:
        short, long = program.run(command, "-h"), program.run(command, "any", "--help", "more")
        problems += program.wrong(short, 0, out=long.out)
        found = re.search(r"^example:\n  lambdaplan (.+)$", long.out, re.MULTILINE)
        if not found:
            problems.append(f"{command} --help has no example")
            continue
        ran = program.run(*shlex.split(found[1]), cwd=root)
        problems += program.wrong(ran, 0, out=None)
        tap.case(f"the example of {command} --help works",
                 problems + ([] if ran.out else ["silent"]))
        problems = []
    ran = program.run("help", "sweep")
    tap.case("help COMMAND", program.wrong(ran, 0, out=program.run("sweep", "--help").out))
    scenario = program.scenario("s.json")
    tap.case("words that are no command", [problem for words, said in (
        (["--quiet", "simulate"], "there is no option --quiet before a command: lambdaplan COMMAND"),
        ([scenario], "s.json` is no command; did you mean lambdaplan simulate .*s.json"),
        (["simulat"], "there is no command `simulat`; did you mean `simulate`"),
        (["help", "simulat"], "there is no command `simulat`; did you mean `simulate`"))
        for problem in program.wrong(program.run(*words), 2, said)])
    for command in ("bill", "fit", "backtest"):
        ran = program.run(command, "--help")
        fields = ran.out[ran.out.find("fields of --map"):]
        lacking = [name for name in ("start[_s|_ms|_us|_ns|_iso]", "max_memory[_mb|_bytes]", "count\n")
                   if name not in fields]
        tap.case(f"{command} --help lists the fields of --map", [f"not {lacking}"] if lacking else [])
    ran = program.run("--version")
    tap.case("--version", program.wrong(ran, 0, out=None) +
             ([] if re.fullmatch(r"lambdaplan \d+\.\d+\.\d+\n", ran.out) else [ran.out]))
    ran = program.run("validate", "--region", "us-east-1", "--quiet", os.path.join(
        program.data, "../tests/data/scenarios/every-key.json"))
    tap.case("a scenario with every key is valid where every price is known",
             program.wrong(ran, 0, out=None))
    ran = program.run("validate", "--schema")
    with open(os.path.join(program.data, "schema/scenario.schema.json"), encoding="utf-8") as file:
        tap.case("--schema prints the schema that ships", program.wrong(ran, 0, out=None) +
                 ([] if ran.out.strip() == file.read().strip() else ["another one"]))


def markdown_problems(text):
    """Tables whose rows have as many cells as their headings."""
    width, tables, problems = 0, 0, []
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        tables += cells > 0 and width == 0
        if cells and width and cells != width:
            problems.append(f"a ragged table: {line}")
        width = cells
    return problems + ([] if tables else ["no table"])


def formats(tap, program):
    program.scenario(baselines={"b": {"instance_type": "m5.large", "desired_capacity": 1}})
    ran = program.run(*SIMULATE, "--format", "csv", "--output", "formats")
    tap.case("--format csv is summary.csv", program.wrong(ran, 0, out=None) + (
        [] if ran.out.encode() == program.contents("formats").get("summary.csv") else ["differs"]))
    problems = []
    for name, content in program.contents("formats").items():
        rows = []
        if name.endswith(".csv"):
            rows = list(csv.reader(io.StringIO(content.decode()), strict=True))
        problems += [f"{name}: {row}" for row in rows if len(row) != len(rows[0])]
        if b"\r" in content or not content.endswith(b"\n"):
            problems.append(f"{name}: not lines that end with \\n")
    tap.case("CSV files are even", problems)
    ran = program.run(*SIMULATE, "--format", "json")
    problems = program.wrong(ran, 0, out=None)
    money = []

    def walk(value, key=""):
        if isinstance(value, dict):
            for name, child in value.items():
                walk(child, name)
        elif isinstance(value, list):
            for child in value:
                walk(child, key)
        elif key.endswith("_usd") and value is not None:
            money.append(value)

    try:
        walk(json.loads(ran.out, parse_constant=lambda word: problems.append(f"{word} in JSON")))
    except ValueError as error:
        problems.append(f"no JSON: {error}")
    problems += [f"money is not a decimal string: {value!r}" for value in money
                 if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value)]
    tap.case("--format json parses, money is text", problems + ([] if money else ["no money"]))
    ran = program.run(*SIMULATE, "--format", "markdown")
    tap.case("--format markdown has even tables", program.wrong(ran, 0, out=None) +
             markdown_problems(ran.out))
    price = ("prices", "show", "lambda", "request", "--region", "us-east-1",
             "--as-of", "2024-01-01", "--format")
    try:
        rows = json.loads(program.run(*price, "json").out)["prices"]
    except (ValueError, KeyError):
        rows = []
    table = list(csv.DictReader(io.StringIO(program.run(*price, "csv").out)))
    problems = [] if len(rows) == len(table) == 1 else [f"{rows} and {table}"]
    problems += [f"{key}: {rows[0].get(key)!r} is not {value!r}" for key, value in
                 (table[0].items() if not problems else ()) if str(rows[0].get(key)) != value]
    if not problems and rows[0]["price_usd"] != "0.0000002":
        problems.append(f"a request costs {rows[0]['price_usd']}")
    tap.case("prices show: csv and json say the same", problems)
    for words, said in [(("ec2", "m7g.large"), r"no SKU `m7g\.large` of ec2; there is "
                         r"`linux-ondemand:m7g\.large`.*; `lambdaplan prices list --service ec2`"),
                        (("ec2", "linux-ondemand:m7g.lrge"), r"did you mean `linux-ondemand:m7g\."),
                        (("ec2", "zebra"), r"no SKU `zebra` of ec2; `lambdaplan prices list")]:
        tap.case(f"prices show: a hint for {words[1]}",
                 program.wrong(program.run("prices", "show", *words), 1, said))
    ran = program.run("prices", "list", "--service", "sqs", "--format", "markdown")
    tap.case("prices list: even Markdown", markdown_problems(ran.out))
    ran = program.run("prices", "list")
    tap.case("prices list: all of them", program.wrong(ran, 0, out=None) +
             ([] if len(ran.out.splitlines()) > 500 else [f"{len(ran.out.splitlines())} lines"]))


def streams(tap, program):
    program.scenario()
    commands = [SIMULATE, (*SIMULATE, "--format", "json"), (*SIMULATE, "--format", "csv"),
                (*SIMULATE, "--format", "markdown"), ("validate", "small.json"),
                ("validate", "--schema"), ("prices", "list"), ("prices", "show", "lambda"),
                ("--help",), ("--version",), ("simulate", "--help")]
    for command in commands:
        said = []
        with open("/dev/full", "wb") as full:
            ran = program.run(*command, stdout=full)
            said += program.wrong(ran, 1, r"standard output: cannot be written: No space left")
        reader, writer = os.pipe()
        os.close(reader)
        ran = program.run(*command, stdout=writer)
        os.close(writer)
        said += program.wrong(ran, 1, r"standard output: cannot be written: Broken pipe")
        closed = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', program.executable, *command],
                                capture_output=True, check=False, cwd=program.folder,
                                env=program.environment)
        ran = Ran(closed.returncode, closed.stdout.decode(), closed.stderr.decode())
        said += program.wrong(ran, 1, r"standard output: cannot be written: Bad file descriptor")
        if ran.err.count("standard output") != 1:
            said.append(f"said more than once: {ran!r}")
        tap.case(f"stdout full, a closed pipe, closed: {' '.join(command)}", said)


def output_folders(tap, program):
    def case(name, ran, folder, before, code, *said):
        problems = program.wrong(ran, code, *said)
        after = program.contents(folder)
        if after != before:
            problems.append(f"was {sorted(before)}, is {sorted(after)}, or another content")
        if not before and os.path.isdir(program.path(folder)):
            problems.append("an empty folder stays")
        tap.case(name, problems)

    program.scenario()
    program.file("plain", "kept")
    ran = program.run(*SIMULATE, "--output", "plain")
    case("the output folder is a file", ran, "plain", {}, 1, r"plain: is a file")
    ran = program.run(*SIMULATE, "--output", "plain/below")
    case("the output folder is below a file", ran, "plain/below", {}, 1, r"plain")
    ran = program.run(*SIMULATE, "--output", "/proc/lambdaplan/x")
    case("the output folder cannot be made", ran, "/proc/lambdaplan", {}, 1,
         r"/proc/lambdaplan: cannot create")
    ran = program.run(*SIMULATE, "--output", "a/b/c", "--quiet")
    problems = program.wrong(ran, 0, out=None)
    tap.case("the output folder is made with its parents", problems + (
        [] if program.listing("a/b/c") == REPORTS else [str(program.listing("a/b/c"))]))
    ran = program.run(*SIMULATE, "--output", "old", "--quiet")
    old = program.contents("old")
    again = program.run(*SIMULATE, "--output", "old", "--quiet")
    new = program.contents("old")
    problems = program.wrong(again, 0, out=ran.out)
    problems += [f"{name} differs" for name in REPORTS - {"run.json"}
                 if old.get(name) != new.get(name)]
    tap.case("twice into one folder: the same bytes", problems + (
        [] if set(new) == REPORTS else [str(sorted(new))]))
    for limit in (0, 50, 1000):
        ran = program.run(*SIMULATE, "--seed", "9", "--output", "old", limit=limit)
        case(f"files end at {limit} bytes: the older result stays", ran, "old", new, 1,
             r"old/\w+\.(csv|json): cannot be written: File too large")
        ran = program.run(*SIMULATE, "--output", f"limit{limit}", limit=limit)
        case(f"files end at {limit} bytes: nothing is left", ran, f"limit{limit}", {}, 1,
             r"cannot be written: File too large")
    os.makedirs(program.path("blocked/cost.csv"))
    ran = program.run(*SIMULATE, "--output", "blocked")
    problems = program.wrong(ran, 1, r"blocked/cost\.csv: cannot be written")
    if program.listing("blocked") != {"cost.csv"}:
        problems.append(f"left: {sorted(program.listing('blocked'))}")
    tap.case("a folder where a file must be: no file at all", problems)
    program.scenario("unmet.json", objectives=[
        {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 0.001}])
    ran = program.run("simulate", "unmet.json", "--output", "unmet", "--quiet")
    tap.case("an objective that is not met: exit code 3, all files",
             program.wrong(ran, 3, out=None) +
             ([] if program.listing("unmet") == REPORTS else [str(program.listing("unmet"))]))
    program.scenario("misnamed.json", objectives=[
        {"metric": "latncy_ms", "entity": "function:f", "statistic": "p99", "at_most": 1}])
    ran = program.run("simulate", "misnamed.json", "--output", "misnamed")
    case("an objective on nothing known", ran, "misnamed", {}, 1,
         r"misnamed\.json:\d+: objectives\[0\].*did you mean `latency_ms\.p99`")


def output_files(tap, program):
    """The folder of a file must be there; it is said before any work."""
    program.scenario()
    log = program.file("one.log", "REPORT RequestId: a\tDuration: 1.50 ms\tBilled Duration: 2 ms\t"
                                  "Memory Size: 128 MB\n")
    function = program.file("function.json", {"FunctionName": "f", "Timeout": 3})
    for words in (["fit", log, "--output", "none/x"], ["import", function, "--output", "none/x"],
                  ["prices", "import", "offer.json", "--output", "none/x"],
                  ["bill", log, "--rejects", "none/x"], ["fit", log, "-o", "ok", "--rejects", "none/x"],
                  [*SIMULATE, "--trace-events", "none/x"]):
        ran = program.run(*words)
        problems = program.wrong(ran, 1, r"none/x: cannot be written: there is no folder none$", out="")
        problems += ["the folder is made"] if os.path.exists(program.path("none")) else []
        problems += ["it worked first"] if os.path.exists(program.path("ok")) else []
        tap.case(f"no folder for the file of {words[0]} {words[-2]}", problems)


def disk_full(tap, program):
    """On a file system of 64 KiB where we may mount one."""
    folder = program.path("disk")
    os.mkdir(folder)
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True,
        check=False).returncode == 0
    if not mounted:
        tap.count += 1
        print(f"ok {tap.count} - a full disk # SKIP a file system cannot be mounted here")
        return
    try:
        program.scenario("long.json", run={"duration_s": 360000, "replications": 1, "seed": 1})
        ran = program.run("simulate", "long.json", "--output", "disk/out")
        problems = program.wrong(ran, 1, r"disk/out/\w+\.csv: cannot be written: No space left")
        if program.listing("disk/out"):
            problems.append(f"left: {sorted(program.listing('disk/out'))}")
        tap.case("a full disk", problems)
    finally:
        subprocess.run(["umount", folder], check=False)


def wait_for_temporary(program, folder):
    for _ in range(600):
        if any(name.startswith(".timeseries") for name in program.listing(folder)):
            return True
        time.sleep(0.05)
    return False


def interruption(tap, program):
    program.scenario("forever.json", **FOREVER)
    os.mkdir(program.path("mine"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What was made for the run goes, with its parents; a folder of the user stays.
        folder = {signal.SIGINT: "made/in/vain", signal.SIGTERM: "mine",
                  signal.SIGHUP: "mine/made"}[number]
        started = program.start("simulate", "forever.json", "--output", folder)
        problems = [] if wait_for_temporary(program, folder) else ["it did not begin"]
        time.sleep(0.3)
        sent = time.monotonic()
        started.send_signal(number)
        try:
            out, err = started.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            started.kill()
            out, err = started.communicate()
            problems.append("it did not end")
        ran = Ran(started.returncode, out.decode(), err.decode())
        problems += program.wrong(ran, 130, r"lambdaplan: interrupted; nothing was written")
        if time.monotonic() - sent > 10:
            problems.append(f"it took {time.monotonic() - sent:.0f} s to end")
        if os.path.exists(program.path("made")) or not os.path.isdir(program.path("mine")):
            problems.append(f"folders: {sorted(os.listdir(program.folder))}")
        if program.listing(folder):
            problems.append(f"left: {sorted(program.listing(folder))}")
        tap.case(f"{signal.Signals(number).name} ends a run without files", problems)
    reader, writer = os.pipe()
    started = subprocess.Popen([program.executable, "simulate", "-"], stdin=reader,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=program.environment)
    os.close(reader)
    time.sleep(1)
    started.send_signal(signal.SIGINT)
    try:
        out, err = started.communicate(timeout=20)
        problems = program.wrong(Ran(started.returncode, out.decode(), err.decode()), 130,
                                 r"interrupted")
    except subprocess.TimeoutExpired:
        started.kill()
        started.communicate()
        problems = ["it went on reading"]
    os.close(writer)
    tap.case("SIGINT while standard input is awaited", problems)
    # A second signal does not wait for the run to notice the first.
    folder = "twice"
    started = program.start("simulate", "forever.json", "--output", folder)
    problems = [] if wait_for_temporary(program, folder) else ["it did not begin"]
    os.kill(started.pid, signal.SIGSTOP)  # both are pending when it goes on
    started.send_signal(signal.SIGTERM)
    started.send_signal(signal.SIGINT)
    os.kill(started.pid, signal.SIGCONT)
    started.communicate(timeout=60)
    if started.returncode != 130 or os.path.exists(program.path(folder)):
        problems.append(f"exit {started.returncode}, left {sorted(program.listing(folder))}")
    tap.case("a second signal ends at once, without temporaries", problems)


def on_terminal(program, arguments, seconds=None, environment=None):
    """(exit code, what came on a terminal); SIGINT after some seconds."""
    master, slave = pty.openpty()
    started = subprocess.Popen(
        [program.executable, *arguments], stdin=subprocess.DEVNULL, stderr=slave,
        stdout=slave, cwd=program.folder, env={**program.environment, **(environment or {})})
    os.close(slave)
    seen, end = b"", time.monotonic() + (seconds or 200)
    while True:
        ready, _, _ = select.select([master], [], [], 0.1)
        try:
            piece = os.read(master, 65536) if ready else None
        except OSError:
            piece = b""
        if piece == b"":
            break
        seen += piece or b""
        if seconds is not None and time.monotonic() > end:
            started.send_signal(signal.SIGINT)
            seconds, end = None, end + 60
        if time.monotonic() > end:
            started.kill()
    os.close(master)
    return started.wait(), seen.decode(errors="replace")


def terminals(tap, program):
    program.scenario()
    program.scenario("forever.json", **FOREVER)
    color, bar = "\x1b[1m", re.compile(r"\r\x1b\[K\[[#.]{20}\] +\d+ %")
    plain = program.run(*SIMULATE)
    tap.case("no colour where stdout is no terminal", ["there is"] if "\x1b" in plain.out else [])
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:  # a container without /dev/pts
        tap.count += 1
        print(f"ok {tap.count} - on a terminal # SKIP there are no terminals to be had")
        return
    code, seen = on_terminal(program, SIMULATE)
    tap.case("colour on a terminal", [] if code == 0 and color in seen else [repr(seen[:300])])
    code, seen = on_terminal(program, SIMULATE, environment={"NO_COLOR": "1"})
    tap.case("NO_COLOR", [] if code == 0 and "\x1b[" not in seen else [repr(seen[:300])])
    code, seen = on_terminal(program, ("simulate", "forever.json"), seconds=4)
    problems = [] if code == 130 and bar.search(seen) else [f"exit {code}, {seen[:300]!r}"]
    if not re.search(r"\r\x1b\[K(\^C)?lambdaplan: interrupted", seen):
        problems.append(f"the line is not erased at the end: {seen[-200:]!r}")
    tap.case("progress on a terminal, erased at the end", problems)
    for arguments, environment in [(("--quiet",), {}), (("--progress", "never"), {}),
                                   ((), {"TERM": "dumb"})]:
        code, seen = on_terminal(program, ("simulate", "forever.json", *arguments), seconds=2,
                                    environment=environment)
        tap.case(f"no progress: {arguments or environment}",
                 [] if code == 130 and not bar.search(seen) else [f"exit {code}, {seen[:300]!r}"])
    started = program.start("simulate", "forever.json", "--progress", "always")
    time.sleep(3.5)
    started.send_signal(signal.SIGINT)
    out, err = (text.decode() for text in started.communicate(timeout=60))
    tap.case("--progress always draws on stderr only",
             [] if bar.search(err) and out == "" else [f"stdout {out!r}, stderr {err[:300]!r}"])
    started = program.start("simulate", "forever.json")
    time.sleep(2.5)
    started.send_signal(signal.SIGINT)
    out, err = (text.decode() for text in started.communicate(timeout=60))
    tap.case("no progress where stderr is no terminal",
             ["there is"] if bar.search(err) or "\r" in err else [])


def large(tap, program):
    function = SMALL["functions"]["f"]
    many = {f"f{i}": function for i in range(1000)}
    workloads = {f"w{i}": {"to": f"function:f{i}",
                           "arrivals": {"process": "constant", "rate_per_s": 0.1}}
                 for i in range(1000)}
    program.scenario("many.json", functions=many, workloads=workloads,
                     run={"duration_s": 60, "replications": 2, "seed": 1})
    ran = program.run("simulate", "many.json", "--output", "many", "--quiet")
    problems = program.wrong(ran, 0, out=None)
    summary = program.contents("many").get("summary.csv", b"").decode()
    found = set(re.findall(r"^function:(f\d+),invocations,", summary, re.MULTILINE))
    if found != set(many):
        problems.append(f"{len(found)} of them in summary.csv")
    if len(ran.out.splitlines()) > 200:
        problems.append(f"{len(ran.out.splitlines())} lines on the terminal")
    tap.case("1,000 functions", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (usage, options, cloudwatch_counts, jobs, smallest, savings_plans,
                     objectives_of_baselines, examples, formats, streams, output_folders,
                     output_files, disk_full, interruption, terminals, large):
            part(tap, program)
            sys.stdout.flush()
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
