#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gigabyte through every reader: all of it is read, in bounded memory. Only with LAMBDAPLAN_LONG
(scripts/test --long); LAMBDAPLAN_LARGE_BYTES makes it another size.

usage: test_large.py EXECUTABLE SOURCE_ROOT
"""
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

SIZE = int(os.environ.get("LAMBDAPLAN_LARGE_BYTES", 1_000_000_000))
MEMORY_MAX_KB = 400_000  # buffers, parts of several threads and what the sanitizer needs
ROWS = 2000              # of a block

REPORT = ("REPORT RequestId: {id}{t}Duration: 99.50 ms{t}Billed Duration: 100 ms{t}Memory Size: 1024 MB"
          "{t}Max Memory Used: 60 MB{t}")
TELEMETRY = ('{{"time":"2024-01-02T00:00:00.000Z","type":"platform.report","record":{{"requestId":'
             '"{id}","metrics":{{"durationMs":99.5,"billedDurationMs":100,"memorySizeMB":1024,'
             '"maxMemoryUsedMB":60}}}}}}\n')
FILLER = "2024-01-02T00:00:00.000Z an application's line of some length, as there are many\n"
CUR = "Usage,2024-02-01T00:00:00Z,2024-02-01T01:00:00Z,AWSLambda,USW2-Request,1000,USD,0.0002,us-west-2\n"

# Format: text before the rows, a row ("{id}" is its own), text behind them.
FORMATS = {
    "lambda-log": ("", "2024-01-02T00:00:00.000Z " + REPORT.replace("{t}", "\t") + "\n" + FILLER, ""),
    "lambda-json-log": ("", TELEMETRY, ""),
    "cloudwatch-events": ('{"events": [\n{"timestamp": 1704153600000, "message": "x"}', ',\n{{"timestamp": '
                          '1704153600000, "message": "' + REPORT.replace("{t}", "\\\\t") + '"}}',
                          "\n]}\n"),
    "splunk-csv": ('"_time","_raw"\n', '"2024-01-02T00:00:00.000Z","'
                   + REPORT.replace("{t}", " ") + '"\n', ""),
    "insights-csv": ("@timestamp,@requestId,@type,@duration,@billedDuration,@memorySize,@message\n",
                     '2024-01-02 00:00:00.000,{id},REPORT,99.5,100,1.024E9,"two\nlines, ""quoted"""\n',
                     ""),
    "insights-json": ('{"results": [[{"field": "@type", "value": "START"}]',
                      ',\n[{{"field":"@timestamp","value":"2024-01-02 00:00:00.000"}},{{"field":"@type",'
                      '"value":"REPORT"}},{{"field":"@requestId","value":"{id}"}},{{"field":"@duration",'
                      '"value":"99.5"}},{{"field":"@billedDuration","value":"100"}},{{"field":'
                      '"@memorySize","value":"1.024E9"}}]', '\n], "status": "Complete"}\n'),
    "mapped-csv": ("when,took,paid,mem,note\n", "1704153600.5,99.5,100,1024,{id}\n", ""),
}
MAP = ("--map", "start_s=when,duration_ms=took,billed_ms=paid,memory_mb=mem")


def blocks(head, row, tail):
    """(The parts of a file of at least SIZE bytes, how many rows it has.) Ids are unique."""
    block = "".join(row.format(id=f"BBBBBBBB-{i:06}") for i in range(ROWS)).encode()
    count = SIZE // len(block) + 1

    def parts():
        yield head.encode()
        for number in range(count):
            yield block.replace(b"BBBBBBBB", b"%08d" % number)
        yield tail.encode()

    return parts(), count * ROWS


def run(program, parts, *arguments):
    """(exit code, stdout, stderr, peak memory in KB) of the program with the parts on its stdin."""
    environment = dict(program.environment)
    environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
    child = subprocess.Popen([program.executable, *arguments], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=program.folder,
                             env=environment)
    said = {}
    readers = [threading.Thread(target=lambda name, stream: said.update({name: stream.read()}),
                                args=(name, getattr(child, name))) for name in ("stdout", "stderr")]
    for reader in readers:
        reader.start()
    try:
        for part in parts:
            child.stdin.write(part)
        child.stdin.close()
    except BrokenPipeError:
        pass
    for reader in readers:
        reader.join()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return (child.returncode, said["stdout"].decode(), said["stderr"].decode(errors="replace"),
            usage.ru_maxrss)


def bounded(memory):
    return [] if memory < MEMORY_MAX_KB else [f"{memory:,} KB of memory"]


def bills(tap, program):
    for name, (head, row, tail) in FORMATS.items():
        parts, rows = blocks(head, row, tail)
        what = MAP if name == "mapped-csv" else ("--input-format", name)
        code, out, err, memory = run(program, parts, "bill", "-", *what, "--region", "us-east-1",
                                     "--free-tier", "off", "--format", "json", "-q")
        problems = [] if code == 0 else [f"exit {code}: {err[:500]}"]
        if not problems:
            bill = json.loads(out)
            seconds = sum(float(line["quantity"]) for month in bill["months"]
                          for line in month["lines"] if line["sku"] == "duration-x86")
            if bill["invocations"] != rows or abs(seconds - rows / 10) > 1e-6 * rows:
                problems.append(f"{bill['invocations']} of {rows}, {seconds} GB-seconds")
        tap.case(f"{SIZE:,} bytes of {name} by a pipe", problems + bounded(memory))


def files(tap, program):
    """A table that is a plain file is read by several threads."""
    head, row, tail = FORMATS["insights-csv"]
    parts, rows = blocks(head, row, tail)
    with open(program.path("large.csv"), "wb") as file:
        for part in parts:
            file.write(part)
    code, out, err, memory = run(program, [], "bill", "large.csv", "--region", "us-east-1",
                                 "--format", "json", "-q")
    os.unlink(program.path("large.csv"))
    problems = [] if code == 0 and json.loads(out)["invocations"] == rows else [f"exit {code}: {err[:500]}"]
    tap.case(f"{SIZE:,} bytes of a file, by threads", problems + bounded(memory))


def reports(tap, program):
    header = ("lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,"
              "lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,lineItem/CurrencyCode,"
              "lineItem/UnblendedCost,product/region\n")
    parts, rows = blocks(header, CUR, "")
    code, out, err, memory = run(program, parts, "bill", "-", "--format", "json", "-q")
    problems = [] if code == 0 else [f"exit {code}: {err[:500]}"]
    if not problems and abs(float(json.loads(out)["charged_usd"]) - rows * 0.0002) > 1e-6:
        problems.append(json.loads(out)["charged_usd"])
    tap.case(f"{SIZE:,} bytes of a Cost and Usage Report", problems + bounded(memory))


def offers(tap, program):
    """Products that are not priced here are not kept, however many."""
    product = (',\n"{id}": {{"sku": "{id}", "productFamily": "Odd", "attributes": {{"servicecode": '
               '"AWSLambda", "usagetype": "Odd-Thing", "regionCode": "us-east-1"}}}}')
    wanted = ('"R": {"sku": "R", "attributes": {"servicecode": "AWSLambda", "usagetype": "Request", '
              '"regionCode": "us-east-1"}}')
    terms = ('}, "terms": {"OnDemand": {"R": {"R.T": {"effectiveDate": "2026-10-01T00:00:00Z", '
             '"priceDimensions": {"R.T.P": {"unit": "Requests", "beginRange": "0", "endRange": "Inf", '
             '"pricePerUnit": {"USD": "0.0000002"}}}}}}}}')
    head = '{"offerCode": "AWSLambda", "publicationDate": "2026-10-05T00:00:00Z", "products": {'
    parts, rows = blocks(head + wanted, product, terms)
    code, _, err, memory = run(program, parts, "prices", "import", "-", "--output", "large.csv")
    problems = [] if code == 0 and "with 1 price;" in err and f"{rows:,} entries" in err else [
        f"exit {code}: {err[:500]}"]
    tap.case(f"{SIZE:,} bytes of an offer in JSON", problems + bounded(memory))

    header = ('"Publication Date","2026-10-05T00:00:00Z"\nSKU,TermType,EffectiveDate,Unit,PricePerUnit,'
              "Currency,Product Family,serviceCode,usageType,Region Code\n")
    row = "{id},OnDemand,2026-10-01,{{}},0.1,USD,Odd,AWSLambda,{{}},us-east-1\n".format(id="{id}")
    good = row.format("Requests", "Request", id="R").replace("0.1", "0.0000002")
    parts, rows = blocks(header + good, row.format("Things", "Odd-Thing", id="{id}"), "")
    code, _, err, memory = run(program, parts, "prices", "import", "-", "--output", "large.csv")
    problems = [] if code == 0 and "with 1 price;" in err and f"{rows:,} entries" in err else [
        f"exit {code}: {err[:500]}"]
    tap.case(f"{SIZE:,} bytes of an offer in CSV", problems + bounded(memory))


def refused(tap, program):
    """What is held in memory as a whole has a limit, and says so before it is full."""
    for name, arguments, head, row in (
            ("a scenario", ("validate", "-"), "{", '"{id}": 1,\n'),
            ("a template", ("import", "-"), "Resources:\n", "  A{id}: {{Type: X}}\n"),
            ("a line without an end", ("bill", "-", "--input-format", "lambda-log"), "REPORT ", "x{id}")):
        parts, _ = blocks(head, row, "")
        code, out, err, memory = run(program, parts, *arguments)
        problems = [] if code == 1 and out == "" and err.startswith("error: ") else [
            f"exit {code}: {err[:500]}"]
        tap.case(f"{SIZE:,} bytes of {name}", problems + bounded(memory))


def main():
    if "LAMBDAPLAN_LONG" not in os.environ:
        print("1..0 # SKIP it takes minutes: scripts/test --long")
        return
    tap, program = Tap(), Program(*arguments_of(sys.argv))
    try:
        bills(tap, program)
        files(tap, program)
        reports(tap, program)
        offers(tap, program)
        refused(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
