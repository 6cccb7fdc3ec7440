#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What simulate says about designs that do not do their work: the warnings under its table.

usage: test_advice.py PROGRAM SOURCE_ROOT
"""
import csv
import ctypes
import io
import os
import re
import shutil
import sys

from program import Program, arguments_of

sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[2]), "tests/structure"))
from tap import Tap  # noqa: E402


def warnings(program, name):
    """The warnings of a scenario, each on a line of its own."""
    ran = program.run("simulate", name)
    text = ran.out.partition("\nWarnings\n")[2]
    return ran, re.sub(r"\n    +", " ", text)


def hold(tap, program, name, case, said, unsaid=()):
    ran, text = warnings(program, name)
    problems = program.wrong(ran, 0, out=None)
    problems += [f"does not say /{s}/: {text}" for s in said if not re.search(s, text)]
    problems += [f"says /{s}/: {text}" for s in unsaid if re.search(s, text)]
    tap.case(case, problems)


def queue(program, name, rate, function=None, mapping=None, queue=None, **more):
    """A queue and its function; `rate` messages a second of constant arrivals."""
    program.scenario(
        name, workloads__w={"to": "queue:q",
                            "arrivals": {"process": "constant", "rate_per_s": rate}},
        functions={"f": {"memory_size": 512, "timeout": 10, "duration_ms": 1000,
                         "init_duration_ms": 0, "runtime": "python3.12", **(function or {})}},
        queues={"q": {"visibility_timeout_seconds": 60, **(queue or {})}},
        event_source_mappings={"m": {"event_source": "queue:q", "function_name": "f",
                                     **(mapping or {})}},
        **{"run": {"duration_s": 600, "replications": 1}, **more})


def queues(tap, program):
    """A queue that is not worked off is told with what holds it back."""
    queue(program, "most.json", 50, mapping={"scaling_config": {"maximum_concurrency": 2}})
    hold(tap, program, "most.json", "a queue behind its maximum_concurrency", [
        r"mapping m does not keep up or has a backlog: 18,0\d\d of 30,000 messages were still there at "
        r"the end, 36\d s of arrivals; maximum_concurrency lets 2 batches run at once",
        r"lambda: its price is for the 39\.\d % of the messages of mapping m that it processed"])
    queue(program, "fails.json", 10, {"error_rate": 1})
    hold(tap, program, "fails.json", "a queue of which nothing is processed", [
        r"mapping m processed none of its 6,000 messages, and 6,000 were still there at the end; its "
        r"runs fail, and the messages come back after the visibility timeout of 60 s, billed again "
        r"each time; .* redrive_policy",
        r"its price is for tries that processed none of the messages"])
    queue(program, "slow.json", 10, {"duration_ms": 20000})
    hold(tap, program, "slow.json", "a queue whose function is too slow", [
        r"processed none of its 6,000 messages.* its runs end at the function's timeout"])
    queue(program, "flight.json", 1000, {"error_rate": 1, "duration_ms": 50},
          queue={"visibility_timeout_seconds": 3600})
    hold(tap, program, "flight.json", "a queue at the limit of messages in flight", [
        r"processed none of its 600,000 messages.* at most 120,000 messages in flight, and these "
        r"wait for the end of their visibility timeout of 3600 s"])
    queue(program, "reserved.json", 100, {"reserved_concurrent_executions": 10},
          {"batch_size": 1})
    hold(tap, program, "reserved.json", "a queue whose function takes no more", [
        r"mapping m does not keep up.* its function took no more \([\d,]+ throttles\), and Lambda polls "
        r"less then"])
    # Means of replications: one of five has a message.
    queue(program, "rare.json", 1, {"error_rate": 1}, run={"duration_s": 3600, "replications": 5},
          workloads__w__arrivals={"process": "poisson", "rate_per_s": 0.0001})
    hold(tap, program, "rare.json", "a message that few replications have", [
        r"mapping m processed none of its 0\.2 messages, and 0\.2 were still there at the end"])
    queue(program, "one.json", 0.0001, {"error_rate": 1}, run={"duration_s": 7200, "replications": 2})
    hold(tap, program, "one.json", "a single message", [
        r"mapping m processed none of its 1 message, and 1 was still there at the end"])
    # Messages that are only delayed, gathered or at work are no backlog.
    queue(program, "calm.json", 20, queue={"delay_seconds": 300}, mapping={
        "maximum_batching_window_in_seconds": 60, "batch_size": 100})
    hold(tap, program, "calm.json", "a queue that waits as it is told to", [],
         [r"keep up", r"its price is for"])


def events(tap, program):
    """The same of Lambda's own queue of asynchronous events."""
    throttled = {"functions__f__reserved_concurrent_executions": 1,
                 "functions__f__duration_ms": 1000,
                 "workloads__w__invocation_type": "Event",
                 "workloads__w__arrivals": {"process": "constant", "rate_per_s": 5}}
    program.scenario("async.json", **throttled)
    hold(tap, program, "async.json", "asynchronous events that wait for concurrency", [
        r"function f does not keep up or has a backlog: 2,\d\d\d of 3,000 asynchronous events were "
        r"still there .*; it took no more of them",
        r"lambda: its price is for the \S+ % of the asynchronous events of function f that it "
        r"processed; 2,\d\d\d asynchronous events still waited at the end because function f took "
        r"no more, the oldest for 600 s; what they will cost is not in the price"])
    # 80 a second in the last 5 s, of which 50 a second can be served.
    program.scenario("late_events.json", **{**throttled, "workloads__w__arrivals": {
        "process": "profile", "points": [[0, 10], [595, 10], [595.1, 80], [600, 80]]},
        "functions__f__reserved_concurrent_executions": 50, "run": {"duration_s": 600, "replications": 1}})
    hold(tap, program, "late_events.json", "that little waits at the end is said", [
        r"lambda: [12]\d\d asynchronous events still waited at the end because function f took no "
        r"more, the oldest for [345] s; what they will cost is not in the price"],
        [r"keep up", r"its price is for"])
    program.scenario("async_fine.json", workloads__w__invocation_type="Event")
    hold(tap, program, "async_fine.json", "asynchronous events that are worked off", [],
         [r"keep up", r"its price is for", r"still waited"])


def answers(tap, program):
    """A call that fails is lost, whoever stands between."""
    lost, problems = [], []
    for through in (None, "sdk"):
        program.scenario("half.json", workloads__w__through=through, functions__f__error_rate=0.5,
                         workloads__w__arrivals={"process": "constant", "rate_per_s": 10})
        ran = program.run("simulate", "half.json", "--format", "csv", "--output", "half")
        rows = {(row["entity"], row["metric"]): float(row["mean"] or "nan")
                for row in csv.DictReader(io.StringIO(ran.out))}
        got = [rows.get(("workload:w", metric), -1) for metric in (
            "requests", "delivered", "succeeded", "failed", "in_flight")]
        problems += program.wrong(ran, 0, out=None)
        problems += [] if got[0] == got[1] == sum(got[2:]) and 2800 < got[3] < 3200 else [
            f"through {through}: {got}"]
        with open(os.path.join(program.path("half"), "comparison.csv"), encoding="utf-8") as file:
            lost.append(float(next(csv.DictReader(file))["lost"]))
        shutil.rmtree(program.path("half"))
    problems += [] if lost[0] == lost[1] > 0 else [f"lost {lost}"]
    tap.case("failed calls are lost through every door", problems)
    program.scenario("nobody.json", workloads__w__client={"timeout_s": 1},
                     functions__f__duration_ms=3000)
    hold(tap, program, "nobody.json", "that nobody is answered is said", [
        r"workload w: none of its requests were answered, and the price is for all"])
    # The function needs 2 s for half of its work, a caller waits for 1 s.
    program.scenario("late.json", workloads__w__client={"timeout_s": 1}, functions__f__duration_ms={
        "distribution": "empirical", "quantiles": [[0, 100], [0.5, 100], [0.5001, 2000], [1, 2000]]},
        workloads__w__arrivals={"process": "constant", "rate_per_s": 10},
        functions__f__init_duration_ms=0)
    ran = program.run("simulate", "late.json", "--output", "late")
    with open(os.path.join(program.path("late"), "comparison.csv"), encoding="utf-8") as file:
        p99 = float(next(csv.DictReader(file))["latency_ms_p99"])
    problems = program.wrong(ran, 0, out=None)
    problems += [] if 99 < p99 < 101 else [f"p99 {p99} ms of answered requests"]
    said = r"workload w: only (49|50|51)(\.\d)? % of its requests were answered, the others failed"
    problems += [] if re.search(said, re.sub(r"\n    +", " ", ran.out)) else [ran.out]
    tap.case("the comparison's latency is that of the answered requests", problems)


def doors(tap, program):
    """Requests that API Gateway itself refuses."""
    many = {"run": {"duration_s": 10, "replications": 1},
            "account__concurrent_executions": 100000,
            "workloads__w__through": "api_gateway_rest", "functions__f__duration_ms": 10,
            "workloads__w__arrivals": {"process": "constant", "rate_per_s": 16000}}
    program.scenario("door.json", **many)
    hold(tap, program, "door.json", "the account's throttle of APIs", [
        r"workload w: API Gateway throttled 5\d,\d{3} requests \(429\) at the limits of the account's APIs"])
    many["workloads__w__gateway"] = {"throttling_rate_limit": 1000, "throttling_burst_limit": 10}
    program.scenario("stage.json", **many)
    hold(tap, program, "stage.json", "an API's own throttle", [
        r"workload w: API Gateway throttled 1\d\d,\d{3} requests \(429\) at the API's own limits"])


def tables(tap, program):
    """A table's stream is no stream of Kinesis."""
    names = ("a", "b", "c")
    function = {"memory_size": 512, "timeout": 30, "duration_ms": 50, "runtime": "python3.12"}
    program.scenario(
        "table.json", run={"duration_s": 600, "replications": 1},
        workloads__w={"to": "table:t", "arrivals": {"process": "constant", "rate_per_s": 100}},
        tables={"t": {"partitions": 4}}, functions={name: function for name in names},
        event_source_mappings={name: {"event_source": "table:t", "function_name": name}
                               for name in names})
    hold(tap, program, "table.json", "three readers of a table's stream", [
        r"mapping a: [\d,]+ of its reads were refused because a shard of a table's stream serves two "
        r"readers; fewer readers, or one function that passes the records on"],
        ["enhanced_fan_out", "calls/s"])
    program.scenario(
        "slow_table.json", run={"duration_s": 600, "replications": 1},
        workloads__w={"to": "table:t", "arrivals": {"process": "constant", "rate_per_s": 100}},
        tables={"t": {"partitions": 1}}, functions={"a": {**function, "duration_ms": 20000}},
        event_source_mappings={"a": {"event_source": "table:t", "function_name": "a"}})
    hold(tap, program, "slow_table.json", "a table's stream that is not worked off", [
        r"mapping a: [\d,]+ records were still waiting at the end, \d+ s of arrivals: it does not keep up",
        r"its price is for the \d+ % of the records of a"], ["number of shards"])


def stream(program, name, points, shards, stream=None, mapping=None, function=None, **more):
    """A stream and its function; `points`: of a profile, records of 1,000 bytes."""
    program.scenario(
        name, workloads__w={"to": "stream:s", "record_bytes": 1000,
                            "arrivals": {"process": "profile", "points": points}},
        functions={"f": {"memory_size": 512, "timeout": 60, "duration_ms": 100,
                         "init_duration_ms": 0, "runtime": "python3.12", **(function or {})}},
        streams={"s": {"shard_count": shards, **(stream or {})}},
        event_source_mappings={"e": {"event_source": "stream:s", "function_name": "f",
                                     **(mapping or {})}},
        **{"run": {"duration_s": 3600, "replications": 1}, **more})


def shards(tap, program):
    """How many shards would do is said of the peak, and a hot key is not blamed for growth."""
    peak = [[0, 400], [1200, 400], [1200.1, 3000], [1800, 3000], [1800.1, 400]]
    stream(program, "peak.json", peak, 1)
    hold(tap, program, "peak.json", "a peak that a shard cannot take", [
        r"stream s: writes were refused [\d,]+,\d{3} times; about 4 shards would carry its busiest "
        r"minute at 80 %"])
    for rate, shown in (2500, 4), (3300, 5):
        stream(program, "steady.json", [[0, rate], [600, rate]], 2,
               run={"duration_s": 600, "replications": 1})
        hold(tap, program, "steady.json", f"steady {rate} a second", [
            rf"about {shown} shards would carry"])
    stream(program, "one.json", [[0, 1], [600, 1]], 1, run={"duration_s": 600, "replications": 1},
           workloads__x={"to": "stream:s", "record_bytes": 1000, "records_per_put": 500,
                         "arrivals": {"process": "profile", "points": [
                             [0, 10], [300, 10], [300.1, 5000], [302, 5000], [302.1, 10]]}})
    hold(tap, program, "one.json", "bursts of seconds", [
        r"refused [\d,]+ times in bursts of less than a minute"], ["shards would carry"])
    stream(program, "grows.json", [[0, 3000], [1800, 3000], [1800.1, 7000]], 4,
           {"stream_mode": "ON_DEMAND"})
    hold(tap, program, "grows.json", "a stream on demand that grows too fast", [
        r"stream s: writes were refused [\d,]+ times: on demand it takes twice its peak.* begin with "
        r"about 9 shards"], ["hottest", "spread the partition"])
    stream(program, "hot.json", [[0, 1], [600, 1]], 4, run={"duration_s": 600, "replications": 1},
           workloads__x={"to": "stream:s", "record_bytes": 1000,
                         "partition_keys": {"distribution": "list", "keys": ["hot"]},
                         "arrivals": {"process": "constant", "rate_per_s": 2000}})
    hold(tap, program, "hot.json", "a hot key", [
        r"its hottest shard carries 4\.0 times the mean; spread the partition keys"], ["would carry"])
    ran = program.run("simulate", "peak.json", "--format", "csv")
    rows = {row["metric"]: float(row["mean"]) for row in csv.DictReader(io.StringIO(ran.out))
            if row["entity"] == "stream:s" and row["mean"]}
    tap.case("the demand of the peak is a figure", program.wrong(ran, 0, out=None) + (
        [] if 2.98 < rows["shard_demand.max"] < 3.04 and rows["shard_skew"] == 1 else [f"{rows}"]))


def shares(tap, program):
    """What expired or went to dead letters was not processed."""
    stream(program, "expires.json", [[0, 90], [1, 90]], 1, {"retention_period": 24},
           {"maximum_record_age_in_seconds": 600}, {"per_record_ms": 24, "duration_ms": 1})
    hold(tap, program, "expires.json", "records that become too old are not processed", [
        r"its price is for the 4[67] % of the records of e that it processed"])
    queue(program, "dead.json", 20, {"error_rate": 1, "duration_ms": 100},
          {"batch_size": 1}, {"redrive_policy": {"dead_letter_queue": "queue:d",
                                                 "max_receive_count": 2}}, queues__d={})
    hold(tap, program, "dead.json", "dead letters are not processed", [
        r"processed none of its [\d,]+ messages",
        r"its price is for tries that processed none of the messages"], [r"\d % of the messages"])


def dates(tap, program):
    """Two traces with dates keep what lies between them."""
    for name, first in ("a", "00:01"), ("b", "00:05"), ("late", "10:00"):
        program.file(name + ".csv",
                     f"timestamp\n2024-01-01T{first}:00Z\n2024-01-01T{first}:02Z\n")
    trace = {"process": "trace", "time_unit": "iso8601"}
    for name, case in ("b", "traces with dates have one zero"), ("late", "a trace behind the end"):
        program.scenario(name + ".json", workloads={
            w: {"to": "function:f", "arrivals": {**trace, "file": w + ".csv"}} for w in ("a", name)})
        ran = program.run("simulate", name + ".json", "--format", "csv")
        rows = {row["entity"]: row["mean"] for row in csv.DictReader(io.StringIO(ran.out))
                if row["metric"] == ("last_arrival_s" if name == "b" else "requests")}
        want = {"workload:a": "2", "workload:b": "242"} if name == "b" else {
            "workload:a": "2", "workload:late": "0"}
        tap.case(case, program.wrong(ran, 0, out=None) + ([] if rows == want else [f"{rows}"]))
    hold(tap, program, "late.json", "which is said", [
        r"workload late: its file begins 35940 s after that of another workload and the run has 600 s, "
        r"so nothing of it arrives"])


class Opened:
    """Counts how often files of a folder are opened while it is there (inotify)."""

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self.libc.inotify_init1(os.O_NONBLOCK)
        in_open = 0x20
        if self.libc.inotify_add_watch(self.descriptor, os.fsencode(folder), in_open) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def count(self, end):
        """Of those whose name ends so. Events: int32, 3 x uint32 (the last: length), the name."""
        count = 0
        while True:
            try:
                data = os.read(self.descriptor, 1 << 16)
            except BlockingIOError:
                break
            while data:
                size = 16 + int.from_bytes(data[12:16], sys.byteorder)
                count += data[16:size].rstrip(b"\0").endswith(end)
                data = data[size:]
        os.close(self.descriptor)
        return count


def traces_once(tap, program):
    """Twice the traces are opened twice as often."""
    opened = {}
    problems = []
    for traces in 12, 24:
        for i in range(traces):
            program.file(f"t{i}.csv", f"timestamp\n2024-01-01T00:{i:02}:00Z\n2024-01-01T00:{i:02}:02Z\n")
        program.scenario("traces.json", run={"duration_s": 3600, "replications": 1}, workloads={
            f"w{i}": {"to": "function:f", "arrivals": {"process": "trace", "time_unit": "iso8601",
                                                       "file": f"t{i}.csv"}} for i in range(traces)})
        counter = Opened(program.folder)
        problems += program.wrong(program.run("simulate", "traces.json"), 0, out=None)
        opened[traces] = counter.count(b".csv")
    tap.case("each trace is opened as often however many there are", problems + (
        [] if 0 < opened[24] == 2 * opened[12] else [f"opened {opened}"]))


def many_loops(tap, program):
    """Each function of a thousand is a loop of its own; one of two in a ring costs more."""
    rate = {"process": "constant", "rate_per_s": 0.1}
    functions = {f"f{i}": {"memory_size": 128, "timeout": 3, "duration_ms": 100, "runtime": "python3.9",
                           "emits": [{"to": f"function:f{i}"}]} for i in range(1000)}
    functions["f0"]["emits"] = [{"to": "function:f1"}]
    functions["f1"]["emits"] = [{"to": "function:f0"}]
    program.scenario("loops.json", as_of="2022-06-01", functions=functions,
                     run={"duration_s": 60, "replications": 1},
                     workloads={f"w{i}": {"to": f"function:f{i}", "invocation_type": "Event",
                                          "arrivals": rate} for i in range(0, 1000, 100)})
    hold(tap, program, "loops.json", "a scenario of a thousand loops", [
        r"loop function:f0 -> function:f1 -> function:f0: it does not end by itself: of 100 rounds 100 "
        r"were followed by another\. Until the end of the run \d+ % of all invocations \(",
        r"loop function:f700 -> function:f700: it does not end by itself"])


def servers(tap, program):
    """40 calls a second of 50 ms ask for two workers; a tenth of that is CPU, which is all that target
    tracking sees. A vCPU and its worker each are too few, and nothing makes the group grow."""
    group = {"instance_type": "m5.large", "load_balancer": "none"}
    def scenario(name, **more):
        program.scenario(name, baselines={"b": {**group, **more}},
                         workloads__w__arrivals={"process": "constant", "rate_per_s": 60},
                         functions__f={"memory_size": 1769, "timeout": 10, "duration_ms": 50,
                                       "runtime": "python3.12", "cpu_fraction": 0.1},
                         run={"duration_s": 3600, "replications": 1})

    busy = r"baseline b: its workers are busy 100 % of the time, so it does not keep up.*; "
    tracked = {"sizing": "target_tracking", "min_size": 1, "max_size": 5}
    scenario("waits.json", **tracked)
    hold(tap, program, "waits.json", "a group that tracks CPU which its workers do not need", [
        busy + r"they wait for more than CPU: at 10 % CPU a group that tracks 50 % does not grow; "
        r"raise workers_per_instance"], ["raise its size"])
    scenario("fixed.json", sizing="fixed", desired_capacity=1)
    hold(tap, program, "fixed.json", "a group that is too small", [busy + "raise its size"],
         ["does not grow"])
    scenario("full.json", **{**tracked, "max_size": 1})
    hold(tap, program, "full.json", "a group that may not grow", [busy + "raise its size"],
         ["does not grow"])
    scenario("enough.json", **tracked, workers_per_instance=8)
    hold(tap, program, "enough.json", "a group that serves", [], ["baseline b:"])


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        queues(tap, program)
        events(tap, program)
        answers(tap, program)
        doors(tap, program)
        tables(tap, program)
        shards(tap, program)
        shares(tap, program)
        dates(tap, program)
        traces_once(tap, program)
        many_loops(tap, program)
        servers(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
