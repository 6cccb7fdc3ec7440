#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of real files, read by the program as a user would, with totals that were counted by
hand; and every sample in tests/data and data/traces is named by some test.

usage: test_samples.py EXECUTABLE SOURCE_ROOT
"""
import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

# File of tests/data: invocations, billed GB-seconds, first, last.
LOGS = {
    "logs/mixed.log": (2, "0.58725", "2020-06-09 15:02:23", "2023-11-16 07:29:18"),
    "traces/insights/export.csv": (2, "3.001625", "2023-11-14 22:13:20", "2023-11-14 22:13:21"),
    "traces/insights/results.json": (1, "0.001625", "2023-11-14 22:13:20", "2023-11-14 22:13:20"),
}
# Files that a test reads as part of their folder, under whatever name.
IN_FOLDERS = {"memory.csv"}


def logs(tap, program, data):
    for name, wanted in LOGS.items():
        ran = program.run("bill", os.path.join(data, name), "--region", "us-east-1", "--format",
                          "json", "-q")
        problems = program.wrong(ran, 0, out=None)
        if not problems:
            bill = json.loads(ran.out)
            seconds = sum(float(line["quantity"]) for month in bill["months"]
                          for line in month["lines"] if line["sku"] == "duration-x86")
            got = (bill["invocations"], f"{seconds:.9g}", bill["first"], bill["last"])
            problems += [] if got == wanted else [f"{got} instead of {wanted}"]
        tap.case(name, problems)


def legacy_report(tap, program, data):
    """The header of a real report, 94 columns wide, over rows of our own."""
    with open(os.path.join(data, "billing/cur-legacy-header.csv"), encoding="utf-8") as file:
        header = next(csv.reader(file))
    problems = [] if len(header) == 94 else [f"{len(header)} columns"]
    text = io.StringIO()
    report = csv.DictWriter(text, header, restval="", lineterminator="\n")
    report.writeheader()
    for kind, usage, amount, cost in (("Usage", "USW2-Request", "3000000", "0.6"),
                                      ("Usage", "USW2-Lambda-GB-Second", "600000", "10.00002"),
                                      ("Tax", "", "1", "0.5")):
        report.writerow({"lineItem/LineItemType": kind, "lineItem/UsageType": usage,
                         "lineItem/UsageStartDate": "2023-05-01T00:00:00Z",
                         "lineItem/UsageEndDate": "2023-05-01T01:00:00Z",
                         "lineItem/ProductCode": "AWSLambda", "lineItem/UsageAmount": amount,
                         "lineItem/CurrencyCode": "USD", "lineItem/UnblendedCost": cost,
                         "product/region": "us-west-2"})
    ran = program.run("bill", program.file("report.csv", text.getvalue()), "--format", "json", "-q")
    problems += program.wrong(ran, 0, out=None)
    if not problems:
        bill = json.loads(ran.out)
        got = (bill["charged_usd"], [charge["verdict"] for charge in bill["charges"]])
        problems += [] if got[0] == "11.10002" and got[1].count("agrees") == 2 else [str(got)]
    tap.case("billing/cur-legacy-header.csv", problems)
    ran = program.run("bill", os.path.join(data, "billing/cur-legacy-header.csv"))
    tap.case("its header alone", program.wrong(ran, 1, "nothing was read"))


def answers(tap, program, data):
    name = "test_config_poll_rule_evaluation.kinesis.DescribeStream_2.json"
    ran = program.run("import", os.path.join(data, "imports/recorded-aws", name), "--as-of",
                      "2024-01-01", "-q")
    problems = program.wrong(ran, 0, out=None)
    if not problems:
        streams = {key: (value["shard_count"], value["retention_period"])
                   for key, value in json.loads(ran.out)["streams"].items()}
        problems += [] if streams == {"dev2": (1, 24)} else [str(streams)]
    tap.case(name, problems)


def named(tap, root):
    tests = ""
    for folder, _, names in os.walk(os.path.join(root, "tests")):
        if "corpus" not in folder:
            for name in names:
                if re.search(r"\.(c|h|py|build)$", name):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        tests += re.sub(r'"\n\s*"', "", file.read())  # strings over two lines
    missing, samples = [], 0
    for base in ("tests/data", "data/traces"):
        for folder, _, names in os.walk(os.path.join(root, base)):
            for name in names:
                if re.match(r"LICENSE|README|SOURCES", name) or name in IN_FOLDERS:
                    continue
                samples += 1
                if name not in tests:
                    missing.append(os.path.relpath(os.path.join(folder, name), root))
    tap.case("every sample is named by a test", [f"{name} is not" for name in missing]
             + ([] if samples > 60 else [f"only {samples} samples"]))


def main():
    tap, program = Tap(), Program(*arguments_of(sys.argv))
    data = os.path.join(program.root, "tests/data")
    try:
        logs(tap, program, data)
        legacy_report(tap, program, data)
        answers(tap, program, data)
        named(tap, program.root)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
