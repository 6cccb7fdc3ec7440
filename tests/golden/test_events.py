#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipped scenarios in which functions are called by events and by each other: what each is there
to show must be so. One TAP case a claim.

usage: test_events.py SOURCE_ROOT PROGRAM
"""
import tempfile

from scenario_bench import Bench


def near(value, wanted, share):
    return abs(value - wanted) <= share * wanted


def long_task_recursion(bench):
    """25 minutes of work in parts of 280 s, each but the first with 3 s more."""
    entity = "function:transcode"
    run = bench.shipped("long-task-recursion")
    parts = run.get(entity, "invocations")
    on = run.get(entity, "tasks_handed_on")
    tasks = parts - on
    work = run.get(entity, "billed_ms") - 3000 * on
    mean = run.get(entity, "end_to_end_ms.mean")
    bench.claim("long-task-recursion: parts of five minutes do what servers do, for as much", run, 0,
                (f"{parts} parts of {tasks} tasks", near(parts / tasks, 5.87, 0.03)),
                (f"{work / tasks} ms of work a task", near(work / tasks, 1.5e6, 0.03)),
                (f"{mean} ms from end to end", 1.5e6 < mean < 1.56e6),
                ("no longer than the limit", run.get(entity, "duration_ms.max") <= 280000.001),
                (f"{run.cost()} and {run.cost('servers')}",
                 near(float(run.cost()), float(run.cost("servers")), 0.05)))
    today = bench.load("long-task-recursion")
    today["as_of"] = "2026-09-25"
    today["functions"]["transcode"].update(runtime="nodejs22.x", architecture="x86_64")
    stopped = bench.run(today)
    lost = stopped.get(entity, "recursive_invocations_dropped")
    bench.claim("long-task-recursion: today Lambda stops what it takes for a loop", stopped, 0,
                (f"{lost} tasks", 5 < lost < 100),
                ("it says so", "Lambda stopped" in stopped.said),
                (f"{stopped.get(entity, 'async_events_dropped')} dropped",
                 stopped.get(entity, "async_events_dropped") == lost))
    today["functions"]["transcode"]["recursive_loop"] = "Allow"
    allowed = bench.run(today)
    bench.claim("long-task-recursion: unless that is allowed", allowed, 0,
                ("some are lost", allowed.get(entity, "async_events_dropped") == 0),
                ("as many parts as before", near(allowed.get(entity, "invocations"), parts, 0.02)))
    today["functions"]["transcode"].update(timeout=900, hand_on={"after_ms": 880000,
                                                                 "overhead_ms": 3000})
    longer = bench.run(today)
    bench.claim("long-task-recursion: with 15 minutes a task is two or three parts", longer, 0,
                (f"{longer.get(entity, 'invocations') / tasks} parts a task",
                 2 < longer.get(entity, "invocations") / tasks < 2.6))


def queue_by_recursion(bench):
    run = bench.shipped("queue-by-recursion")
    today = bench.shipped("queue-by-mapping")
    work, queue, esm = "function:work", "queue:jobs", "esm:work"
    empty = run.get(work, "empty_polls")
    sent, left = (run.get(queue, k) for k in ("messages_sent", "messages_waiting"))
    wait = run.get(work, "message_latency_ms.p50")
    bench.claim("queue-by-recursion: a message waits for the next minute", run, 0,
                (f"{wait} ms", 20000 < wait < 60000),
                (f"{empty} empty polls: one for each chain", near(empty, 1440, 0.01)),
                ("some are lost", near(run.get(work, "messages_processed") + left +
                                       run.get(work, "messages_in_flight"), sent, 1e-6)),
                ("it was late by more than three minutes",
                 run.get(work, "message_latency_ms.max") < 180000))
    now = today.get(esm, "latency_ms.p50")
    bench.claim("queue-by-mapping: today it waits for its own work only", today, 0,
                (f"{now} ms", now < 200),
                (f"{today.get(queue, 'empty_receives')} empty receives",
                 5000 < today.get(queue, "empty_receives") < 30000),
                (f"{today.cost()} is less than {run.cost()}", today.cost() > run.cost()))
    scenario = bench.load("queue-by-recursion")
    scenario["functions"]["work"]["polls"]["invokes_itself"] = "always"
    scenario["workloads"]["every-minute"]["arrivals"]["expression"] = "cron(1 0 * * ? *)"
    scenario["run"]["replications"] = 2
    always = bench.run(scenario)
    polls, wait = always.get(work, "invocations"), always.get(work, "message_latency_ms.p50")
    late = always.get(work, "message_latency_ms.max")
    bench.claim("queue-by-recursion: one chain that never ends is quick, dear, and no help in a burst",
                always, 0,
                (f"{polls} invocations", 1000000 < polls < 1440000),
                (f"{wait} ms", wait < 500),
                (f"{late} ms", late > 600000),
                (f"{always.cost()} against {run.cost()}", always.cost() > 30 * run.cost()))


def everyday_functions(bench):
    run = bench.shipped("everyday-functions")
    throttled = {name: run.get(f"function:{name}", "throttles")
                 for name in ("parse-logs", "check-order", "load", "back-up", "resize")}
    late = run.get("esm:check-order", "iterator_age_ms.max")
    bench.claim("everyday-functions: 3,000 images take everybody's concurrency", run, 0,
                (f"{throttled}", throttled["resize"] > 5000 and throttled["parse-logs"] > 1000 and
                 throttled["check-order"] > 10),
                (f"orders are {late} ms late", late > 60000),
                ("the account's 100 are not used up",
                 run.get("account", "concurrent_executions.max") == 100),
                ("something is lost", all(run.get(f"function:{name}", f"async_events_{what}") == 0
                                          for name in ("parse-logs", "resize", "load", "back-up")
                                          for what in ("dropped", "expired"))))
    scenario = bench.load("everyday-functions")
    scenario["as_of"] = "2018-01-01"
    scenario["account"] = {"concurrent_executions": 160}
    for function in scenario["functions"].values():
        function["runtime"] = "python2.7"
    scenario["functions"]["resize"]["reserved_concurrent_executions"] = 60
    kept = bench.run(scenario)
    late = kept.get("esm:check-order", "iterator_age_ms.max")
    bench.claim("everyday-functions: a reservation keeps the burst to itself", kept, 0,
                (f"orders are {late} ms late", late < 3000),
                ("others are throttled", kept.get("function:parse-logs", "throttles") == 0 and
                 kept.get("function:check-order", "throttles") == 0),
                (f"images: {kept.get('function:resize', 'latency_ms.max')} ms",
                 kept.get("function:resize", "latency_ms.max") > 240000),
                ("it takes more than its 60",
                 kept.get("function:resize", "concurrent_executions.max") == 60))


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        for claims in (long_task_recursion, queue_by_recursion, everyday_functions):
            claims(bench)
        bench.tap.finish()


main()
