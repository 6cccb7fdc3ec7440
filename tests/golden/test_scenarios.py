#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped scenarios: what each is there to show must be so, and every one's files must be what
the program promises. One TAP case a claim. Those of whole systems are in test_systems.py.

usage: test_scenarios.py SOURCE_ROOT PROGRAM
"""
import csv
import json
import math
import os
import subprocess
import tempfile
from decimal import Decimal

from scenario_bench import DATA, PROGRAM, SHIPPED, Bench

COLUMNS = {
    "summary.csv": "entity,metric,unit,mean,ci95_low,ci95_high,replications",
    "cost.csv": "option,entity,service,sku,region,unit,quantity,free_quantity,unit_price_usd,"
                "tier_from,cost_usd,price_effective_from",
    "comparison.csv": "option,kind,monthly_cost_usd,ci95_low,ci95_high,relative_cost,"
                      "latency_ms_p50,latency_ms_p95,latency_ms_p99,lost,utilization,"
                      "meets_objectives",
    "timeseries.csv": "time_s,entity,metric,statistic,unit,value",
}
# Enough of each for what holds of all of them; the claims run the files as they are.
SHORT = {
    "elb-to-kinesis": (1800, 2), "s3-region-sync": (200000, 2), "stream-processing": (90, 2),
    "hot-stream": (60, 2), "hot-stream-fan-out": (20, 2), "poison-record": (5000, 2),
    "poison-record-2016": (5000, 2), "simfaas": (20000, 2), "pacslab-replay": (20000, 2),
    "incident-alerts": (3700, 2), "social-network": (3600, 2),
    "asg-az-loss": (6600, 2), "long-task-recursion": (200000, 2),
    "queue-by-recursion": (3600, 2), "queue-by-mapping": (3600, 2),
    "everyday-functions": (3700, 2),
    "keep-warm": (86400, 2), "genome-search-fanout": (3600, 2), "image-resize": (3600, 2),
    "retry-storm": (700, 2),
    "downstream-outage": (900, 2),
}
Z999 = 3.2905  # 99.9 % of a normal, both sides


def check_lines(run):
    """Every line of the bill is its quantity at its price; an option costs the sum of its lines."""
    wrong, total = [], {}
    for row in run.rows("cost.csv"):
        cost = Decimal(row["cost_usd"])
        paid = Decimal(row["quantity"]) - Decimal(row["free_quantity"])
        price = Decimal(row["unit_price_usd"])
        exact = paid * price
        # A pico-dollar; and what is no decimal fraction (GB of bytes) is shown with nine decimals.
        if paid < 0 or abs(exact - cost) > Decimal("1e-12") + price * Decimal("1e-9"):
            wrong.append(f"{row['option']} {row['entity']} {row['sku']}: {cost}, not {exact}")
        total[row["option"]] = total.get(row["option"], Decimal(0)) + cost
    for row in run.rows("comparison.csv"):
        if total.get(row["option"]) != Decimal(row["monthly_cost_usd"]):
            wrong.append(f"{row['option']}: {row['monthly_cost_usd']} is not the sum of its lines "
                         f"{total.get(row['option'])}")
    return wrong


def check_summary(run):
    wrong = []
    rows = run.rows("summary.csv")
    for row in rows:
        where = f"{row['entity']} {row['metric']}"
        mean = float(row["mean"]) if row["mean"] else math.nan
        if row["mean"] and not math.isfinite(mean):
            wrong.append(f"{where}: mean is {row['mean']}")
        if row["ci95_low"] and not float(row["ci95_low"]) <= mean <= float(row["ci95_high"]):
            wrong.append(f"{where}: {row['mean']} is not from {row['ci95_low']} to "
                         f"{row['ci95_high']}")
        if not row["unit"] or (int(row["replications"]) > 0) != (row["mean"] != ""):
            wrong.append(f"{where}: no unit, or {row['replications']} replications gave "
                         f"{row['mean']!r}")
    if len({(row["entity"], row["metric"]) for row in rows}) != len(rows):
        wrong.append("a metric is there twice")
    return wrong


def files_of_every_scenario(bench, name):
    path = os.path.join(SHIPPED, name + ".json")
    done = subprocess.run([PROGRAM, "validate", path, "--data-dir", DATA], capture_output=True,
                          text=True, timeout=60)
    bench.tap.case(f"{name}: validate accepts it without a warning",
                   [] if done.returncode == 0 and done.stderr == "" else
                   [f"exit code {done.returncode}: {done.stdout}{done.stderr}"])
    scenario = bench.load(name)
    scenario["run"]["duration_s"], scenario["run"]["replications"] = SHORT[name]
    runs = [bench.run(scenario, *more) for more in ((), (), ("--seed", "4711"))]
    bad = [f"exit code {run.code}: {run.said}" for run in runs if run.code not in (0, 3)]
    if bad:
        bench.tap.case(f"{name}: runs", bad)
        return
    run = runs[0]
    wrong = []
    if sorted(os.listdir(run.folder)) != sorted([*COLUMNS, "run.json"]):
        wrong.append(f"the files are {sorted(os.listdir(run.folder))}")
    for file, columns in COLUMNS.items():
        data = run.bytes(file).decode("utf-8")
        if data.split("\n", 1)[0] != columns or "\r" in data or not data.endswith("\n"):
            wrong.append(f"{file}: its header is {data.splitlines()[0]!r}")
    told = json.loads(run.bytes("run.json"))
    if told["scenario"]["name"] != name or len(told["scenario_sha256"]) != 64:
        wrong.append(f"run.json is of {told['scenario']['name']}, {told['scenario_sha256']!r}")
    bench.tap.case(f"{name}: its files have the promised names and columns", wrong)
    bench.tap.case(f"{name}: the lines of the bill add up", check_lines(run))
    bench.tap.case(f"{name}: the summary is sound", check_summary(run))
    same = [run.bytes(file) == runs[1].bytes(file) for file in COLUMNS]
    other = [run.bytes(file) == runs[2].bytes(file) for file in COLUMNS]
    wrong = [] if all(same) else [f"the same seed twice: same bytes {dict(zip(COLUMNS, same))}"]
    if other[list(COLUMNS).index("summary.csv")]:
        wrong.append("another seed gives the same summary")
    bench.tap.case(f"{name}: the seed decides", wrong)


def s3_region_sync(bench):
    """The log line of 2015, 6643.74 ms billed as 6700 ms at 1024 MB, and the prices of then."""
    run = bench.shipped("s3-region-sync")
    calls = run.get("function:sync", "invocations")
    bench.claim("s3-region-sync: 6700 ms are billed for each file in 2015", run, 0,
                (f"{calls} files: not about 87,600", abs(calls - 87600) < 500),
                ("not 6700 ms each", math.isclose(run.get("function:sync", "billed_ms"),
                                                  6700 * calls, rel_tol=1e-8)),
                ("no call was slower or faster than the log line",
                 all(abs(run.get("function:sync", f"duration_ms.{k}") - 6643.74) < 1e-3
                     for k in ("min", "mean", "max"))),
                (f"the server costs {run.cost('server')}",
                 run.cost("server") == 730 * Decimal("0.013") + 8 * Decimal("0.1")))
    scenario = bench.load("s3-region-sync")
    scenario["run"]["replications"] = 1
    run = bench.run(scenario)
    requests, gb_s = run.quantity("request"), run.quantity("duration-x86")
    by_hand = (max(requests - 1000000, Decimal(0)) * Decimal("0.0000002") +
               (gb_s - 400000) * Decimal("0.00001667"))
    bench.claim("s3-region-sync: the month's bill of 2015 by hand", run, 0,
                (f"{requests} requests, {gb_s} GB-s", gb_s == requests * Decimal("6.7")),
                ("nothing is left after the free tier", gb_s > 400000),
                (f"{run.cost()}, not {by_hand}", run.cost() == by_hand))
    run = bench.shipped("s3-region-sync", "--as-of", "2026-09-25")
    calls, cold = (run.get("function:sync", k) for k in ("invocations", "cold_starts"))
    more = run.get("function:sync", "billed_ms") - 6644 * calls  # initialisation, billed since 2025
    init = run.get("function:sync", "init_duration_ms.mean")
    bench.claim("s3-region-sync: today 6644 ms and the initialisation are billed", run, 0,
                (f"{more} ms more than 6644 each for {cold} cold starts of {init} ms",
                 cold > 0 and cold * (init - 2) < more < cold * (init + 2)))
    scenario["functions"]["sync"]["init_duration_ms"] = 0
    run = bench.run(scenario, "--as-of", "2026-09-25")
    requests, gb_s = run.quantity("request"), run.quantity("duration-x86")
    by_hand = ((gb_s - 400000) * Decimal("0.0000166667")).quantize(Decimal("1e-12"))
    bench.claim("s3-region-sync: the month's bill of today by hand", run, 0,
                (f"{requests} requests, {gb_s} GB-s", gb_s == requests * Decimal("6.644")),
                (f"{run.cost()}, not {by_hand}", run.cost() == by_hand))
    scenario = bench.load("s3-region-sync")
    scenario["run"]["duration_s"] = 200000
    scenario["functions"]["sync"]["reference_memory_size"] = 1024
    for memory, billed in ((128, 26700), (512, 9600), (1536, 5700)):
        # 6643.74 x (0.57 + 0.43 x 1024 / memory), up to the next 100 ms
        scenario["functions"]["sync"]["memory_size"] = memory
        run = bench.run(scenario)
        each = run.get("function:sync", "billed_ms") / run.get("function:sync", "invocations")
        bench.claim(f"s3-region-sync: {billed} ms at {memory} MB", run, 0,
                    (f"{each} ms", math.isclose(each, billed, rel_tol=1e-8)))


STEPS = ("decode", "enrich", "store")


def stream_processing(bench):
    run = bench.shipped("stream-processing")
    peak = run.get("account", "concurrent_executions.max")
    mean = sum(run.get(f"function:{step}", "concurrent_executions.mean") for step in STEPS)
    bench.claim("stream-processing: stays within the limit of 100", run, 0,
                ("the limit is not 100",
                 run.get("account", "unreserved_concurrent_executions.limit") == 100),
                (f"at most {peak} at once, {mean} on average", mean < peak <= 90),
                ("throttled", all(run.get(f"function:{step}", "throttles") == 0
                                  for step in STEPS)),
                # Little: 30 batches/s; 400 records take 140, 460 and 280 ms
                (f"{mean} at once, not 26.4", abs(mean - 30 * (0.14 + 0.46 + 0.28)) < 0.3))
    scenario = bench.load("stream-processing")
    scenario["run"]["duration_s"], scenario["run"]["replications"] = 360, 2
    costs, ages = [], []
    for size in (100, 200, 500, 1000):
        for mapping in scenario["event_source_mappings"].values():
            mapping["batch_size"] = size
        run = bench.run(scenario)
        costs.append(run.cost())
        ages.append(max(run.get(f"esm:{step}", "iterator_age_ms.p99") for step in STEPS))
        if run.code != 0:
            bench.claim(f"stream-processing: batches of {size} meet the objectives", run, 0)
    bench.claim("stream-processing: larger batches are cheaper until one holds a second", run, 0,
                (f"costs {costs}", costs[0] > costs[1] > costs[2] and
                 abs(costs[3] - costs[2]) < Decimal("0.002") * costs[2]),
                (f"ages {ages}", ages[0] > ages[1] > ages[2]))
    for mapping in scenario["event_source_mappings"].values():
        mapping["batch_size"] = 25
    run = bench.run(scenario)
    # 25 records take 27.5, 85 and 130 ms: 909, 294 and 192 of the 400 a second.
    waiting = [run.get(f"esm:{step}", "records_in_flight") / 30 / 360 for step in STEPS]
    expected = [0, 400 - 25 / 0.085, 400 - 25 / 0.13]
    bench.claim("stream-processing: batches of 25 fall behind where they are too slow", run, 3,
                (f"the backlog grows by {waiting}, not {expected} records/s a shard",
                 all(abs(w - e) < 8 for w, e in zip(waiting, expected))))
    scenario = bench.load("stream-processing")
    scenario["account"] = {"concurrent_executions": 25}
    scenario["run"]["duration_s"] = 180
    run = bench.run(scenario)
    bench.claim("stream-processing: an account of 25 throttles every step", run, 3,
                ("not at the limit", run.get("account", "concurrent_executions.max") == 25),
                ("a step is not throttled",
                 all(run.get(f"function:{step}", "throttles.account_concurrency") > 0
                     for step in STEPS)))
    for mapping in scenario["event_source_mappings"].values():
        mapping["maximum_batching_window_in_seconds"] = 5
        mapping["batch_size"] = 5000
    scenario["account"] = {"concurrent_executions": 100}
    waiting = bench.run(scenario, "--as-of", "2026-09-25")
    for mapping in scenario["event_source_mappings"].values():
        mapping["maximum_batching_window_in_seconds"] = 0
    at_once = bench.run(scenario, "--as-of", "2026-09-25")
    slow, fast = (max(run.get(f"esm:{step}", "latency_ms.p99") for step in STEPS)
                  for run in (waiting, at_once))
    bench.claim("stream-processing: today a window trades latency for money", waiting, 0,
                (f"{waiting.cost()} against {at_once.cost()}", waiting.cost() < at_once.cost()),
                (f"{slow} against {fast} ms", slow > fast + 4000))


READERS = ("index", "analytics", "audit", "archive", "alerts", "replica")


def hot_stream(bench):
    ages, throttles, codes = {}, {}, {}
    for readers in (1, 3, 5, 6):
        scenario = bench.load("hot-stream")
        for section in ("functions", "event_source_mappings"):
            scenario[section] = {name: scenario[section][name] for name in READERS[:readers]}
        scenario["objectives"] = scenario["objectives"][:readers]
        run = bench.run(scenario) if readers < 6 else bench.shipped("hot-stream")
        codes[readers] = run.code
        throttles[readers] = run.get("stream:events", "read_throttles")
        ages[readers] = [run.get(f"esm:{name}", "iterator_age_ms.p99")
                         for name in READERS[:readers]]
    done = sum(run.get(f"esm:{name}", "records_processed") for name in READERS)
    bench.claim("hot-stream: five readers keep up, six do not", run, 3,
                (f"exit codes {codes}", codes == {1: 0, 3: 0, 5: 0, 6: 3}),
                (f"ages {ages}", max(ages[1] + ages[3] + ages[5]) < 1000),
                (f"ages {ages}", min(ages[6]) > 60000))
    bench.claim("hot-stream: reads are refused above 5 calls a second", run, 3,
                (f"{throttles}", throttles[1] == throttles[3] == 0),
                (f"{throttles}", throttles[5] < throttles[6] / 20))
    # Four shards give 2 MiB/s each, 600 s; a full bucket of a second more at the start.
    most = 4 * 2097152 * 601 / 1000
    bench.claim("hot-stream: six readers get 2 MB/s of a shard and no more", run, 3,
                (f"{done:.0f} records, at most {most:.0f}", 0.9 * most < done <= most))
    fan_out = bench.shipped("hot-stream-fan-out")
    hours = fan_out.quantity("efo-consumer-shard-hour")
    bench.claim("hot-stream-fan-out: every reader keeps up", fan_out, 0,
                ("reads are refused", fan_out.get("stream:events", "read_throttles") == 0),
                ("a reader is late", max(fan_out.get(f"esm:{name}", "iterator_age_ms.p99")
                                         for name in READERS) < 2000))
    delivered = sum(fan_out.get(f"esm:{name}", "records_in") for name in READERS) * 1000 / 2**30
    month = delivered * 730 * 3600 / 300
    bench.claim("hot-stream-fan-out: and pays for it by the hour and by the GB", fan_out, 0,
                (f"{hours} consumer-shard-hours", hours == 6 * 4 * 730),
                ("not $262.80", fan_out.lines("efo-consumer-shard-hour") == Decimal("262.8")),
                (f"{fan_out.quantity('efo-data')} GB, about {month}",
                 abs(float(fan_out.quantity("efo-data")) / month - 1) < 0.01),
                ("not dearer than without", fan_out.cost() > 3 * run.cost()))


def late_mapping(bench):
    """A sixth of the system of hot-stream, whose reader begins at half time."""
    esm, runs = "esm:index", {}
    for position in ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"):
        scenario = bench.load("hot-stream")
        scenario["run"]["replications"] = 2
        for section in ("functions", "event_source_mappings"):
            scenario[section] = {"index": scenario[section]["index"]}
        scenario["event_source_mappings"]["index"].update(
            {"created_s": 300, "starting_position": position})
        if position == "AT_TIMESTAMP":
            scenario["event_source_mappings"]["index"]["starting_position_timestamp_s"] = 200
        del scenario["objectives"]
        runs[position] = bench.run(scenario)
    # 1,600 records/s; five standard deviations of a Poisson count.
    for position, skipped_s in (("TRIM_HORIZON", 0), ("LATEST", 300), ("AT_TIMESTAMP", 200)):
        run = runs[position]
        skipped, age = run.get(esm, "records_skipped"), run.get(esm, "iterator_age_ms.max")
        came, taken = run.get("stream:events", "records_in"), run.get(esm, "records_in")
        age_s = 300 - skipped_s
        read = [(int(row["time_s"]), float(row["value"])) for row in run.rows("timeseries.csv")
                if row["metric"] == "GetRecords.IteratorAgeMilliseconds" and
                row["statistic"] == "Maximum" and row["entity"] == "stream:events"]
        first_s = 10000 / 400 if age_s > 25 else 0  # of a shard, in the first answer
        bench.claim(f"created_s: {position} begins where it says", run, 0,
                    (f"{skipped} skipped", abs(skipped - 1600 * skipped_s) <=
                     5 * math.sqrt(1600 * 300)),
                    (f"{came} came, {taken} of them in", taken + skipped == came),
                    (f"reads {read}", min(read)[0] == 300 and
                     abs(min(read)[1] - 1000 * (age_s - first_s)) < 2000),
                    (f"the age reaches {age} ms", age_s * 1000 - 5000 < age < age_s * 1000 + 2000),
                    (run.said, ("not read; TRIM_HORIZON" in run.said) == (skipped_s > 0)),
                    (run.said, f"begins after 300 s, {position}" in run.said))


def large_records(bench):
    """Of the system of hot-stream one reader, in front of a function or of servers."""
    runs = {}
    for size, rate in ((1000000, 3), (5000000, 0.2)):
        scenario = bench.load("hot-stream")
        for section in ("functions", "event_source_mappings"):
            scenario[section] = {"index": scenario[section]["index"]}
        scenario["event_source_mappings"]["index"]["maximum_batching_window_in_seconds"] = 20
        scenario["workloads"]["events"].update(
            {"record_bytes": size, "records_per_put": 1,
             "arrivals": {"process": "constant", "rate_per_s": rate}})
        scenario["baselines"] = {"servers": {"instance_type": "m5.large", "desired_capacity": 4}}
        del scenario["objectives"]
        runs[size] = bench.run(scenario)
    # 1,333,336 bytes in base64 and 532 around them: four are below 6 MiB.
    most = runs[1000000].get("esm:index", "batch_records.max")
    bench.claim("payload: an event holds 6 MiB of base64", runs[1000000], 0,
                (f"at most {most} records", most == 4))
    run = runs[5000000]
    lost = {row["option"]: float(row["lost"]) for row in run.rows("comparison.csv")}
    bench.claim("payload: a larger record is none of the function's, but a server's", run, 0,
                ("not all are too large", run.get("esm:index", "records_oversized") == 120),
                ("some were processed", run.get("esm:index", "records_processed") == 0),
                (run.said, "120 records are too large for an event" in run.said),
                (f"lost {lost}", lost["lambda"] > 0 and lost["servers"] == 0))


def poison_record(bench):
    day_ms, esm = 86400000, "esm:book"
    before = bench.shipped("poison-record-2016")
    expired = before.get(esm, "records_expired")
    bench.claim("poison-record-2016: neighbours expire unread", before, 3,
                (f"{expired} expired", expired > 2),
                (f"at least {before.get(esm, 'records_expired', 'ci95_low')}",
                 before.get(esm, "records_expired", "ci95_low") > 1),
                # At most what arrives in a batch and a pause of a minute, 20 records/s.
                (f"{expired} expired", expired <= 100 + 62 * 20),
                ("something was discarded", before.get(esm, "records_discarded") == 0),
                ("records are lost from the books",
                 math.isclose(before.get(esm, "records_in"),
                              before.get(esm, "records_processed") + expired +
                              before.get(esm, "records_in_flight"), rel_tol=1e-8)))
    age = before.get(esm, "iterator_age_ms.max")
    bench.claim("poison-record-2016: the iterator age grows to the retention", before, 3,
                (f"{age} ms", day_ms - 120000 < age <= day_ms + 1000))
    alarms = {alarm["name"]: alarm for alarm in before.json("run.json")["alarms"]}
    stuck = [change for change in alarms["stuck"]["changes"] if change["state"] == "ALARM"]
    bench.claim("poison-record-2016: an alarm on the age fires, one on errors does not", before, 3,
                # 900 s of age at 4,500 s; then three periods of 300 s
                (f"stuck: {alarms['stuck']['changes']}",
                 len(stuck) == 1 and 5100 <= stuck[0]["time_s"] <= 5700),
                ("errors: a retry a minute is too little for it", alarms["errors"]["fired"] == 0))
    scenario = bench.load("poison-record-2016")
    scenario["run"]["replications"] = 2
    untold = bench.run(scenario, "--as-of", "2019-12-01")
    bench.claim("poison-record-2016: a later date alone changes nothing", untold, 3,
                ("nothing expired", untold.get(esm, "records_expired") > 2))
    after = bench.shipped("poison-record")
    sent, tries = after.get(esm, "records_failed_to_destination"), after.get(esm, "retries")
    age = after.get(esm, "iterator_age_ms.max")
    bench.claim("poison-record: only the poison record is lost", after, 0,
                ("something expired", after.get(esm, "records_expired") == 0),
                (f"{sent} went to the queue", sent == 1),
                ("the queue did not get it",
                 after.get("queue:rejected-orders", "messages_sent") == 1),
                ("something else is missing",
                 math.isclose(after.get(esm, "records_in"), after.get(esm, "records_processed") +
                              1 + after.get(esm, "records_in_flight"), rel_tol=1e-8)),
                (f"{tries} retries", 3 <= tries <= 3 + 8),
                (f"the age reaches {age} ms", age < 60000))
    early = bench.shipped("poison-record", "--as-of", "2019-11-24")
    bench.claim("poison-record: a day before, its settings do not exist", early, 1,
                (early.said, all(f"{key}: " in early.said and "2019-11-25" in early.said
                                 for key in ("bisect_batch_on_function_error",
                                             "maximum_retry_attempts"))))


def simfaas(bench):
    """An independent event-oriented model over 400 replications (mean, half of its 95 % interval),
    which agrees with SimFaaS's own runs. Two means differ by chance, as their deviations allow."""
    golden = {
        "cold_start_ratio": (0.0013394, 2.9e-6),
        "environments.mean": (7.6954, 0.0021),
        "concurrent_executions.mean": (1.79213, 0.00027),
        "environments_idle.mean": (5.9033, 0.0021),
        "environment_lifespan_s.mean": (6406, 13),
    }
    run = bench.shipped("simfaas")
    checks = []
    for metric, (mean, half) in golden.items():
        deviation = half / 1.966 * math.sqrt(400)
        replications = int(run.get("function:service", metric, "replications"))
        allowed = Z999 * deviation * math.sqrt(1 / replications + 1 / 400)
        seen = run.get("function:service", metric)
        checks.append((f"{metric}: {seen}, expected {mean} +- {allowed:.2g}",
                       abs(seen - mean) <= allowed))
    busy, idle, alive = (run.get("function:service", f"{k}.mean") for k in
                         ("concurrent_executions", "environments_idle", "environments"))
    checks.append((f"{busy} + {idle} are not {alive}", math.isclose(busy + idle, alive,
                                                                     rel_tol=1e-7)))
    bench.claim("simfaas: agrees with SimFaaS", run, 0, *checks)


def pacslab(bench):
    path = os.path.join(DATA, "traces/pacslab-lambda-2020/res-01-2020-05-26_01-31-35.csv")
    with open(path, encoding="utf-8", newline="") as file:
        calls = list(csv.DictReader(file))
    billed = sum(Decimal(call["aws_billed_duration"]) for call in calls)
    run = bench.shipped("pacslab-replay")
    bench.claim("pacslab-replay: bills what Lambda billed, to the millisecond", run, 0,
                ("not every call", run.get("function:benchmark", "invocations") == len(calls)),
                (f"{billed} ms were billed",
                 Decimal(run.metrics["function:benchmark", "billed_ms"]["mean"]) == billed))
    # Environments that began: in the model the first call's too, in the recording the one that its
    # first call found warm. The recording's count is taken as Poisson.
    seen = sum(call["is_cold"] == "True" for call in calls) + 1
    began = run.get("function:benchmark", "cold_starts")
    bench.claim("pacslab-replay: as many environments begin as sampling error allows", run, 0,
                (f"{seen} in the recording: the file has changed", seen == 30),
                (f"{began} began, {seen} were seen", abs(began - seen) <= 1.96 * math.sqrt(seen)))


def main():
    names = sorted(name[:-5] for name in os.listdir(SHIPPED) if name.endswith(".json"))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        bench.tap.case("this test knows every shipped scenario",
                       [] if names == sorted(SHORT) else [f"{names}"])
        for name in [name for name in names if name in SHORT]:
            files_of_every_scenario(bench, name)
        for claims in (s3_region_sync, stream_processing, hot_stream, late_mapping, large_records,
                       poison_record, simfaas, pacslab):
            claims(bench)
        bench.tap.finish()


main()
