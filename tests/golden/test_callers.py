#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipped scenarios of what calls functions from outside: schedules, fan-out, uploads, callers that
try again. What each is there to show must be so. One TAP case a claim.

usage: test_callers.py SOURCE_ROOT PROGRAM
"""
import tempfile
from decimal import Decimal

from scenario_bench import Bench


def keep_warm(bench):
    ratio, late = "cold_start_ratio", "latency_ms.p95"
    warm = bench.shipped("keep-warm")
    scenario = bench.load("keep-warm")
    del scenario["workloads"]["pings"]
    scenario["objectives"][0]["entity"] = "function:tool"
    alone = bench.run(scenario)
    old = bench.run(scenario, "--as-of", "2018-06-01")
    met = {"pinged": warm.get("workload:calls", ratio), "alone": alone.get("function:tool", ratio)}
    bench.claim("keep-warm: pings take the cold starts off the callers", warm, 0,
                (f"{met}", met["pinged"] < 0.005 and 0.4 < met["alone"] < 0.65),
                (f"{warm.get('workload:pings', ratio)}", warm.get("workload:pings", ratio) > 0.02),
                (f"{warm.get('workload:calls', late)} ms", warm.get("workload:calls", late) < 400),
                ("so does nobody", alone.code == 3 and alone.get("workload:calls", late) > 1200),
                # initialisation is billed since 2025-08, and class loading always was
                (f"{warm.cost()} is not below {alone.cost()}", warm.cost() < alone.cost()))
    scenario["functions"]["tool"]["provisioned_concurrent_executions"] = 1
    ready = bench.run(scenario)
    bench.claim("keep-warm: provisioned concurrency does it for a hundred times the money", ready, 0,
                (f"{ready.cost()} against {warm.cost()}",
                 Decimal("5.47") < ready.cost() and ready.cost() > 100 * warm.cost()))
    scenario = bench.load("keep-warm")
    scenario["workloads"]["pings"]["arrivals"]["expression"] = "rate(20 minutes)"
    seldom = bench.run(scenario)
    then = bench.run(scenario, "--as-of", "2018-06-01")
    bench.claim("keep-warm: every 20 minutes was enough in 2018 and is not today", then, 0,
                (f"today {seldom.get('workload:calls', ratio)}",
                 seldom.code == 3 and seldom.get("workload:calls", ratio) > 0.25),
                (f"then {then.get('workload:calls', ratio)}, alone {old.get('function:tool', ratio)}",
                 then.get("workload:calls", ratio) < 0.01 < old.get("function:tool", ratio) < 0.06))


def genome(bench):
    search, region = "state_machine:search", "function:region"
    run = bench.shipped("genome-search-fanout")
    searches = run.get(search, "executions_started")
    mean, slowest = run.get(region, "duration_ms.mean"), run.get(search, "execution_time_ms.mean")
    bench.claim("genome-search-fanout: $60 a month, and servers are dearer by far", run, 0,
                (f"{run.cost()}", Decimal(55) < run.cost() < Decimal(65)),
                (f"servers {run.cost('servers')}", run.cost("servers") > 10 * run.cost()),
                (f"{searches} searches a day", abs(searches * 730 / 24 - 100000) < 4000),
                ("a region is lost", run.get(search, "executions_succeeded") ==
                 searches - run.get(search, "executions_in_flight")),
                # 64 lognormal durations of sd / mean 1/4: the largest lies 2.3 to 2.5 sd of the
                # logarithm (0.2462) above the median
                (f"the slowest takes {slowest} ms, the mean {mean}",
                 1.65 < slowest / mean < 1.90))
    cost, time = {}, {}
    for regions in (16, 64, 256):
        scenario = bench.load("genome-search-fanout")
        scenario["run"]["replications"] = 2
        scenario["state_machines"]["search"]["steps"][0]["map"]["items"] = regions
        del scenario["baselines"]
        run = bench.run(scenario)
        cost[regions] = run.cost()
        time[regions] = run.get(search, "execution_time_ms.p99")
    bench.claim("genome-search-fanout: more regions are faster, and dearer by the rounding", run, 0,
                (f"{time}", time[16] > 2000 > 1000 > time[64] > 2.5 * time[256]),
                (f"{cost}", cost[16] < cost[64] < cost[256] < Decimal("1.5") * cost[64]))


def image_resize(bench):
    run = bench.shipped("image-resize")
    p99 = {size: run.get(f"workload:{size}", "latency_ms.p99")
           for size in ("thumbs", "photos", "scans")}
    parts = sum(run.get(f"workload:{size}", "billed_ms") for size in p99)
    whole = run.get("function:resize", "billed_ms")
    scans = run.get("workload:scans", "billed_ms") / whole
    bench.claim("image-resize: each size has its own figures, and they add up", run, 0,
                (f"{p99}", p99["thumbs"] < 200 < p99["photos"] < 400 < 2000 < p99["scans"]),
                (f"{parts} ms of {whole}", parts == whole),
                (f"5 % of the images take {scans} of the bill", 0.35 < scans < 0.5))
    cost, late, failed = {}, {}, {}
    for memory in (256, 512, 2048):
        scenario = bench.load("image-resize")
        scenario["functions"]["resize"]["memory_size"] = memory
        more = bench.run(scenario)
        cost[memory], failed[memory] = more.cost(), more.get("function:resize", "errors")
        late[memory] = more.get("workload:scans", "latency_ms.p99")
    bench.claim("image-resize: 1024 MB is the least that is fast enough", more, 0,
                (f"{late}", late[256] > late[512] > 4000 > p99["scans"] > late[2048]),
                (f"{failed} failed", failed[256] > 0 == failed[512] == failed[2048]),
                (f"{cost}", cost[512] < run.cost() < cost[2048]))


def retry_storm(bench):
    calls = "workload:calls"
    storm = bench.shipped("retry-storm")

    def answered(run, minute):
        """2xx of a minute, of 12,000 that arrive."""
        at = {row["metric"]: float(row["value"]) for row in run.rows("timeseries.csv")
              if row["entity"] == calls and row["time_s"] == str(60 * minute) and row["value"]}
        return at["Count"] - at["4xx"] - at["5xx"]

    scenario = bench.load("retry-storm")
    scenario["workloads"]["calls"]["client"]["budget"] = 0.1
    bounded = bench.run(scenario)
    tries, said = storm.get(calls, "attempts_per_request"), " ".join(storm.said.split())
    bench.claim("retry-storm: the database is well again and the API is not", storm, 3,
                (f"{tries} tries a request", tries > 2.5),
                (f"{storm.get(calls, 'succeeded')} of {storm.get(calls, 'requests')}",
                 storm.get(calls, "succeeded") < 0.4 * storm.get(calls, "requests")),
                (f"{storm.get(calls, 'abandoned')} for nobody",
                 storm.get(calls, "abandoned") > storm.get(calls, "succeeded")),
                ("nothing is said of it", "retries add to an overload" in said and
                 "ran on, billed, after nobody waited" in said))
    bench.claim("retry-storm: a budget of a tenth ends it with its cause", bounded, 0,
                (f"{bounded.get(calls, 'retries')} retries",
                 bounded.get(calls, "retries") < 0.1 * bounded.get(calls, "requests") + 100),
                (f"minute 15: {answered(bounded, 15)}", answered(bounded, 15) > 11500),
                (f"{bounded.cost()} against {storm.cost()}", 4 * bounded.cost() < storm.cost()))
    scenario = bench.load("retry-storm")
    scenario["workloads"]["calls"]["client"].update(policy="exponential", max_s=20)
    longer = bench.run(scenario)
    bench.claim("retry-storm: longer pauses alone do not", longer, 3,
                (f"{longer.get(calls, 'succeeded')}",
                 longer.get(calls, "succeeded") < 0.5 * bounded.get(calls, "succeeded")))


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        for claims in (keep_warm, genome, image_resize, retry_storm):
            claims(bench)
        bench.tap.finish()


main()
