#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that send messages, as users see them: nothing gets lost unsaid, and a loop that feeds
itself ends with a sentence and its cost.

usage: test_events.py PROGRAM SOURCE_ROOT
"""
import csv
import io
import os
import re
import sys

from program import Program, arguments_of

sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[2]), "tests/structure"))
from tap import Tap  # noqa: E402


def runaways(tap, program):
    """Two for one, in an era that stops no loop."""
    program.scenario("loop.json", as_of="2022-06-01", workloads__w__invocation_type="Event",
                     functions__f__runtime="python3.9",
                     functions__f__emits=[{"to": "function:f", "count": 2}],
                     run={"duration_s": 864000, "replications": 2})
    said = (r"loop function:f -> function:f: .*: it runs away, so the run was ended after [\d,]+ s; "
            r"until then there were [\d,]{6,} invocations, and all that was used cost \$0\.\d\d at "
            r"list prices; have each event that comes round send less than one on \(emits: ")
    ran = program.run("simulate", "loop.json", "--output", "loop")
    tap.case("simulate: a runaway is told with its cost", program.wrong(ran, 1, said) + (
        ["files are left"] if program.listing("loop") else []))
    ran = program.run("sweep", "loop.json", "--vary", "functions.f.memory_size=512,1024",
                      "--output", "loops")
    tap.case("sweep: where all run away it ends with their names and the cost",
             program.wrong(ran, 1, r"memory_size=512.*" + said, r"memory_size=1024.*" + said,
                           "error: no design has a cost a month: the warnings say why"))
    ran = program.run("optimize", "loop.json", "--vary", "functions.f.memory_size=512,1024")
    tap.case("optimize: it ends with the design's name and the cost",
             program.wrong(ran, 1, r"memory_size=\d+.*" + said + ".*: leave it out of the study"))


def endless(tap, program):
    """One for one over a stream, which Lambda does not stop: the run ends, and every report says so
    with what it cost; 0.9 for one is nobody's concern."""
    for count in (1, 0.9):
        program.scenario("endless.json", workloads__w__invocation_type="Event",
                         functions__f__emits=[{"to": "stream:s", "count": count, "per": "record"}],
                         streams={"s": {"shard_count": 10}}, event_source_mappings={
                             "m": {"event_source": "stream:s", "function_name": "f"}},
                         run={"duration_s": 600, "replications": 2})
        said = (r"loop function:f -> stream:s -> function:f: it does not end by itself: of 100 rounds "
                r"100 were followed by another\. Until the end of the run \d\d % of all invocations "
                r"\([\d,]+ of [\d,]+\) and \$\d[\d,]*\.\d\d of the \$\d[\d,]*\.\d\d a month for "
                r"functions came from chains of more than four functions")
        problems = []
        for form in ("table", "json", "markdown", "html"):
            ran = program.run("simulate", "endless.json", "--format", form)
            text = re.sub(r"\s+", " ", ran.out.replace("&gt;", ">").replace("\\>", ">"))
            problems += program.wrong(ran, 0, out=None)
            if (re.search(said, text) is not None) != (count == 1):
                problems.append(f"{form}: {text[-2000:]}")
        tap.case(f"simulate: a loop that sends {count} for one is "
                 f"{'told in every report' if count == 1 else 'left alone'}", problems)


def endless_designs(tap, program):
    """Studies say it of any of their designs, once."""
    program.scenario("designs.json", as_of="2022-06-01", workloads__w__invocation_type="Event",
                     functions__f__runtime="python3.9",
                     functions__f__emits=[{"to": "function:f", "count": 0.5}],
                     run={"duration_s": 300, "replications": 2})
    said = r"loop function:f -> function:f: there are designs in which it does not end by itself"
    for study, values, times in (("sweep", "0.5,0.9", 0), ("sweep", "0.5,1", 1),
                                 ("optimize", "0.5,1", 1)):
        ran = program.run(study, "designs.json", "--vary", f"functions.f.emits.0.count={values}")
        found = len(re.findall(said, re.sub(r"\s+", " ", ran.out + ran.err)))
        tap.case(f"{study} of {values}: an endless design is told {times} times",
                 program.wrong(ran, 0, out=None) + (
                     [] if found == times else [f"{found} times: {ran.out[-1000:]} {ran.err}"]))


def pipelines(tap, program):
    """Every event of a pipeline is somewhere."""
    program.scenario(
        "pipe.json", workloads__w__invocation_type="Event",
        functions={
            "f": {"duration_ms": 100, "runtime": "python3.12", "error_rate": 0.2,
                  "emits": [{"to": "queue:q", "count": 3, "bytes": 2000}],
                  "event_invoke_config": {"maximum_retry_attempts": 0, "destination_config": {
                      "on_failure": {"destination": "queue:dead"}}}},
            "g": {"duration_ms": 50, "runtime": "python3.12"}},
        queues={"q": {}, "dead": {}},
        event_source_mappings={"m": {"event_source": "queue:q", "function_name": "g"}})
    ran = program.run("simulate", "pipe.json", "--format", "csv")
    rows = {(row["entity"], row["metric"]): float(row["mean"] or "nan")
            for row in csv.DictReader(io.StringIO(ran.out))}
    got = lambda entity, metric: rows.get((entity, metric), -1)  # noqa: E731
    failed = got("function:f", "async_events_failed_to_destination")
    problems = program.wrong(ran, 0, out=None)
    for name, left, right in [
            ("failed", failed, got("queue:dead", "messages_sent")),
            ("received", got("function:f", "async_events_received"), failed +
             got("function:f", "async_events_succeeded") +
             got("function:f", "async_events_in_flight")),
            ("emitted", 3 * got("function:f", "async_events_succeeded"),
             got("function:f", "messages_emitted")),
            ("sent", got("function:f", "messages_emitted"), got("queue:q", "messages_sent")),
    ]:
        problems += [] if left == right > 0 else [f"{name}: {left} is not {right}"]
    late = got("function:g", "end_to_end_ms.min")
    problems += [] if 150 <= late < 1000 else [f"end to end in {late} ms"]
    tap.case("a pipeline's numbers add up", problems)


def triggers(tap, program):
    """What a function writes to a table comes to the function that reads its stream."""
    program.scenario(
        "trigger.json", workloads__w__invocation_type="Event",
        functions={
            "f": {"duration_ms": 100, "runtime": "python3.12",
                  "emits": [{"to": "table:t", "count": 2, "bytes": 1500}]},
            "g": {"duration_ms": 50, "runtime": "python3.12"}},
        tables={"t": {"partitions": 2}},
        event_source_mappings={"m": {"event_source": "table:t", "function_name": "g"}})
    ran = program.run("simulate", "trigger.json", "--format", "csv")
    rows = {(row["entity"], row["metric"]): float(row["mean"] or "nan")
            for row in csv.DictReader(io.StringIO(ran.out))}
    got = lambda entity, metric: rows.get((entity, metric), -1)  # noqa: E731
    problems = program.wrong(ran, 0, out=None)
    for name, left, right in [
            ("written", 2 * got("function:f", "async_events_succeeded"),
             got("table:t", "records_in")),
            ("read", got("table:t", "records_in"), got("esm:m", "records_processed") +
             got("esm:m", "records_in_flight")),
            ("units", 2 * got("table:t", "records_in"), got("table:t", "write_capacity_units")),
    ]:
        problems += [] if left == right > 0 else [f"{name}: {left} is not {right}"]
    late = got("function:g", "end_to_end_ms.min")
    problems += [] if 150 <= late < 1000 else [f"end to end in {late} ms"]
    tap.case("a table's trigger gets what a function writes", problems)


def rejected(tap, program):
    """What a stream's mapping gives up is told to a queue, or to a topic's subscribers, and billed."""
    batches = {"event_source": "stream:s", "function_name": "f", "batch_size": 10,
               "maximum_retry_attempts": 1, "destination_config": {
                   "on_failure": {"destination_arn": "arn:aws:sqs:us-east-1:123456789012:q"}}}
    program.scenario(
        "rejected.json", workloads__w__to="stream:s", functions__f__error_rate=0.5,
        functions__g={"duration_ms": 50, "runtime": "python3.12", "error_rate": 0.2},
        run__duration_s=3600, streams={"s": {"shard_count": 2}}, queues={"q": {}, "other": {}},
        topics={"t": {"subscriptions": [{"endpoint": "queue:other"}]}},
        event_source_mappings={
            "m": batches, "n": {"event_source": "queue:q", "function_name": "g"},
            "o": {**batches, "function_name": "g", "destination_config": {
                "on_failure": {"destination_arn": "topic:t"}}}})
    ran = program.run("simulate", "rejected.json", "--format", "csv")
    rows = {(row["entity"], row["metric"]): float(row["mean"] or "nan")
            for row in csv.DictReader(io.StringIO(ran.out))}
    got = lambda entity, metric: rows.get((entity, metric), -1)  # noqa: E731
    problems = program.wrong(ran, 0, out=None)
    for name, left, right in [
            ("to the queue", got("esm:m", "destination_messages"), got("queue:q", "messages_sent")),
            ("to the topic", got("esm:o", "destination_messages"),
             got("topic:t", "messages_published")),
    ]:
        problems += [] if left == right > 10 else [f"{name}: {left} is not {right}"]
    if not got("esm:m", "records_failed_to_destination") > got("esm:m", "destination_messages"):
        problems += ["each record has its own message"]
    tap.case("batches that a mapping gives up are told", problems)


def shown(tap, program):
    """What became of events stands in the table."""
    program.scenario(
        "shown.json", workloads__w__to="topic:t", run__duration_s=3600,
        topics={"t": {"subscriptions": [{"endpoint": "function:f"},
                                        {"endpoint": "function:g", "filter_fraction": 0.5}]}},
        event_buses={"b": {"rules": [{"target": "stream:s"}]}},
        streams={"s": {"shard_count": 1}},
        functions__f__error_rate=0.5,
        functions__f__emits=[{"to": "event_bus:b"}, {"to": "stream:s", "bytes": 100}],
        functions__g={"duration_ms": 100, "runtime": "python3.12"},
        event_source_mappings={"m": {"event_source": "stream:s", "function_name": "g"}})
    ran = program.run("simulate", "shown.json", "--output", "shown")
    rows = {(row["entity"], row["metric"]): float(row["mean"] or "nan") for row in csv.DictReader(
        io.StringIO(program.contents("shown").get("summary.csv", b"").decode()))}
    problems = program.wrong(ran, 0, out=None)
    for text in (r"\n  topic +published +delivered +filtered\n  t +[\d,]+ ",
                 r"\n  event bus +published +delivered\n  b ",
                 r"\n  called by events +events +succeeded +tried again +dropped",
                 r"\n  end to end +p50 +p99 +max\n"):
        problems += [] if re.search(text, ran.out) else [f"no /{text}/ in {ran.out}"]
    sent = rows.get(("function:f", "messages_emitted"), -1)
    for name, value in (("stream:s", "records_offered"), ("event_bus:b", "messages_published")):
        part = 1 if name == "stream:s" else 0.5
        problems += [] if abs(rows.get((name, value), 0) - part * sent) <= 3 and sent > 1000 else [
            f"{name}: {rows.get((name, value))} of {sent}"]
    tap.case("the table shows topics, buses, events and chains", problems)


def lost(tap, program):
    """What nothing keeps is said; what something keeps is not."""
    changes = {"workloads__w__source": "s3", "functions__f__error_rate": 0.5, "run__warm_up_s": 0,
               "run__duration_s": 3600}
    program.scenario("lost.json", **changes)
    ran = program.run("simulate", "lost.json")
    said = re.search(r"function f: of its asynchronous events ([\d,]+) were dropped", " ".join(
        ran.out.split()))
    tap.case("events that are dropped are told", program.wrong(ran, 0, out=None) + (
        [] if said and int(said[1].replace(",", "")) > 100 else [f"{ran.out}"]))
    program.scenario("kept.json", functions__f__dead_letter_config={"target": "queue:q"},
                     queues={"q": {}}, **changes)
    ran = program.run("simulate", "kept.json")
    tap.case("events that a queue keeps are not", program.wrong(ran, 0, out=None) + (
        [] if "asynchronous events" not in ran.out else [f"{ran.out}"]))


def quotas(tap, program):
    """What a publisher is refused is lost, and said; and what helps, helps."""
    five_hundred = {"arrivals": {"process": "constant", "rate_per_s": 500}}
    queue = {"to": "queue:q", **five_hundred}
    bus = {"to": "event_bus:e", "arrivals": {"process": "constant", "rate_per_s": 12000}}
    taken = {"queues__q": {"fifo_queue": True}}
    rule = {"event_buses": {"e": {"rules": [{"target": "queue:s"}]}}, "queues": {"s": {}}}
    high = {"fifo_queue": True, "fifo_throughput_limit": "perMessageGroupId"}
    said = r"{} messages were throttled to the end and never came in: "
    for name, settings, refused in (
            ("a FIFO queue takes 300 calls", {"workloads__w": queue, **taken},
             "queue q: " + said.format(r"3,\d\d\d") + "a FIFO queue takes 300 calls a second"),
            ("in batches more", {"workloads__w": {**queue, "records_per_put": 2}, **taken}, None),
            ("high throughput more", {"workloads__w": queue, "queues__q": high}, None),
            ("PutEvents takes 10,000 calls", {"workloads__w": bus, **rule},
             "event bus e: " + said.format(r"\d\d,\d\d\d") + "PutEvents has a rate"),
            ("in batches more events", {"workloads__w": {**bus, "records_per_put": 10}, **rule}, None)):
        program.scenario("quota.json", run={"duration_s": 20, "replications": 1}, **settings)
        ran = program.run("simulate", "quota.json")
        text = " ".join(ran.out.split())
        found = re.search(refused or said.format(".*"), text)
        tap.case(f"quotas: {name}", program.wrong(ran, 0, out=None) + (
            [] if (found is not None) == (refused is not None) else [text]))
    program.scenario("quota.json", workloads__w={**bus, "records_per_put": 11}, **rule)
    tap.case("quotas: eleven events in a call", program.wrong(
        program.run("validate", "quota.json"), 1, "11 is above the 10 entries of a PutEvents call"))
    program.scenario("quota.json", workloads__w=queue,
                     queues__q={"fifo_throughput_limit": "perMessageGroupId"})
    tap.case("quotas: high throughput of a standard queue", program.wrong(
        program.run("validate", "quota.json"), 1, "fifo_throughput_limit: is for FIFO queues"))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (runaways, endless, endless_designs, pipelines, rejected, shown, triggers, lost,
                     quotas):
            part(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
