#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`bill` as users call it: logs, CSV by a mapping, AWS's own bills, bad input. One TAP case each.

usage: test_bill.py EXECUTABLE SOURCE_ROOT
"""
import csv
import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

HEADER = ("option,entity,service,sku,region,unit,quantity,free_quantity,unit_price_usd,tier_from,"
          "cost_usd,price_effective_from").split(",")
FILES = {"bill.csv", "functions.csv", "waste.csv", "what_if.csv", "charges.csv", "run.json"}
MAPPING = ("start_ms=start_time,duration_ms=aws_duration,billed_ms=aws_billed_duration,"
           "cold=is_cold,max_memory_mb=aws_max_mem")
SPLUNK = '''"_time","_raw"
"2015-10-08T15:41:07.000-0700","2015-10-08T22:41:07.000Z REPORT RequestId: 7a\
 Duration: 6643.74 ms Billed Duration: 6700 ms Memory Size: 1024 MB Max Memory Used: 14 MB"
'''
# Half in the era of 100 ms, half in that of 1 ms; no Billed Duration: the rules of the day.
PLAIN = """began,took,name,mem
2020-11-30T23:59:59Z,5.5,a,1024
2020-12-01T00:00:00Z,5.5,a,1024
2020-12-01T00:00:01Z,2000,b,2048
"""


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def total(text):
    return sum(Decimal(row["cost_usd"]) for row in rows(text))


def equal(got, wanted, what):
    return [] if got == wanted else [f"{what} is {got!r}, not {wanted!r}"]


def sample(program, *parts):
    return os.path.join(program.root, "tests", "data", *parts)


def report_lines(tap, program):
    path = sample(program, "logs", "report_lines.txt")
    ran = program.run("bill", path, "--as-of", "2020-06-01", "--free-tier", "off", "--format",
                      "csv", "--output", "lines")
    problems = program.wrong(ran, 0, "18 invocations have no date", out=None)
    problems += equal(ran.out.splitlines()[0].split(","), HEADER, "the header")
    problems += equal([(row["option"], row["sku"], row["quantity"]) for row in rows(ran.out)],
                      [("undated", "request", "18"), ("undated", "duration-x86", "2.075")],
                      "the usage")
    # As printed 1,982,592 MB-ms; the lines that show steps of 1 ms, by those of 100 ms of that day:
    # 2,124,800 MB-ms / 1,024,000 x 0.0000166667, and 18 x 0.0000002
    problems += equal(total(ran.out), Decimal("0.000038183403"), "the cost")
    problems += equal(program.listing("lines"), FILES, "the folder")
    problems += equal(program.contents("lines")["bill.csv"].decode(), ran.out, "bill.csv")
    run = json.loads(program.contents("lines")["run.json"])
    problems += equal(run["cost_usd"], "0.000038183403", "cost_usd of run.json")
    tap.case("REPORT lines, every variant", problems)

    packed = program.file("lines.gz", gzip.compress(open(path, "rb").read()))
    again = program.run("bill", packed, "--as-of", "2020-06-01", "--free-tier", "off", "--format",
                        "csv")
    with open(path, "rb") as file:
        piped = program.run("bill", "-", "--as-of", "2020-06-01", "--free-tier", "off", "--format",
                            "csv", stdin=file.read())
    tap.case("the same from an archive and from a pipe",
             equal(again.out, ran.out, "the archive's bill") +
             equal(piped.out, ran.out, "the pipe's bill"))


def splunk(tap, program):
    path = program.file("splunk.csv", SPLUNK)
    ran = program.run("bill", path, "--free-tier", "off", "--format", "csv")
    problems = program.wrong(ran, 0, out=None)
    problems += equal([row["option"] for row in rows(ran.out)], ["2015-10"] * 2, "the month")
    # 6.7 GB-s x 0.00001667 + 0.0000002, as the price of October 2015
    problems += equal(total(ran.out), Decimal("0.000111889"), "the cost")
    tap.case("a line of 2015 in a Splunk export", problems)


def azure(tap, program):
    folder = sample(program, "traces", "azure-functions-2019", "official100_min480-959")
    ran = program.run("bill", folder, "--free-tier", "off", "--as-of", "2026-09-25", "--format",
                      "json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        found = json.loads(ran.out)
        problems += equal(min(f["memory_mb_min"] for f in found["functions"]), 128, "the least memory")
        problems += equal([w for w in found["waste"] if w["kind"] == "memory"], [], "memory's waste")
        problems += equal([f for f in found["functions"] if f.get("max_memory_used_mb")], [],
                          "what was used of what nobody bought")
        for words in ("20 functions have no memory size", "of 16 functions Lambda did not have"):
            if not any(words in one for one in found["warnings"]):
                problems.append(f"no note says {words}")
    tap.case("Azure's average memory is not what Lambda sells", problems)


def mapped(tap, program):
    folder = os.path.join(program.root, "data", "traces", "pacslab-lambda-2020")
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
             if name.endswith(".csv")]
    ran = program.run("bill", *files, "--map", MAPPING, "--memory", "128", "--format", "json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        found = json.loads(ran.out)
        # 3,136,600 ms and 818,200 ms are billed, by the files' own column; 128 MB is 1/8 GB.
        lines = {month["month"]: month["lines"][1]["quantity"] for month in found["months"]}
        problems += equal(lines, {"2020-05": "392.075", "2020-06": "102.275"}, "GB-seconds")
        problems += equal(found["functions"][0]["cold_starts"], 61, "cold starts")
        problems += equal(found["invocations"], 2076, "invocations")
        problems += equal(found["cost_usd"], "0", "the cost in the free tier")
    tap.case("a CSV by a mapping: billed ms are exact", problems)

    path = program.file("plain.csv", PLAIN)
    ran = program.run("bill", path, "--map",
                      "start=began,duration_ms=took,function=name,memory_mb=mem", "--free-tier",
                      "off", "--format", "csv")
    problems = program.wrong(ran, 0, "3 invocations have no Billed Duration", out=None)
    problems += equal([(row["option"], row["entity"], row["quantity"]) for row in rows(ran.out)
                       if row["sku"] == "duration-x86"],
                      [("2020-11", "function:a", "0.1"), ("2020-12", "function:a", "0.006"),
                       ("2020-12", "function:b", "4")], "GB-seconds")
    tap.case("100 ms before 2020-12-01, 1 ms since", problems)


def what_if(tap, program):
    path = program.file("if.csv", PLAIN)
    mapping = "start=began,duration_ms=took,function=name,memory_mb=mem"
    ran = program.run("bill", path, "--map", mapping, "--free-tier", "off", "--as-of",
                      "2024-01-01", "--what-if", "memory_size=512,architecture=arm64", "--format",
                      "json")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        found = json.loads(ran.out)["what_if"]
        # By the rules of 2024 (6 + 6 + 2,000) ms x 0.5 GB; or 0.012 GB-s + 2 s x 2 GB.
        problems += equal([Decimal(one["cost_usd"]) for one in found],
                          [Decimal("0.0000140134"), Decimal("0.0000540936")], "the costs")
    tap.case("another memory size and architecture", problems)
    csv_only = program.run("bill", path, "--map", mapping, "--what-if", "memory_size=512",
                           "--format", "csv")
    tap.case("--format csv says where the what-if is",
             program.wrong(csv_only, 0, r"with --output DIR what_if\.csv", out=None))


def same_content(tap, program):
    """The tables of --output say what --format json does."""
    cases = [("log", ("if.csv", "--map", "start=began,duration_ms=took,function=name,memory_mb=mem",
                      "--what-if", "memory_size=512", "--free-tier", "off")),
             ("bill", (sample(program, "billing", "cur-2.csv"),))]
    kinds = {"functions": "functions.csv", "waste": "waste.csv", "what_if": "what_if.csv",
             "charges": "charges.csv"}
    program.file("if.csv", PLAIN)
    seen = set()
    for name, arguments in cases:
        ran = program.run("bill", *arguments, "--format", "json", "--output", name)
        problems = program.wrong(ran, 0, out=None)
        found = json.loads(ran.out) if not problems else {}
        for key, file in kinds.items():
            table = rows(program.contents(name)[file].decode())
            seen |= {key} if table else set()
            problems += equal(
                [{k: v for k, v in row.items() if v != ""} for row in table],
                [{k: str(v) for k, v in one.items() if v != ""} for one in found.get(key, [])], file)
        lines = [line for month in found.get("months", []) for line in month["lines"]]
        table = rows(program.contents(name)["bill.csv"].decode())
        problems += equal([row["cost_usd"] for row in table],
                          [one["cost_usd"] for one in lines + found.get("charges", [])], "bill.csv")
        tap.case(f"the tables and JSON have the same content: a {name}", problems)
    tap.case("each table had content once", equal(seen, set(kinds), "what was filled"))


def bills(tap, program):
    ran = program.run("bill", sample(program, "billing", "focus-1.0.csv"), "--format", "csv")
    problems = program.wrong(ran, 0, out=None)
    problems += equal(total(ran.out), Decimal("1.0598035934"), "the FOCUS sample's total")
    tap.case("a FOCUS bill", problems)
    ran = program.run("bill", sample(program, "billing", "cur-legacy.csv"),
                      sample(program, "billing", "cur-2.csv"))
    problems = program.wrong(ran, 0, out=None)
    for words in ("A bill of \\$29.29", "differs: 1 line, \\$2.00", "agrees: 8 lines"):
        if not re.search(words, ran.out):
            problems.append(f"does not say {words}: {ran!r}")
    tap.case("Cost and Usage Reports against the price book", problems)


def twice(tap, program):
    """Lines of a bill that come again are counted once, but not those that only look alike; where
    nothing tells which they are, it is said; a file that is given twice is read once."""
    path = sample(program, "billing", "cur-legacy.csv")
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    at = lines[0].index("identity/LineItemId")
    other = program.path("other.csv")
    with open(other, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines[:1] + [
            [*line[:at], f"other-{i}", *line[at + 1:]] for i, line in enumerate(lines[1:])])
    copy = program.path("copy.csv")
    shutil.copy(path, copy)
    focus = sample(program, "billing", "focus-1.0.csv")
    same = program.path("focus-copy.csv")
    shutil.copy(focus, same)
    for name, files, dollars, said in (
            ("a copy", (path, copy), "29.09", "10 lines of the bill ($29.09) come again with the "
             "same LineItemId, time and amounts: each is counted once"),
            ("a copy in a folder of two", (os.path.dirname(copy) + "/both",), "29.09",
             "10 lines of the bill ($29.09) come again"),
            ("the same file", (path, os.path.relpath(path, program.path("."))), "29.09",
             "is given twice: it is read once"),
            ("other ids", (path, other), "58.17", None),
            ("no ids", (focus, same), "2.12", "100.0 % of the bill's lines come again as they "
             "were, and all are added up, because no LineItemId tells them apart")):
        if files[0].endswith("both"):
            os.mkdir(files[0])
            shutil.copy(path, files[0])
            shutil.copy(copy, files[0])
        ran = program.run("bill", *files)
        text = " ".join(ran.out.split())
        problems = program.wrong(ran, 0, out=None)
        problems += [] if text.startswith(f"A bill of ${dollars} ") else [ran.out]
        again = "come again" in text or "twice" in text
        problems += [] if (said in text if said else not again) else [ran.out]
        tap.case(f"a report twice: {name}", problems)


def overlapping_logs(tap, program):
    """Two exports of a log that share half of their lines: bill and fit count a call once."""
    line = ('{{"time":"2026-08-01T00:{0:02}:00.000Z","type":"platform.report","record":{{"requestId":'
            '"id-{0}","metrics":{{"durationMs":99.5,"billedDurationMs":100,"memorySizeMB":1024,'
            '"maxMemoryUsedMB":60}}}}}}\n')
    program.file("first.json", "".join(line.format(i) for i in range(40)))
    program.file("second.json", "".join(line.format(i) for i in range(20, 60)))
    said = "20 invocations come again with the same request id, time and duration"
    ran = program.run("bill", "first.json", "second.json")
    problems = program.wrong(ran, 0, out=None)
    problems += [] if ran.out.startswith("60 invocations: ") and said in ran.out else [ran.out]
    ran = program.run("fit", "first.json", "second.json", "--output", "both.json")
    problems += program.wrong(ran, 0, said, out=None)
    with open(program.path("both.json"), encoding="utf-8") as file:
        problems += [] if "to 60 calls from" in json.load(file)["comment"] else ["not 60 calls"]
    tap.case("logs that overlap", problems)


def alike_but_no_copies(tap, program):
    """An id that goes through two functions, and calls of one time that are billed otherwise or
    began otherwise: each is a call. What is said counts the calls that are left only."""
    row = "2026-08-01 00:00:00.000,id,{0},{1},1.28E8,6E7,{2}\n"
    program.file("alike.csv", "@timestamp,@requestId,@duration,@billedDuration,@memorySize,"
                 "@maxMemoryUsed,@log\n" + row.format(10, 10, "1:/aws/lambda/a") +
                 row.format(10, 10, "1:/aws/lambda/b") + row.format(10, 20, "1:/aws/lambda/a") +
                 row.format(10, 10, "1:/aws/lambda/a"))
    ran = program.run("bill", "alike.csv")
    problems = program.wrong(ran, 0, out=None)
    for words in ("3 invocations: ", "1 invocation comes again with the same request id",
                  "function:b: 1 request,"):
        problems += [] if words in ran.out else [f"does not say {words}: {ran.out}"]
    line = ("2026-08-01T00:00:00.000Z REPORT RequestId: 6f3b2d3c-1111-2222-3333-000000000001\t"
            "Duration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 60 MB\t{0}\n")
    cold = line.format("Init Duration: 100.00 ms")
    program.file("nameless.log", line.format("") + cold + cold)
    ran = program.run("bill", "nameless.log")
    problems += program.wrong(ran, 0, out=None)
    for words in ("2 invocations: ", "1 invocation comes again", "2 invocations have no function"):
        problems += [] if words in ran.out else [f"does not say {words}: {ran.out}"]
    tap.case("calls that are alike", problems)


def provisioned(tap, program):
    """An environment's init tells that its calls run on provisioned concurrency: of one stream a
    file, of several in one answer, and of several that are not told apart."""
    def init(kind):
        return json.dumps({"time": "2026-08-01T00:00:00Z", "type": "platform.initStart",
                           "record": {"initializationType": kind, "phase": "init"}})

    def report(name):
        return json.dumps({"time": "2026-08-01T00:01:00Z", "type": "platform.report", "record": {
            "requestId": name, "metrics": {"durationMs": 1000, "billedDurationMs": 1000,
                                           "memorySizeMB": 1024, "maxMemoryUsedMB": 512}}})
    ready = [init("provisioned-concurrency"), report("a"), report("b")]
    later = [init("on-demand"), report("c")]
    program.file("ready.json", "\n".join(ready) + "\n")
    program.file("later.json", "\n".join(later) + "\n")
    program.file("mixed.json", "\n".join(ready[:2] + later + ready[2:]) + "\n")
    program.file("events.json", json.dumps({"events": [
        {"logStreamName": f"2026/08/01/[$LATEST]{stream}", "timestamp": 1785542400000 + i,
         "message": line} for i, (stream, line) in enumerate(
             [("r", ready[0]), ("l", later[0]), ("r", ready[1]), ("l", later[1]), ("r", ready[2])])]}))
    on_demand, own, request = Decimal("0.0000166667"), Decimal("0.0000097222"), Decimal("0.0000002")
    said = "2 invocations ran on provisioned concurrency: their durations are at its price; "
    problems = []
    for files, cost, words in (
            (("ready.json", "later.json"), 2 * own + on_demand, said),
            (("events.json",), 2 * own + on_demand, said),
            (("mixed.json",), own + 2 * on_demand, "2 invocations are of environments of which some "
             "were of provisioned concurrency and some on demand"),
            (("ready.json", "later.json", "--region", "eu-west-1"), 3 * on_demand, "their durations "
             "are at the price on demand, because the price book has none of its own")):
        ran = program.run("bill", *files, "--free-tier", "off", "--format", "json")
        problems += program.wrong(ran, 0, out=None)
        found = json.loads(ran.out)
        problems += equal(Decimal(found["cost_usd"]), cost + 3 * request, f"the cost of {files}")
        problems += [] if any(words in note for note in found["warnings"]) else [ran.out]
        # Half of the memory is spare: never more than what was paid.
        problems += [] if all(0 <= Decimal(one["cost_usd"]) < cost for one in found["waste"]) else [
            repr(found["waste"])]
    ran = program.run("bill", "ready.json", "ready.json", "later.json", "--free-tier", "off")
    problems += [] if "2 GB-seconds x $9.7222 per million" in ran.out else [ran.out]
    tap.case("what ran on provisioned concurrency", problems)


def of_a_month(tap, program):
    """A week of a GB-second each, 10,000 an hour: 7,300,000 of them a month, the free tier once."""
    def week(name):
        return program.file(name, "at,n,ms\n" + "".join(
            f"2024-05-{6 + h // 24:02}T{h % 24:02}:00:00Z,10000,1000\n" for h in range(168)))
    mapping = ("--map", "start=at,count=n,duration_ms=ms", "--memory", "1024")
    ran = program.run("bill", week("week.csv"), *mapping)
    problems = program.wrong(ran, 0, out=None)
    problems += [] if ("\na month of 730 h: $116.26, scaled up from 7 d of data, the free tier "
                       "applied to the month\n") in ran.out else [ran.out]
    found = json.loads(program.run("bill", "week.csv", *mapping, "--format", "json").out)
    problems += equal(Decimal(found["month_cost_usd"]),
                      Decimal("1.26") + 6900000 * Decimal("0.0000166667"), "a month")
    for name, text in (("hour.csv", "at,n,ms\n2024-05-06T00:00:00Z,1,1000\n"),
                       ("undated.csv", "at,n,ms\n0,1,1000\n3600,1,1000\n7200,1,1000\n")):
        ran = program.run("bill", program.file(name, text), *mapping)
        problems += program.wrong(ran, 0, out=None)
        problems += [] if "a month of" not in ran.out else [ran.out]
    tap.case("what the data make a month", problems)


def many_waste(tap, program):
    """What is not shown of a kind is counted."""
    program.file("five.csv", "at,fn,ms,mb,max\n" + "".join(
        f"2026-08-01 0{h}:00:00,f{i},1000,1024,100\n" for h in range(3) for i in range(5)))
    ran = program.run("bill", "five.csv", "--map", "start=at,function=fn,duration_ms=ms,"
                      "memory_mb=mb,max_memory_mb=max")
    tap.case("waste that is not shown is counted", program.wrong(ran, 0, out=None) + (
        [] if "… and 2 more functions: --output DIR has all" in ran.out else [ran.out]))


def formats(tap, program):
    path = sample(program, "logs", "report_lines.txt")
    for name in ("table", "markdown", "json", "csv"):
        ran = program.run("bill", path, "--format", name, "--quiet")
        problems = program.wrong(ran, 0, out=None)
        if ran.err:
            problems.append(f"--quiet says {ran.err!r}")
        loud = program.run("bill", path, "--format", name)
        notes = {"table": "\nNotes\n", "markdown": "\n## Notes\n", "json": '"warnings"',
                 "csv": ""}[name]
        if (notes in ran.out) != (name in ("json", "csv")) or notes not in loud.out:
            problems.append("--quiet does not leave notes out of what is read, or of data")
        if name == "json":
            if not json.loads(ran.out)["warnings"]:
                problems.append("JSON without its warnings")
        elif "(unknown)" not in ran.out:
            problems.append("the function is not there")
        tap.case(f"--format {name}", problems)


def mistakes(tap, program):
    log = sample(program, "logs", "report_lines.txt")
    cases = [
        ("no file", ("bill",), 2, "argument is missing"),
        ("what-if misspelt", ("bill", log, "--what-if", "memorysize=5"), 2,
         "did you mean memory_size"),
        ("what-if without a value", ("bill", log, "--what-if", "memory_size"), 2, "expected"),
        ("two what-ifs", ("bill", log, "--what-if", "memory_size=512", "--what-if",
                          "architecture=arm64"), 2, "--what-if is given twice"),
        ("what-if beyond Lambda", ("bill", log, "--what-if", "memory_size=20000"), 1, "10240 MB"),
        ("an architecture that is none", ("bill", log, "--architecture", "mips"), 2, "x86_64"),
        ("a memory that is none", ("bill", log, "--memory", "much"), 2, "MB"),
        ("a mapping that is none", ("bill", log, "--map", "nonsense"), 2, "--map"),
        ("a format that is none", ("bill", log, "--input-format", "curr"), 2,
         "did you mean cur"),
        ("a file that is not there", ("bill", "nowhere.log"), 1, "nowhere.log"),
        ("an unknown region", ("bill", log, "--region", "eu-north-7"), 1, "eu-north-7"),
        ("no price at that date", ("bill", log, "--as-of", "2010-01-01"), 1, "2010-01-01"),
        ("a file of another kind", ("bill", program.file("image.png", b"\x89PNG\r\n\x1a\n\0\0")),
         1, "image.png"),
        ("an empty file", ("bill", program.file("empty.csv", b"")), 1, "empty"),
        ("no memory size", ("bill", program.file("mem.csv", "t,d\n1600000000,5\n"), "--map",
                            "start_s=t,duration_ms=d"), 1, "--memory"),
        ("a header and nothing else", ("bill", program.file("head.csv", PLAIN.split("\n")[0] + "\n"),
                                       "--map", "start=began,duration_ms=took"), 1, "no "),
    ]
    for name, arguments, code, said in cases:
        ran = program.run(*arguments, "--output", "never")
        problems = program.wrong(ran, code, said)
        problems += equal(program.listing("never"), set(), "the output folder")
        tap.case(name, problems)


def killed_while_rejecting(tap, program, mapping):
    """Neither half of the file nor its temporary is left; an older one stays as it was."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        program.file("kept.csv", "file,line,reason,row\nold\n")
        before = program.listing("")
        started = program.start("bill", "-", *mapping, "--rejects", "kept.csv",
                                stdin=subprocess.PIPE)
        started.stdin.write((PLAIN + "yesterday,5,a,1024\n" * 20000).encode())
        started.stdin.flush()
        deadline = time.monotonic() + 60
        while program.listing("") == before and time.monotonic() < deadline:
            time.sleep(0.02)
        problems = [] if program.listing("") != before else ["no temporary was seen"]
        started.send_signal(number)
        out, err = (text.decode() for text in started.communicate(timeout=60))
        problems += [] if started.returncode not in (0, 1, 2) else [f"exit {started.returncode}"]
        problems += [] if "interrupted" in err and out == "" else [f"{out!r}, {err!r}"]
        problems += equal(program.listing(""), before, "the folder")
        with open(program.path("kept.csv"), encoding="utf-8") as file:
            problems += equal(file.read(), "file,line,reason,row\nold\n", "the older file")
        tap.case(f"{signal.Signals(number).name} while rows are rejected", problems)


def rejects(tap, program):
    path = program.file("bad.csv", PLAIN + "yesterday,5,a,1024\n")
    mapping = ("--map", "start=began,duration_ms=took,function=name,memory_mb=mem")
    ran = program.run("bill", path, *mapping, "--rejects", "rejects.csv", "--format", "csv")
    problems = program.wrong(ran, 0, out=None)
    found = ""
    if os.path.exists(program.path("rejects.csv")):
        with open(program.path("rejects.csv"), encoding="utf-8") as file:
            found = file.read()
    if not re.search(r"bad\.csv\W+5,.*yesterday", found):
        problems.append(f"rejects.csv is {found!r}")
    tap.case("a row that cannot be read is written to the rejects", problems)
    ran = program.run("bill", path, *mapping, "--quiet")
    tap.case("the first line tells how many rows are missing", program.wrong(ran, 0, out=None) + (
        [] if re.match(r"3 invocations: \$[0-9.]+; 1 of 4 rows could not be read\n", ran.out)
        else [ran.out]))
    ran = program.run("bill", path, *mapping)
    tap.case("and where it says why",
             [] if "rows could not be read: see Notes\n" in ran.out else [ran.out])
    cut = program.file("cut.log", "REPORT RequestId: a\tDuration: 5 ms\tBilled Duration: 6 ms\tMemory "
                       "Size: 128 MB\tMax Memory Used: 48 MB\t\nREPORT RequestId: b\tDuration: 5 ms"
                       "\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Mem")
    ran = program.run("bill", cut)
    tap.case("a log that ends in mid-line", program.wrong(ran, 0, out=None) + (
        [] if ran.out.startswith("1 invocation: ") and "; 1 of 2 rows could not" in ran.out
        and "cut off" in ran.out else [ran.out]))
    no_memory = program.file("zero.log", open(cut, encoding="utf-8").read().split("\n")[0].replace(
        "Size: 128", "Size: 0") + "\n" + open(cut, encoding="utf-8").read().split("\n")[0] + "\n")
    zero_csv = program.file("zero.csv", PLAIN.replace("a,1024\n2020-12-01T00:00:01", "a,0\n2020-12-01T00:00:01"))
    for name, where, arguments in (("a log", r"zero\.log:1", (no_memory,)),
                                   ("a CSV", r"zero\.csv:3", (zero_csv, *mapping))):
        ran = program.run("bill", *arguments, "--strict")
        problems = program.wrong(ran, 1, where + ".*memory size is 0")
        ran = program.run("bill", *arguments, "--rejects", "zero.rejects", "--format", "json")
        problems += program.wrong(ran, 0, out=None)
        problems += equal(json.loads(ran.out)["rows_rejected"], 1, "what was rejected")
        with open(program.path("zero.rejects"), encoding="utf-8") as file:
            problems += [] if "memory size is 0" in file.read() else ["it is not in the rejects"]
        tap.case(f"a memory size of 0 in {name} is a row that cannot be read", problems)
    killed_while_rejecting(tap, program, mapping)
    ran = program.run("bill", path, *mapping, "--strict", "--output", "strict")
    problems = program.wrong(ran, 1, r"bad\.csv:5")
    problems += equal(program.listing("strict"), set(), "the output folder")
    tap.case("--strict makes it an error", problems)


def many(tap, program):
    """Big enough for several threads: their number changes nothing, retries across them count."""
    with open(program.path("many.csv"), "w", encoding="utf-8") as file:
        file.write("t,d,f,m,r\n")
        for i in range(400000):
            file.write(f"{1600000000 + i * 20},{i % 977}.25,func-{i * 7 % 31},"
                       f"{128 << i % 3},00000000-1111-2222-3333-{i - (i % 8 == 7):012d}\n")
    arguments = ("bill", "many.csv", "--map", "start_s=t,duration_ms=d,function=f,memory_mb=m,"
                 "request_id=r", "--format", "json")
    one = program.run(*arguments, "--jobs", "1")
    four = program.run(*arguments, "--jobs", "4")
    problems = program.wrong(one, 0, out=None) + equal(four.out, one.out, "the bill of four threads")
    if one.code == 0:
        found = json.loads(one.out)
        problems += equal(found["invocations"], 400000, "invocations")
        problems += equal(sum(f["retries"] for f in found["functions"]), 50000, "retries")
    tap.case("one thread or four", problems)
    with open(program.path("names.csv"), "w", encoding="utf-8") as file:
        file.write("t,d,f,m\n")
        for i in range(500001):
            file.write(f"1600000000,1,f{i},128\n")
    ran = program.run("bill", "names.csv", "--map", "start_s=t,duration_ms=d,function=f,memory_mb=m")
    tap.case("a column of functions that is none", program.wrong(ran, 1, "too many|more than"))


def words(tap, program):
    """Counts of one, what is left out, and months that days are scaled up to."""
    line = "REPORT RequestId: {0}\tDuration: 5 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\n"
    ran = program.run("bill", program.file("one.log", line.format("a")))
    tap.case("one invocation is no invocations", program.wrong(ran, 0, out=None) + (
        [] if "for 1 invocation, " in ran.out and "1 invocations" not in ran.out else [ran.out]))
    rows = "t,d,b,f,m,u\n" + "".join(
        f"{1700000000 + i * 3600},800,1000,f{i % 9},1024,100\n" for i in range(72))
    path = program.file("days.csv", rows)
    mapping = ("--map", "start_s=t,duration_ms=d,billed_ms=b,function=f,memory_mb=m,"
               "max_memory_mb=u")
    ran = program.run("bill", path, *mapping)
    kept = program.run("bill", path, *mapping, "--output", "kept")
    problems = program.wrong(ran, 0, out=None) + program.wrong(kept, 0, out=None)
    problems += [] if "… and 10 more lines: --output DIR has all" in ran.out else [ran.out]
    problems += [] if "… and 10 more lines in bill.csv" in kept.out else [kept.out]
    tap.case("what is left out is in a file only where one is written", problems)
    title = "Paid for nothing, a month, scaled up from 71 h of data; kinds overlap"
    with open(program.path("kept/waste.csv"), encoding="utf-8") as file:
        waste = [row for row in csv.DictReader(file) if row["function"] == ""]
    # All is within the free tier of a month, too.
    problems = [] if title in ran.out else [ran.out]
    ran = program.run("bill", path, *mapping, "--no-free-tier", "--output", "kept")
    with open(program.path("kept/waste.csv"), encoding="utf-8") as file:
        paid = [row for row in csv.DictReader(file) if row["function"] == ""]
    factor = 730 / 71
    problems += [f"{row}" for row in waste if float(row["month_cost_usd"]) != 0]
    problems += [f"{row}" for row in paid if abs(
        float(row["month_cost_usd"]) - factor * float(row["cost_usd"])) > 1e-9]
    tap.case("waste of a month", problems if waste and paid else ["there is no waste"])


def memory(tap, program):
    """Of a file, and of eight times as much: the ids that are remembered are the same number."""
    head = "@timestamp,@requestId,@type,@duration,@billedDuration,@memorySize,@maxMemoryUsed,@log\n"
    peak = {}
    for times in (1, 8):
        with open(program.path("large.csv"), "w", encoding="utf-8") as file:
            file.write(head)
            for i in range(40000 * times):
                file.write(f"2024-01-02 03:04:05.{i % 1000:03},{i:08x}-0000-4000-8000-{i:012x},"
                           f"REPORT,{i % 900}.25,{i % 900 + 1},1.28E8,6.0E7,1:/aws/lambda/f{i % 9}\n")
        code, peak[times] = program.peak_mb("bill", "large.csv", "--jobs", "2")
        if code != 0:
            peak[times] = float("inf")
    with open(program.executable, "rb") as file: # sanitizers take several times the memory
        bound = 250 if b"__asan_init" in file.read() else 100
    tap.case("memory does not grow with a log", [] if peak[8] < min(bound, peak[1] + 24)
             else [f"{peak[1]:.0f} MB, then {peak[8]:.0f} MB"])


def disk_full(tap, program):
    log = sample(program, "logs", "report_lines.txt")
    ran = program.run("bill", log, "--output", "full", limit=100)
    problems = program.wrong(ran, 1, "cannot be written", out=None)
    problems += equal(program.listing("full"), set(), "the output folder")
    tap.case("a disk that is full leaves no file", problems)
    with open("/dev/full", "w", encoding="utf-8") as full:
        ran = program.run("bill", log, stdout=full)
    tap.case("standard output that is full", program.wrong(ran, 1, "cannot be written", out=None))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (report_lines, splunk, azure, mapped, what_if, same_content, bills,
                     twice, overlapping_logs, alike_but_no_copies, provisioned, of_a_month,
                     many_waste, formats, mistakes, rejects, words, many, memory, disk_full):
            part(tap, program)
            sys.stdout.flush()
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
