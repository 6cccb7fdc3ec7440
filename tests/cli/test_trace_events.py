#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chrome trace events: what Perfetto needs, and what the run itself says. One TAP case each.

usage: test_trace_events.py EXECUTABLE SOURCE_ROOT
"""
import collections
import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

RUN = {"duration_s": 600, "replications": 2, "seed": 1}
MOST = 100000


def trace_of(program, name, scenario, *options):
    ran = program.run("simulate", scenario, "--trace-events", name, "--quiet", *options)
    with open(program.path(name), encoding="utf-8") as file:
        return ran, json.load(file)


def slices_by_track(events):
    tracks = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append(
                (event["ts"], event["ts"] + event["dur"], event["name"]))
    return tracks


def tracks(tap, program):
    """An environment does one thing at a time; what it waits for is inside of its run."""
    program.scenario("calls.json", run=RUN, functions__f__calls=[{"to": "downstream:db"}],
                     downstreams={"db": {"latency_ms": 20, "max_concurrency": 2}})
    ran, events = trace_of(program, "calls.trace", "calls.json")
    problems = program.wrong(ran, 0, out=None)
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    if [e["args"]["name"] for e in events if e["name"] == "process_name"] != ["function:f"]:
        problems.append("the function has no name")
    counted = collections.Counter(event["name"] for event in events)
    if not counted["run"] == counted["wait for downstreams"] > 1000 or counted["init"] < 1:
        problems.append(f"slices: {counted}")
    nested = 0
    for track, slices in slices_by_track(events).items():
        if track not in names:
            problems.append(f"{track} has no name")
        slices.sort(key=lambda one: (one[0], -one[1]))
        end, run = 0, (0, 0)
        for start, until, name in slices:
            if name == "wait for downstreams":
                nested += 1
                if not run[0] <= start <= until <= run[1] + 1e-3:
                    problems.append(f"{track}: {name} at {start} is not in its run")
                continue
            if start < end - 1e-3:
                problems.append(f"{track}: {name} at {start} begins before {end}")
            end = until
            run = (start, until) if name == "run" else run
    if len(names) < 3 or not nested:
        problems.append(f"the case shows too little: {len(names)} environments, {nested} waits")
    tap.case("a track is an environment, which does one thing at a time", problems[:5])


def waits_of(events):
    """(request, name, from, until) of the asynchronous slices, in seconds; and those left open."""
    open_at, whole = {}, []
    for event in events:
        key = event.get("id"), event["name"]
        if event["ph"] == "b":
            open_at[key] = event["ts"]
        elif event["ph"] == "e":
            whole.append((*key, open_at.pop(key) / 1e6, event["ts"] / 1e6))
    return whole, open_at


def waits(tap, program):
    """Asynchronous slices are whole and end with the run; the run has the summary's stages."""
    program.scenario("throttled.json", run={**RUN, "replications": 1},
                     workloads__w__invocation_type="Event",
                     workloads__w__arrivals__rate_per_s=8,
                     functions__f__reserved_concurrent_executions=1,
                     functions__f__error_rate=0.02)
    ran, events = trace_of(program, "throttled.trace", "throttled.json", "--output", "throttled")
    problems = program.wrong(ran, 0, out=None)
    whole, left = waits_of(events)
    problems += [f"{len(left)} waits do not end"] if left else []
    begun, runs, until = {}, [], {}
    for event in events:
        if event["ph"] == "X":
            begun.setdefault(event["args"]["request"], event["ts"] / 1e6)
        if event["name"] == "run" and event["args"]["outcome"] == "success":
            runs.append(event["args"])
    for request, name, start, end in whole:
        if start < until.get(request, 0) - 1e-6:
            problems.append(f"request {request}: {name} at {start} overlaps")
        until[request] = end
    late = [one for one, end in until.items() if abs(end - begun[one]) > 1e-6]
    problems += [f"waits do not end where {late[:3]} begin"] if late else []
    summary = {(row["entity"], row["metric"]): row["mean"] for row in csv.DictReader(
        io.StringIO(program.contents("throttled")["summary.csv"].decode()))}
    for stage, name in [("throttle", "throttled_ms"), ("retry", "failed_tries_ms")]:
        wanted = float(summary["function:f", f"stage_{stage}_ms.mean"])
        seen = sum(run.get(name, 0) for run in runs) / len(runs)
        if not wanted > 1 or abs(seen - wanted) > 1e-6 * wanted:
            problems.append(f"{name}: {seen} ms, the summary has {wanted}")
    tap.case("waits are whole, and those of the summary's stages", problems[:5])


QUEUE = {"workloads__w__to": "queue:q", "queues": {"q": {"visibility_timeout_seconds": 400}},
         "event_source_mappings": {"m": {"event_source": "queue:q", "function_name": "f",
                                         "batch_size": 1}}}
AFTER = "wait after a failed try"
# One environment, where all take 20 s: from what, at, its errors, the first waits by their times.
SOURCES = [
    ("an event", {"workloads__w__invocation_type": "Event"}, (0, 15), 1,
     [(15, 22, "throttled"), (20, 80, AFTER), (42, 102, AFTER)]),
    ("an event that is refused after it failed", {"workloads__w__invocation_type": "Event"},
     (0, 75), 1, [(20, 80, AFTER), (80, 95, "throttled"), (95, 155, AFTER)]),
    ("a message that is refused", QUEUE, (0, 15), 0, [(15, 22, "throttled")]),
    ("a message that fails", QUEUE, (0,), 1, [(20, 400, AFTER), (420, 800, AFTER)]),
    ("a caller", {"workloads__w__through": "api_gateway_rest",
                  "workloads__w__gateway": {"overhead_ms": 0},
                  "workloads__w__client": {"policy": "fixed", "base_s": 7, "retries": 9}},
     (0, 10), 1, [(10, 24, "throttled"), (20, 27, AFTER), (27, 48, "throttled")]),
    ("a task of a state machine", {
        "workloads__w__to": "state_machine:m", "state_machines": {"m": {
            "steps": [{"task": "function:f"}], "transition_ms": 0,
            "retry": {"max_attempts": 9, "interval_seconds": 7, "backoff_rate": 1}}}},
     (0, 10), 1, [(10, 24, "throttled"), (20, 27, AFTER), (27, 48, "throttled")]),
]


def times(tap, program):
    """Waits stand where they were: back-off by hand, of every kind of source."""
    for name, changes, at, errors, wanted in SOURCES:
        program.file("t.csv", "timestamp\n" + "".join(f"{second}\n" for second in at))
        program.scenario("times.json", run={**RUN, "duration_s": 1000, "replications": 1},
                         workloads__w__arrivals={"process": "trace", "file": "t.csv"},
                         functions__f__duration_ms=20000, functions__f__init_duration_ms=0,
                         functions__f__error_rate=errors,
                         functions__f__reserved_concurrent_executions=1, **changes)
        ran, events = trace_of(program, "times.trace", "times.json")
        seen = sorted((start, until, what) for _, what, start, until in waits_of(events)[0]
                      if what != "wait in the source")[:len(wanted)]
        right = len(seen) == len(wanted) and all(
            one[2] == two[2] and abs(one[0] - two[0]) + abs(one[1] - two[1]) < 0.1
            for one, two in zip(seen, wanted))
        tap.case(f"{name}: waits stand at their times",
                 program.wrong(ran, 0, out=None) + ([] if right else [f"{seen}, not {wanted}"]))
    program.scenario("stream.json", run={**RUN, "replications": 1}, workloads__w__to="stream:s",
                     streams={"s": {"shard_count": 1}}, functions__f__error_rate=0.5,
                     event_source_mappings={"m": {"event_source": "stream:s",
                                                  "function_name": "f"}})
    ran, events = trace_of(program, "stream.trace", "stream.json")
    both = [one[2:] for one in waits_of(events)[0] if one[1] == AFTER] + [
        (event["ts"] / 1e6, (event["ts"] + event["dur"]) / 1e6) for event in events
        if event["ph"] == "X"]
    both.sort()
    over = [one for one, two in zip(both, both[1:]) if two[0] < one[1] - 1e-6]
    tap.case("a shard's batch: its waits lie between its runs",
             program.wrong(ran, 0, out=None) + [f"{one} overlaps" for one in over[:3]]
             + ([] if len(both) > 200 else [f"only {len(both)} waits and runs"]))


def sampling(tap, program):
    program.scenario("sampled.json", run=RUN)
    _, every = trace_of(program, "every.trace", "sampled.json", "--jobs", "1")
    _, again = trace_of(program, "again.trace", "sampled.json", "--jobs", "2")
    ran, tenth = trace_of(program, "tenth.trace", "sampled.json", "--trace-every", "10")
    runs = [sum(e["name"] == "run" for e in events) for events in (every, tenth)]
    problems = program.wrong(ran, 0, out=None)
    if not runs[0] > 2000 or abs(runs[0] / 10 - runs[1]) > 1:
        problems.append(f"{runs[1]} of {runs[0]} runs are no tenth")
    if every != again:
        problems.append("the threads change the file")
    tap.case("one in N of the first replication's requests", problems)
    program.scenario("long.json", run={**RUN, "replications": 1, "duration_s": 130},
                     workloads__w__arrivals__rate_per_s=1000, functions__f__duration_ms=1)
    ran = program.run("simulate", "long.json", "--trace-events", "long.trace")
    with open(program.path("long.trace"), encoding="utf-8") as file:
        events = json.load(file)
    count = sum(e["name"] == "run" for e in events)
    problems = [] if count == MOST else [f"{count} runs in the file"]
    if "the file has the first 100000 requests" not in ran.err + ran.out:
        problems.append(f"nothing said of what was left out: {ran}")
    tap.case("a file has a most, and it is said", problems)


def mistakes(tap, program):
    program.scenario("plain.json", run=RUN)
    for words, code, said in [
            (["--trace-every", "2"], 2, [r"--trace-every says which requests go into "
                                         r"--trace-events FILE, which is missing"]),
            (["--trace-events", "x", "--trace-every", "0"], 2,
             [r"--trace-every 0 is not a whole number from 1 to 1000000000"]),
            (["--trace-events", "plain.json/x"], 1, [r"plain\.json is no folder"])]:
        ran = program.run("simulate", "plain.json", *words)
        tap.case(f"{' '.join(words)} is a mistake", program.wrong(ran, code, *said))
    left = [name for name in os.listdir(program.folder) if name.startswith(".")]
    tap.case("no temporary is left", [f"{left} are left"] if left else [])


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (tracks, waits, times, sampling, mistakes):
            part(tap, program)
            sys.stdout.flush()
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
