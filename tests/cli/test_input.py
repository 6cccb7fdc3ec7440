#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: a clear sentence with its place on stderr, exit code 1, nothing on stdout, nothing in
the output folder. One TAP case each.

usage: test_input.py EXECUTABLE SOURCE_ROOT
"""
import copy
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import SMALL, Program, arguments_of
from tap import Tap

HUGE = "9" * 1_000_000
TRACE = {"process": "trace", "file": "t.csv", "time_unit": "s"}
COUNTS = {"process": "counts", "file": "c.csv", "columns": {"time": "time", "value": "count"},
          "time_unit": "s"}

# Name, changes to the scenario, what must be said.
SCENARIOS = [
    ("an unknown key", {"functions__f__memory_sise": 512},
     [r"small\.json:\d+: functions\.f: unknown key `memory_sise`.*did you mean `memory_size`"]),
    ("a key of nothing known", {"zebra": 1}, [r"small\.json:\d+: unknown key `zebra`"]),
    ("a wrong type", {"functions__f__memory_size": "512"},
     [r"small\.json:\d+: functions\.f\.memory_size: .*number"]),
    ("a list instead of an object", {"functions": []}, [r"small\.json:\d+: functions: .*object"]),
    ("a value out of range", {"functions__f__memory_size": 20000},
     [r"small\.json:\d+: functions\.f\.memory_size: 20000 is above 10240"]),
    ("a value below its range", {"run__duration_s": 0}, [r"small\.json:\d+: run\.duration_s"]),
    ("a value that the era did not know", {"as_of": "2016-04-01", "functions__f__runtime": None,
                                           "functions__f__memory_size": 3008},
     [r"functions\.f\.memory_size: 3008 is above 1536.*2016|memory_size: 3008 is above 1536"]),
    ("a feature before its time", {"as_of": "2018-01-01", "functions__f__runtime": None,
                                   "functions__f__provisioned_concurrent_executions": 5},
     [r"small\.json:\d+: functions\.f\.provisioned_concurrent_executions.*2019-12-03.*2018-01-01"]),
    ("a runtime before its day", {"as_of": "2016-04-01", "functions__f__runtime": "nodejs22.x"},
     [r"small\.json:\d+: functions\.f\.runtime: runtime nodejs22\.x exists since 2024-11-22; as_of "
      r"is 2016-04-01"]),
    ("a negative rate", {"workloads__w__arrivals__rate_per_s": -5},
     [r"small\.json:\d+: workloads\.w\.arrivals\.rate_per_s: -5 is below 0"]),
    ("a number that is beyond doubles", {"workloads__w__arrivals__rate_per_s": 12345},
     [r"1e999|too large|number"]),
    ("a region that is no name", {"region": "us east"}, [r"small\.json:\d+: region"]),
    ("a region without any price", {"region": "eu-wset-1"},
     [r"small\.json:\d+: region: no price is known in `eu-wset-1`; did you mean `eu-west-1`\?"]),
    ("prices that are missing", {"region": "eu-west-1", "baselines__b": {
        "instance_type": "m5.large", "desired_capacity": 1}},
     [r"small\.json:\d+: baselines\.b: no price for ebs gp3 in eu-west-1 on 2024-01-01"]),
    ("a date that is none", {"as_of": "2024-02-30"}, [r"small\.json:\d+: as_of.*2024-02-30"]),
    ("a workload to nowhere", {"workloads__w__to": "function:g"},
     [r"small\.json:\d+: workloads\.w\.to: .*g"]),
    ("a runtime that is not known", {"functions__f__runtime": "python3.21",
                                     "functions__f__init_duration_ms": None},
     [r"small\.json:\d+: functions\.f\.runtime: `python3\.21` is not known; did you mean `python"]),
    ("an instance type that is not known",
     {"baselines__b": {"instance_type": "m5.lage", "desired_capacity": 1}},
     [r"small\.json:\d+: baselines\.b\.instance_type: `m5\.lage`.*did you mean `m5\.large`"]),
    ("a price of nothing", {"prices": [{"service": "lambda", "sku": "nix", "price_usd": "1"}]},
     [r"small\.json:\d+: prices\[0\].*SKU `nix` of service `lambda`"]),
    ("a price that is no amount", {"prices": [{"service": "lambda", "sku": "request",
                                               "price_usd": "cheap"}]},
     [r"small\.json:\d+: prices\[0\].*cheap"]),
    ("a hostile name", {"functions__\x1b[31mred\n": SMALL["functions"]["f"]},
     [r"small\.json:\d+: functions.*name"]),
    ("a name of a million characters", {f"functions__{HUGE}": SMALL["functions"]["f"]},
     [r"small\.json:\d+: functions.*name"]),
    ("a string of a million characters", {"region": HUGE}, [r"small\.json:\d+: region"]),
    ("a file that is missing", {"workloads__w__arrivals": TRACE},
     [r"small\.json:\d+: workloads\.w\.arrivals\.file: .*t\.csv.*No such file"]),
]

# Name, text of the file, what must be said.
TEXTS = [
    ("an empty file", "", [r"raw\.json"]),
    ("no JSON", "name: small\n", [r"raw\.json:1: "]),
    ("JSON that is cut off", json.dumps(SMALL, indent=1)[:-40], [r"raw\.json:\d+: "]),
    ("text behind the JSON", json.dumps(SMALL) + "\n}\n", [r"raw\.json:2: "]),
    ("the same key twice", '{"name": "a",\n"name": "b"}', [r"raw\.json:2: .*name.*(twice|again)"]),
    ("NaN", json.dumps(SMALL).replace("600", "NaN"), [r"raw\.json:1: "]),
    ("a number beyond doubles", json.dumps(SMALL, indent=1).replace("600", "1e999"),
     [r"raw\.json:\d+: .*1e999"]),
    ("bytes that are not UTF-8", b'{"name": "\xff\xfe"}', [r"raw\.json:1: .*UTF-8"]),
    ("a NUL in the middle", b'{"name": "a\0b"}', [r"raw\.json:1: "]),
    ("100,000 brackets", "[" * 100_000, [r"raw\.json:1: "]),
    ("a list", "[]", [r"raw\.json:1: .*object"]),
    ("more than 64 MB", '{"name": "' + "x" * (65 << 20) + '"}',
     [r"raw\.json: .*more than 67108864 bytes"]),
]

# Name, arrivals, the CSV, what must be said, also where the run of 600 s ends before.
TRACES = [
    ("a trace without its column", TRACE, "time,key\n1,a\n",
     [r"timestamp", r"t\.csv"]),
    ("an empty trace", TRACE, "", [r"t\.csv.*(empty|no header)"]),
    ("a trace with a header only", TRACE, "timestamp\n", [r"t\.csv: the trace is empty"]),
    ("a ragged row", TRACE, "timestamp,key\n1,a\n2\n3,c\n", [r"t\.csv:3: .*1.*2"]),
    ("a quote that never ends", TRACE, 'timestamp,key\n1,a\n2,"b\n3,c\n', [r"t\.csv:[34]: .*quot"]),
    ("a quote inside a bare field", TRACE, 'timestamp,key\n1,a\n2,b"c"\n', [r"t\.csv:3: .*quot"]),
    ("a field of a million characters and one", TRACE,
     f"timestamp,key\n1,a\n2,{'x' * 1_000_001}\n",
     [r"t\.csv:3: field 2 has more than 1,000,000 bytes"]),
    ("a time of a million digits", TRACE, f"timestamp\n1\n{HUGE}\n", [r"t\.csv:3: "]),
    ("a time that is not a number", TRACE, "timestamp\n1\nNaN\n",
     [r't\.csv:3: timestamp: "NaN" is not']),
    ("an infinite time", TRACE, "timestamp\n1\ninf\n", [r't\.csv:3: timestamp: "inf" is not']),
    ("an empty time", TRACE, "timestamp,key\n1,a\n,b\n", [r"t\.csv:3: timestamp is empty"]),
    ("times that go backwards", TRACE, "timestamp\n5\n9\n7\n",
     [r"t\.csv:4: .*(backward|earlier|before)"]),
    ("times that go backwards after the run", TRACE, "timestamp\n5\n9000\n7000\n",
     [r't\.csv:4: timestamp: "7000" lies before a row above']),
    ("counts that overlap after the run", COUNTS, "time,count\n60,1\n0,1\n9000,1\n120,1\n9001,1\n",
     [r"c\.csv:6: this bin overlaps"]),
    ("a byte that is NUL", TRACE, b"timestamp,key\n1,a\n2,\0\n", [r"t\.csv:3: "]),
    ("negative counts", COUNTS, "time,count\n0,5\n60,-3\n", [r'c\.csv:3: count: "-3"']),
    ("counts that are not numbers", COUNTS, "time,count\n0,5\n60,many\n",
     [r'c\.csv:3: count: "many"']),
    ("counts that are NaN", COUNTS, "time,count\n0,5\n60,nan\n", [r'c\.csv:3: count: "nan"']),
    ("counts without a single row", COUNTS, "time,count\n", [r"c\.csv: the trace is empty"]),
    ("a profile with a negative rate",
     {"process": "profile", "file": "c.csv"}, "time_s,rate_per_s\n0,5\n60,-1\n",
     [r"c\.csv:3: .*-1"]),
]


def fails(program, path, said):
    """simulate and validate both say it; nothing on stdout, nothing in the folder."""
    problems = program.wrong(program.run("validate", path), 1, *said)
    return problems + fails_in_run(program, path, said)


def fails_in_run(program, path, said):
    shutil.rmtree(program.path("out"), ignore_errors=True)
    problems = program.wrong(program.run("simulate", path, "--output", "out"), 1, *said)
    left = program.listing("out")
    return problems + ([f"left in the output folder: {sorted(left)}"] if left else [])


def scenarios(tap, program):
    for name, changes, said in SCENARIOS:
        path = program.scenario(**changes)
        if name == "a number that is beyond doubles":
            with open(path, encoding="utf-8") as file:
                text = file.read().replace("12345", "1e999")
            program.file("small.json", text)
        tap.case(f"bad scenario: {name}", fails(program, path, said))
    for name, text, said in TEXTS:
        tap.case(f"bad scenario: {name}", fails(program, program.file("raw.json", text), said))
    os.makedirs(program.path("results"))
    program.file("results/run.json", {"version": "1", "command": ["simulate"], "as_of": "2024-01-01"})
    log = program.file("log.txt", "REPORT RequestId: 1\tDuration: 12.50 ms\n")
    answer = program.file("answer.json", {"Functions": [{"FunctionName": "f"}]})
    for name, path, said in [
            ("missing", "none.json", "none.json: ?|No such file"),
            ("a folder", program.folder, "is a folder; a scenario is a file"),
            ("results", program.path("results"), "is a folder of results.*lambdaplan report "),
            ("run.json", program.path("results/run.json"), "is the run.json of results, no scenario"),
            ("a log", log, "a scenario is a JSON object; `lambdaplan fit` makes one of logs"),
            ("an answer of AWS", answer, r"answer\.json:1: is no scenario: .*lambdaplan import")]:
        tap.case(f"bad scenario: {name}", fails(program, path, [said]))
    ran = program.run("validate", answer)
    tap.case("what is no scenario at all is one mistake",
             [] if ran.err.count("error: ") == 1 else [ran.err])


def traces(tap, program):
    for name, arrivals, text, said in TRACES:
        program.file(arrivals["file"], text)
        path = program.scenario(workloads__w__arrivals=arrivals)
        tap.case(f"bad trace: {name}", fails(program, path, said))
        os.unlink(program.path(arrivals["file"]))
    rows = [f"{60 * i},{i % 7}" for i in range(1000)]
    seen = []
    for order in (rows, rows[::-1], rows[500:] + rows[:500]):
        program.file("c.csv", "time,count\n" + "\n".join(order) + "\n")
        ran = program.run("simulate", program.scenario(workloads__w__arrivals=COUNTS),
                          "--format", "csv")
        seen.append(ran.out)
    tap.case("counts in any order are the same run", [] if ran.code == 0 and len(set(seen)) == 1
             else [f"{len(set(seen))} results, {ran}"])


QUEUE = {"queues": {"q": {"visibility_timeout_seconds": 180}}, "workloads__w__to": "queue:q",
         "event_source_mappings": {"m": {"event_source": "queue:q", "function_name": "f"}}}
POISON = {"faults": [{"kind": "poison", "at_s": 9, "workload": "w"}]}
# What is wrong between entities, and all that is said of it.
CAUSES = [
    ({**QUEUE, "queues": []}, "queues: must be an object by name, not a list"),
    ({**QUEUE, "queues": {"q": 7}}, "queues.q: must be an object, not a number"),
    ({**QUEUE, "queues__q__visibility_timeout_seconds": "180"},
     "queues.q.visibility_timeout_seconds: must be a number, not a string"),
    ({**QUEUE, "functions__f__timeout": "300"}, "functions.f.timeout: must be a whole number, not a string"),
    ({**QUEUE, "event_source_mappings__m__event_source": "queue:qq"},
     "event_source_mappings.m.event_source: there is no queue `qq`; did you mean `q`?"),
    ({**QUEUE, "queues__q__fifo_queue": True, "queues__q__redrive_policy": {
        "dead_letter_queue": "queue:d", "max_receive_count": 3}, "queues__d": []},
     "queues.d: must be an object, not a list"),
    ({**QUEUE, **POISON, "workloads__w__to": 7}, "workloads.w.to: must be a string, not a number"),
    ({**POISON, "workloads": None}, "workloads is missing"),
    ({**POISON, "workloads": None, "workload": {}}, "unknown key `workload`; did you mean `workloads`?"),
    ({**QUEUE, "faults": POISON["faults"], "workloads__w__to": "queue:p"},
     "workloads.w.to: there is no queue `p`"),
    ({**POISON, "workloads": 5}, "workloads: must be an object by name, not a number"),
    ({"workloads__w__to": "functoin:f"}, "workloads.w.to: "),
    ({"functions__f__calls": [{"to": "downstream:db"}], "downstreams": {"db": {"latency_ms": "5"}}},
     "downstreams.db.latency_ms: must be a number or a distribution"),
    ({"account__concurrent_executions": "5000", "functions__f__reserved_concurrent_executions": 2000},
     "account.concurrent_executions: must be a whole number, not a string"),
    ({"objectives": [{"metric": "errors", "entity": "function:f", "at_most": 1}], "functions": "f"},
     "functions: must be an object by name, not a string"),
    ({"functions__f__bytes_per_invocation": {"nat": 1}, "functions__f__vpc_confg": {}},
     "functions.f: unknown key `vpc_confg`; did you mean `vpc_config`?"),
    ({**QUEUE, "queues__q": {"fifo_que": True, "fifo_throughput_limit": "perMessageGroupId"}},
     "queues.q: unknown key `fifo_que`; did you mean `fifo_queue`?"),
    ({"as_of": None, "baselines": {"t": {"task_definition": {"cpu": 512, "memory": 1024},
                                         "desired_capacity": 1}}}, "as_of is missing"),
]


def told_once(program, changes, said):
    ran = program.run("validate", program.scenario("cause.json", **copy.deepcopy(changes)))
    lines = [line for line in ran.err.splitlines() if not line.startswith("lambdaplan: ")]
    good = ran.code == 1 and len(lines) == 1 and re.match(
        r"error: \S*cause\.json:\d+: " + re.escape(said), lines[0])
    return [] if good else [f"instead of `{said}`: {ran.err}"]


def together(tap, program):
    path = program.scenario(
        functions__f__timeout="long", functions__f__memory_size=1, region="nowhere at all",
        workloads__w__arrivals__rate_per_s=-1, run__replications=0, nonsense=True)
    said = [r"f\.timeout", r"f\.memory_size", r"region", r"rate_per_s", r"replications",
            r"nonsense"]
    problems = fails(program, path, said)
    ran = program.run("validate", path)
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    if len(errors) != len(said):
        problems.append(f"{len(errors)} errors instead of {len(said)}: {ran.err}")
    tap.case("all mistakes of the reader come in one go, each once", problems)
    path = program.scenario(
        functions__f__runtime="python9", functions__f__init_duration_ms=None,
        functions__g={**SMALL["functions"]["f"], "keep_alive_profile": "forever"},
        baselines={"a": {"instance_type": "m5.x", "desired_capacity": 1},
                   "b": {"instance_type": "m5.y", "desired_capacity": 1}},
        prices=[{"service": "lambda", "sku": "nix", "price_usd": "1"}])
    tap.case("all mistakes that the data shows come in one go", fails(
        program, path, [r":\d+: functions\.f\.runtime", r":\d+: functions\.g\.keep_alive_profile",
                        r":\d+: baselines\.a\.", r":\d+: baselines\.b\.", r":\d+: prices\[0\]"]))
    tap.case("one cause is told once", [problem for case in CAUSES for problem in told_once(
        program, *case)])
    many = {f"unknown{i}": i for i in range(5000)}
    ran = program.run("validate", program.scenario(**many))
    problems = program.wrong(ran, 1, r"4,?900 more|4900")
    if len(ran.err.splitlines()) > 110:
        problems.append(f"{len(ran.err.splitlines())} lines")
    tap.case("5,000 mistakes are counted, not all printed", problems)


def data_folders(tap, program):
    path = program.scenario()
    ran = program.run("validate", path, "--data-dir", "nowhere")
    tap.case("a data folder that is missing",
             program.wrong(ran, 1, r"nowhere/limits", r"nowhere/prices"))
    ran = program.run("prices", "list", "--data-dir", "small.json")
    tap.case("a data folder that is a file", program.wrong(ran, 1, r"small\.json/prices"))
    for name, old, new, said in [
            ("prices/lambda.csv", "0.0000002,", "free,", r"prices/lambda\.csv:\d+: .*free"),
            ("limits/lambda.csv", "lambda.memory.max,1024", "lambda.memory.max,lots",
             r"limits/lambda\.csv:\d+: .*lots"),
            ("limits/logs.csv", "logs.bytes.end,", "logs.bytes.ends,",
             r"limits: no file has the key logs\.bytes\.end, which"),
            ("limits/cloudwatch.csv", ",count,", ",min,",
             r"limits/cloudwatch\.csv:\d+: alarm\.further_datapoints must be in count"),
            ("instances/instances.csv", "\nm5.large,", "\nm5.large,nan,",
             r"instances\.csv:\d+: "),
            ("runtimes/init.csv", "\n", "\n\"", r"init\.csv:\d+: ")]:
        shutil.rmtree(program.path("data"), ignore_errors=True)
        shutil.copytree(program.data, program.path("data"))
        with open(os.path.join(program.data, name), encoding="utf-8") as file:
            text = file.read()
        broken = text.replace(old, new, 1)
        problems = ["the sample does not break it"] if broken == text else []
        program.file(os.path.join("data", name), broken)
        ran = program.run("simulate", path, "--data-dir", "data", "--output", "out2")
        problems += program.wrong(ran, 1, said)
        if program.listing("out2"):
            problems.append("files were written")
        tap.case(f"broken data: {name}", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        scenarios(tap, program)
        traces(tap, program)
        together(tap, program)
        data_folders(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
