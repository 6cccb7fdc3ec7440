#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults and downstreams from the scenario to the summary: each does what its words say, when they
say. One TAP case each.

usage: test_faults.py EXECUTABLE SOURCE_ROOT
"""
import copy
import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

RUN = {"duration_s": 600, "replications": 1, "seed": 1}
EVEN = {"process": "constant", "rate_per_s": 10}
BETWEEN = {"at_s": 100, "until_s": 200}
STREAM = {"streams": {"s": {"shard_count": 1}},
          "event_source_mappings": {"m": {"event_source": "stream:s", "function_name": "f"}},
          "workloads__w__to": "stream:s"}
QUEUE = {"queues": {"s": {"visibility_timeout_seconds": 180}},
         "event_source_mappings": {"m": {"event_source": "queue:s", "function_name": "f"}},
         "workloads__w__to": "queue:s"}


def simulate(program, **changes):
    """The summary of a small scenario: ten calls of 10 ms a second."""
    settings = {"run": RUN, "workloads__w__arrivals": EVEN, "functions__f__duration_ms": 10,
                **changes}
    program.scenario("case.json", **settings)
    ran = program.run("simulate", "case.json", "--output", "case", "--quiet")
    rows = csv.DictReader(io.StringIO(program.contents("case")["summary.csv"].decode()))
    metrics = {(row["entity"], row["metric"]): float(row["mean"] or "nan") for row in rows}
    return lambda entity, metric: metrics.get((entity, metric)), program.wrong(ran, 0, out=None)


def event_backlogs(tap, program):
    """Of two functions, so that several parts report of each: all columns are filled, and what has
    not ended is not said to have."""
    slow = {"duration_ms": 1000, "runtime": "python3.12", "reserved_concurrent_executions": 1}
    calls = {"invocation_type": "Event", "arrivals": {"process": "constant", "rate_per_s": 2}}
    program.scenario("events.json", functions={"f": slow, "g": slow}, run={**RUN, "duration_s": 3600},
                     workloads={"v": {"to": "function:f", **calls}, "w": {"to": "function:g", **calls}})
    for form in (["simulate", "events.json", "--output", "events"], ["report", "events"]):
        ran = program.run(*form)
        rows = [line.split("  ") for line in ran.out.partition("called by events")[2].splitlines()]
        rows = [[cell.strip() for cell in row if cell.strip()][-2:] for row in rows[:3]]
        problems = program.wrong(ran, 0, out=None)
        if rows[:1] != [["backlog", "gone after"]] or [
                cell[:2] for row in rows[1:] for cell in row] != ["> "] * 4:
            problems.append(f"the backlogs are {rows}")
        tap.case(f"{form[0]}: backlogs of events that are not over", problems)
    rows = csv.DictReader(io.StringIO(program.contents("events")["summary.csv"].decode()))
    entities = [row["entity"] for row in rows]
    parts = [name for before, name in zip([None] + entities, entities) if name != before]
    tap.case("an entity's metrics stand together", [] if len(parts) == len(set(parts)) else [f"{parts}"])


def check(tap, name, problems, *checks):
    """Each check is a value and whether it is right."""
    tap.case(name, problems + [f"it is {value}" for value, right in checks if not right])


def functions(tap, program):
    get, wrong = simulate(program, faults=[{"kind": "error_rate", "function_name": "f",
                                            "error_rate": 1, **BETWEEN}])
    errors = get("function:f", "errors")
    check(tap, "all calls of 100 s fail", wrong, (errors, errors == 1000))
    get, wrong = simulate(program, faults=[{"kind": "deploy", "function_name": "f", "at_s": 100.01}])
    cold = get("function:f", "cold_starts")
    plain, _ = simulate(program)
    before = plain("function:f", "cold_starts")
    check(tap, "a deployment makes every environment cold", wrong, (cold, cold == 2 * before))
    crowd = {"workloads__w__arrivals": {"process": "poisson", "rate_per_s": 100},
             "functions__f__duration_ms": 1000, "functions__f__keep_alive_s": 1}
    get, wrong = simulate(program, **crowd)
    none = get("function:f", "throttles.scaling_rate")
    get, more = simulate(program, **crowd, faults=[{"kind": "scaling_slowed", "factor": 0.001,
                                                    **BETWEEN}])
    some = get("function:f", "throttles.scaling_rate")
    check(tap, "new environments come slowly", wrong + more, (none, none == 0), (some, some > 500))


def consumers(tap, program):
    for source, settings in (("stream", STREAM), ("queue", QUEUE)):
        get, wrong = simulate(program, **settings, faults=[
            {"kind": "consumer_stopped", "event_source_mapping": "m", **BETWEEN}])
        drain, most = get("esm:m", "drain_s"), get("esm:m", "drain_backlog.max")
        oldest = get("esm:m", "latency_ms.max")
        check(tap, f"a stopped reader of a {source} catches up", wrong, (drain, 0 < drain < 60),
              (most, 900 < most <= 1050), (oldest, 99000 < oldest < 105000))
    surge = {"process": "profile",
             "points": [[0, 10], [100, 10], [100.1, 900], [200, 900], [200.1, 10]]}
    slow = {"functions__f__per_record_ms": 2, "workloads__w__arrivals": surge}
    get, wrong = simulate(program, **{**STREAM, **slow}, faults=[{"kind": "surge", **BETWEEN}])
    drain, most = get("esm:m", "drain_s"), get("esm:m", "drain_backlog.max")
    # 100 records take 210 ms: 476 of the 900 a second go
    check(tap, "a surge drains", wrong, (most, 38000 < most < 46000), (drain, 80 < drain < 110))
    get, wrong = simulate(program, **STREAM, faults=[{"kind": "poison", "workload": "w", "at_s": 100}])
    retries = get("esm:m", "retries")
    check(tap, "a poison record is tried again and again", wrong, (retries, 10 < retries < 30))


def downstreams(tap, program):
    def with_outage(**outage):
        return {"functions__f__calls": [{"to": "downstream:db"}],
                "downstreams": {"db": {"latency_ms": 20, "outages": [
                    {"from_s": 100, "until_s": 200, **outage}]}}}

    get, wrong = simulate(program, **with_outage(mode="error", share=0.5))
    errors = get("function:f", "errors.calls")
    check(tap, "half of the calls fail", wrong, (errors, 400 < errors < 600))
    get, wrong = simulate(program, **with_outage(mode="slow", factor=10))
    mean = get("downstream:db", "latency_ms.mean")
    check(tap, "calls are ten times as slow for a sixth of the time", wrong,
          (mean, abs(mean - (20 * 5 + 200) / 6) < 1e-6))
    get, wrong = simulate(program, **with_outage(mode="hang"))
    ended, timed_out = get("function:f", "timeouts"), get("function:f", "timeouts.calls")
    check(tap, "calls hang until the timeout", wrong, (ended, 680 < ended < 720),
          (timed_out, timed_out == ended))
    fleet = {"baselines": {"b": {"instance_type": "m5.large", "desired_capacity": 2}}}
    program.scenario("case.json", run=RUN, **fleet, **with_outage(mode="slow", factor=10))
    ran = program.run("simulate", "case.json", "--output", "case", "--quiet")
    rows = {row["option"]: float(row["latency_ms_p99"]) for row in csv.DictReader(
        io.StringIO(program.contents("case")["comparison.csv"].decode()))}
    check(tap, "servers wait for the same database", program.wrong(ran, 0, out=None),
          (rows, rows["b"] > 200))


def backlogs(tap, program):
    """A backlog without any fault is told: how large, when, and when it was gone."""
    surge = {"process": "profile",
             "points": [[0, 10], [600, 10], [600.1, 200], [1200, 200], [1200.1, 10]]}
    for source, settings in (("stream", copy.deepcopy(STREAM)), ("queue", copy.deepcopy(QUEUE))):
        slow = {"functions__f__per_record_ms": 10, "functions__f__reserved_concurrent_executions": 1,
                **settings}
        if source == "queue":
            slow["event_source_mappings__m__maximum_batching_window_in_seconds"] = 1
            slow["event_source_mappings__m__batch_size"] = 100
            slow["functions__f__reserved_concurrent_executions"] = -1
            slow["event_source_mappings__m__scaling_config"] = {"maximum_concurrency": 2}
            slow["functions__f__per_record_ms"] = 20
        get, wrong = simulate(program, **{**slow, "workloads__w__arrivals": surge,
                                          "run": {**RUN, "duration_s": 3600}})
        most, at = get("esm:m", "backlog.max"), get("esm:m", "backlog_peak_at_s")
        drain, unfinished = get("esm:m", "backlog_drain_s"), get("esm:m", "backlogs_unfinished")
        # about 100 of the 200 a second go, then 10 of 100 come
        check(tap, f"a backlog of a {source} is told", wrong, (most, 50000 < most < 70000),
              (at, at == 1200), (drain, 540 <= drain <= 780), (unfinished, unfinished == 0))
    get, wrong = simulate(
        program, workloads__w__invocation_type="Event", functions__f__duration_ms=1000,
        functions__f__init_duration_ms=0, functions__f__reserved_concurrent_executions=20,
        workloads__w__arrivals={**surge, "points": [[at, rate / 5] for at, rate in surge["points"]]},
        run={**RUN, "duration_s": 3600})
    most, at = get("function:f", "backlog.max"), get("function:f", "backlog_peak_at_s")
    # 20 of 40 a second go; then 18 of what waits, less with longer pauses between the tries
    check(tap, "a backlog of asynchronous events is told", wrong, (most, 11000 < most < 14000),
          (at, at == 1200), (get("function:f", "backlogs"), get("function:f", "backlogs") == 1),
          (get("function:f", "backlogs_unfinished"), get("function:f", "backlogs_unfinished") == 0),
          (get("function:f", "async_events_waiting"), get("function:f", "async_events_waiting") == 0))
    late = {**copy.deepcopy(STREAM), "event_source_mappings__m__created_s": 900, "functions__f__per_record_ms": 50}
    get, wrong = simulate(program, **{**late, "run": {**RUN, "duration_s": 3600}})
    most, at, drain = (get("esm:m", name) for name in (
        "backlog.max", "backlog_peak_at_s", "backlog_drain_s"))
    check(tap, "a consumer that comes late finds a backlog", wrong, (most, 8000 < most <= 9000),
          (at, at in (900, 960)), (drain, 780 <= drain <= 1020))
    program.scenario("case.json", **late, workloads__w__arrivals=EVEN,
                     functions__f__duration_ms=10, run={**RUN, "duration_s": 3600})
    ran = program.run("simulate", "case.json")
    said = "mapping m: the largest backlog was "
    problems = program.wrong(ran, 0, out=None) + [
        f"no {text}" for text in (said, "gone after") if text not in " ".join(ran.out.split())]
    tap.case("a backlog is in the table and a note", problems)
    event_backlogs(tap, program)
    get, wrong = simulate(
        program, queues={"q": {"visibility_timeout_seconds": 180}}, workloads__w__to="queue:q",
        functions__f__polls={"queue": "queue:q", "invokes_itself": "never"},
        functions__f__per_record_ms=100,
        workloads__start={"to": "function:f", "invocation_type": "Event",
                          "arrivals": {"process": "constant", "rate_per_s": 0.9}},
        run={**RUN, "duration_s": 3600})
    most = get("queue:q", "backlog.max")  # ten come a second and nine go
    check(tap, "a backlog of a queue that a function polls", wrong, (most, 3200 < most < 3700),
          (get("queue:q", "backlogs_unfinished"), get("queue:q", "backlogs_unfinished") == 1))
    program.scenario("case.json", **{**copy.deepcopy(STREAM), "functions__f__per_record_ms": 200},
                     workloads__w__arrivals=EVEN, run={**RUN, "duration_s": 3600})
    ran = program.run("simulate", "case.json")
    problems = program.wrong(ran, 0, out=None) + ["it is told twice"] * (said in ran.out) + [
        "it is not told"] * ("does not keep up" not in " ".join(ran.out.split()))
    tap.case("a backlog that grows to the end has one note", problems)
    # Messages come when they are to be seen: as dead letters of s, or after the delay of l.
    polled = {"polls": {"queue": "queue:d", "invokes_itself": "while_messages"}, "per_record_ms": 1,
              "duration_ms": 10, "init_duration_ms": 0, "runtime": "python3.9"}
    once_a_minute = {"invocation_type": "Event",
                     "arrivals": {"process": "constant", "rate_per_s": 1 / 60}}
    brief = {"process": "profile", "points": [[0, 10], [900, 10], [900.1, 0]]}
    get, wrong = simulate(
        program, **{**copy.deepcopy(QUEUE), "functions__f__error_rate": 1,
                    "as_of": "2022-06-01", "functions__f__runtime": "python3.9",
                    "functions__g": polled, "functions__h": {**polled, "polls": {
                        "queue": "queue:l", "invokes_itself": "while_messages"}},
                    "queues__s__redrive_policy": {"dead_letter_queue": "queue:d",
                                                  "max_receive_count": 1},
                    "queues__d": {}, "queues__l": {"delay_seconds": 600},
                    "workloads__late": {"to": "queue:l", "arrivals": brief},
                    "workloads__g": {"to": "function:g", **once_a_minute},
                    "workloads__h": {"to": "function:h", **once_a_minute},
                    "run": {**RUN, "duration_s": 3600}})
    moved, deleted = get("queue:d", "messages_moved_in"), get("queue:l", "messages_deleted")
    check(tap, "dead letters and delayed messages are no backlog", wrong, (moved, moved > 30000),
          (deleted, 8900 < deleted < 9100),
          *((entity, get(entity, "backlogs") == 0) for entity in ("queue:d", "queue:l")))
    get, wrong = simulate(program, **STREAM)
    check(tap, "without one nothing is told", wrong,
          (get("esm:m", "backlogs"), get("esm:m", "backlogs") == 0))


def unfinished(tap, program):
    """What had not ended with the run keeps no upper bound; without a backlog every bound holds."""
    at_most = {"metric": "backlog_drain_s", "entity": "esm:m", "at_most": 300}
    settings = {**copy.deepcopy(STREAM), "functions__f__per_record_ms": 50,
                "run": {**RUN, "replications": 2}, "objectives": [at_most],
                "workloads__w__arrivals": {"process": "constant", "rate_per_s": 30}}
    bounds = "objectives.0.at_most=300,500000"
    shards = "streams.s.shard_count=1,2,3"
    program.scenario("two.json", **{**settings, "streams": {"s": {"shard_count": 2}}})
    program.scenario("case.json", **settings)  # 20 of 30 a second
    ran = program.run("simulate", "case.json", "--output", "grows")
    check(tap, "a backlog that only grows does not drain", program.wrong(ran, 3, out=None),
          (ran.out, "NOT MET esm:m backlog_drain_s at most 5 min: at least 7 min: it was not over"
           in " ".join(ran.out.split())))
    again = program.run("report", program.path("grows"))
    check(tap, "it is told again", program.wrong(again, 0, out=None),
          (again.out, "at least 7 min: it was not over" in " ".join(again.out.split())))
    ran = program.run("simulate", "two.json", "--output", "keeps-up")
    check(tap, "without a backlog its drain is 0 s", program.wrong(ran, 0, out=None),
          (ran.out, "met esm:m backlog_drain_s at most 5 min: 0 s" in " ".join(ran.out.split())))
    ran = program.run("diff", program.path("keeps-up"), program.path("grows"))
    check(tap, "diff: an objective newly fails", program.wrong(ran, 3, out=None))
    ran = program.run("sweep", "case.json", "--vary", shards, "--vary", bounds, "--output", "sweep",
                      "--quiet")
    rows = list(csv.DictReader(io.StringIO(program.contents("sweep")["sweep.csv"].decode())))
    met = [(row["streams.s.shard_count"], row["meets_objectives"]) for row in rows]
    check(tap, "sweep: whatever the bound", program.wrong(ran, 0, out=None),
          (met, met == [(n, "false" if n == "1" else "true") for n in "123" for _ in "ab"]))
    ran = program.run("optimize", "case.json", "--vary", shards, "--format", "json", "--quiet")
    answer = json.loads(ran.out)
    check(tap, "optimize: the cheapest that keeps up", program.wrong(ran, 0, out=None),
          (ran.out, answer["answer"]["values"]
           == {"streams.s.shard_count": "2"}))
    ran = program.run("headroom", "two.json", "--format", "json", "--quiet")
    limits = {limit["limit"]: limit for limit in json.loads(ran.out)["limits"]}
    objective = limits["objective backlog_drain_s at most 300"]
    check(tap, "headroom: missed where it begins to grow", program.wrong(ran, 0, out=None),
          # 40 of 30 x 1.33 a second; for five minutes more than a minute brings from there on
          (objective, 1.34 < (objective["factor"] or 0) < 1.8))
    drains = {"metric": "drain_s", "entity": "esm:m"}
    stopped = {"kind": "consumer_stopped", "event_source_mapping": "m", "at_s": 100, "until_s": 400}
    for bound, verdict in ((150, "NOT MET"), (300, "unknown")):
        program.scenario("case.json", **{**settings, "objectives": [{**drains, "at_most": bound}],
                                         "streams": {"s": {"shard_count": 2}}, "faults": [stopped]})
        ran = program.run("simulate", "case.json")
        said = rf"{verdict} esm:m drain_s at most \S+ min: at least 3.33 min: it was not over when"
        check(tap, f"a drain that has not ended, of {bound} s: {verdict}",
              program.wrong(ran, 3, out=None), (ran.out, re.search(said, " ".join(ran.out.split()))))


def months(tap, program):
    """That a month repeats a run's faults is said, and only where there are some."""
    said = "its 3 faults (outages and poison records, too) count as though they came back every 15 min"
    outage = {"latency_ms": 20, "outages": [{"from_s": 10, "until_s": 99, "mode": "error"},
                                            {"from_s": 400, "until_s": 500, "mode": "error"}]}
    settings = {"run": {**RUN, "duration_s": 1000, "warm_up_s": 100},
                "workloads__w__arrivals": EVEN, **STREAM}
    troubles = {"faults": [{"kind": "poison", "workload": "w", "at_s": 300},
                           {"kind": "error_rate", "function_name": "f", "error_rate": 1, **BETWEEN}],
                "functions__f__calls": [{"to": "downstream:db"}], "downstreams": {"db": outage}}
    for changes, name, right in ((troubles, "a month repeats the faults of its run: said", True),
                                 ({}, "a month without faults: nothing is said", False)):
        program.scenario("case.json", **settings, **changes)
        ran = program.run("simulate", "case.json", "--output", "case")
        run = json.loads(program.contents("case")["run.json"])
        texts = [" ".join(ran.out.split()), *run["warnings"]]
        found = sum(said in text for text in texts)
        check(tap, name, program.wrong(ran, 0, out=None), (found, found == (2 if right else 0)),
              (texts, right or not any("came back" in text for text in texts)))


def alarm(**changes):
    return {"entity": "function:f", "metric_name": "Errors", "statistic": "Sum",
            "evaluation_periods": 1, "threshold": 0.5,
            "comparison_operator": "GreaterThanThreshold", **changes}


def alarms(tap, program):
    """An alarm that could never have data is a mistake; the others see what happens."""
    wrong_ones = {
        "misspelt": (alarm(metric_name="Erors"),
                     "alarms.a.metric_name: the time series of function:f has no `Erors` in this "
                     "scenario; did you mean `Errors`?"),
        "nowhere": (alarm(metric_name="IteratorAge"),
                    "has no `IteratorAge` in this scenario, but Invocations, Errors, Throttles, "
                    "ConcurrentExecutions, Duration"),
        "no such statistic": (alarm(metric_name="ConcurrentExecutions"),
                              "alarms.a: ConcurrentExecutions of function:f has no Sum, but Maximum"),
        "no percentile": (alarm(statistic=None, extended_statistic="p99"),
                          "alarms.a: Errors of function:f has no percentiles"),
        "no such entity": (alarm(entity="function:g"), "there is no function `g`"),
        "silent entity": (alarm(entity="shard:s/0"),
                          "alarms.a.entity: the time series of this scenario has nothing of "
                          "shard:s/0"),
        "half a percentile": (alarm(statistic=None, extended_statistic="p"),
                              "alarms.a.extended_statistic: `p` is no percentile"),
        "a hexadecimal percentile": (alarm(statistic=None, extended_statistic="p0x5"),
                                     "alarms.a.extended_statistic: `p0x5` is no percentile"),
        "two statistics": (alarm(extended_statistic="p99"),
                           "alarms.a: needs exactly one of statistic and extended_statistic")}
    for name, (rule, said) in wrong_ones.items():
        rule = {key: value for key, value in rule.items() if value is not None}
        program.scenario("case.json", run=RUN, workloads__w__arrivals=EVEN, alarms={"a": rule})
        ran = program.run("validate", "case.json")
        tap.case(f"an alarm's mistake, {name}", program.wrong(ran, 1, re.escape(said)))
    rules = {"error": alarm(),
             "rate": alarm(statistic="Average"),
             "slow": alarm(metric_name="Duration", statistic=None, extended_statistic="p90",
                           threshold=9),
             "fast": alarm(metric_name="Duration", statistic=None, extended_statistic="p90",
                           threshold=11),
             "age": alarm(metric_name="IteratorAge", statistic="Maximum", threshold=60000)}
    rules = {name: {key: value for key, value in rule.items() if value is not None}
             for name, rule in rules.items()}
    fault = {"kind": "error_rate", "function_name": "f", "error_rate": 1, "at_s": 120, "until_s": 260}
    get, wrong = simulate(program, alarms=rules, faults=[fault], **STREAM)
    fired = {item["name"]: item["fired"] for item in json.loads(program.contents("case")["run.json"])
             ["alarms"]}
    check(tap, "alarms of all statistics", wrong,
          (fired, fired == {"error": 1, "rate": 1, "slow": 1, "fast": 0, "age": 1}))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (functions, consumers, downstreams, backlogs, unfinished, months, alarms):
            part(tap, program)
            sys.stdout.flush()
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
