#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`headroom` as users call it: what it says, its files, the same bytes however it is run, sentences
for mistakes. One TAP case each.

usage: test_headroom.py EXECUTABLE SOURCE_ROOT
"""
import csv
import datetime
import io
import json
import math
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

GROWTH = ["--growth", "5%/month"]


def scenario(program, name="s.json", **changes):
    return program.scenario(name, **{
        "account__concurrent_executions": 25, "run__duration_s": 160, "run__warm_up_s": 40,
        "workloads__w__arrivals__rate_per_s": 50, **changes})


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def answer(tap, program, path):
    ran = program.run("headroom", path, *GROWTH, "--output", "out")
    problems = program.wrong(ran, 0, "files: out/headroom.csv and run.json", out=None)
    for text in ("First: account concurrency of 25 (account), at x", "all traffic grows by 5.0 %",
                 "free tier of 1,000,000 requests", "Not reached up to x ", " about x "):
        problems += [] if text in ran.out.replace("\n  ", " ") else [f"the table lacks {text!r}"]
    found = program.contents("out")
    if set(found) != {"headroom.csv", "run.json"}:
        tap.case("the answer and its files", problems + [f"files {sorted(found)}"])
        return {}
    rows = rows_of(found["headroom.csv"].decode())
    first = rows[0]
    factor = float(first["factor"])
    # 5 are at work at once: of 10 to 15 luck makes 25, three standard deviations or more
    if first["how"] != "simulated" or not 1.8 < factor <= float(first["factor_all_replications"]) < 5:
        problems.append(f"{first}")
    after = (datetime.date.fromisoformat(first["date"]) - datetime.date(2024, 1, 1)).days
    if abs(after - math.log(factor) / math.log(1.05) * 365.2425 / 12) > 1:
        problems.append(f"the date of x {factor}: {first['date']}")
    factors = [float(row["factor"]) for row in rows if row["factor"]]
    if factors != sorted(factors):
        problems.append("limits are not in order")
    tap.case("the answer and its files", problems)
    return found


def same_bytes(tap, program, path, found):
    def again(*more):
        ran = program.run("headroom", path, *GROWTH, "--output", "again", *more)
        same = program.contents("again").get("headroom.csv") == found["headroom.csv"]
        return program.wrong(ran, 0, out=None) + ([] if same else [f"other bytes with {more}"])

    tap.case("the same bytes with 1 and 8 threads", again("--jobs", "1") + again("--jobs", "8"))
    tap.case("the same bytes from its journal", again("--keep-journal") + again("--resume"))


def formats(tap, program, path, found):
    command = ["headroom", path, *GROWTH, "--quiet"]
    problems = program.wrong(program.run(*command, "--format", "csv"), 0,
                             out=found["headroom.csv"].decode())
    result = json.loads(program.run(*command, "--format", "json").out)
    if [limit["limit"] for limit in result["limits"]] != [
            row["limit"] for row in rows_of(found["headroom.csv"].decode())]:
        problems.append("JSON and headroom.csv differ")
    markdown = program.run(*command, "--format", "markdown").out
    problems += [f"Markdown lacks {text!r}" for text in ("### small", "| limit", "**First: account")
                 if text not in markdown.replace("  ", " ")]
    tap.case("CSV, JSON, Markdown", problems)


def options(tap, program, path):
    def first(*arguments):
        ran = program.run("headroom", *arguments, "--format", "csv")
        problems.extend(program.wrong(ran, 0, out=None))
        return (rows_of(ran.out) or [{}])[0]

    problems = []
    month, year = first(path, "--growth", "5%/month"), first(path, "--growth", "79.5856326%/year")
    later = first(path, "--growth", "5%/month", "--from", "2025-01-01")
    if month != year or int(later["date"][:4]) != int(month["date"][:4]) + 1:
        problems.append(f"{month}, {year}, {later}")
    if first(path)["date"] != "":
        problems.append("a date without growth")
    tap.case("--growth by month and year, --from", problems)
    problems = []
    row = first(path, "--up-to", "1.5")
    if row["how"] != "proportion" or not 1.8 < float(row["factor"]) < 6:
        problems.append(f"{row}")
    ran = program.run("headroom", path, "--up-to", "1.5")  # what is reckoned is never named first
    if "No limit is reached up to x 1.5." not in ran.out or "First:" in ran.out or (
            "about: not simulated" not in ran.out):
        problems.append(ran.out)
    tap.case("--up-to: what is not simulated is reckoned", problems)
    far = scenario(program, "far.json", account__free_tier=False,
                   workloads__w__arrivals__rate_per_s=0.5)
    problems = []
    row = first(far)  # 100 ms a call: 25 at once are some 200 a second, far beyond ten times
    if row["how"] != "simulated" or not 100 < float(row["factor"]) < 500:
        problems.append(f"{row}")
    tap.case("without --up-to the first limit is simulated", problems)
    # 525,600 requests a month: the free tier of them ends at x 1.9, and stops nothing.
    free = scenario(program, "free.json", workloads__w__arrivals__rate_per_s=0.2)
    problems = []
    for more, said in (([], r"^First: account concurrency of 25 .*\n"
                            r"Before that the price changes: free tier of 1,000,000 requests "
                            r"\(lambda\), at x 1\."),
                       (["--up-to", "4"], r"^No limit is reached up to x 4\.\n"
                                          r"On the way the price changes: free tier of 1,000,000")):
        out = program.run("headroom", free, *more).out
        if not re.search(said, re.sub(r"\nWhat helps: .*?\.\n", "\n", out, flags=re.DOTALL),
                         re.MULTILINE) or "nothing is refused" not in out.replace("\n  ", " "):
            problems.append(f"{more}: {out}")
    tap.case("a change of price is not the first limit", problems)
    two = scenario(program, "two.json", workloads__v={
        "to": "function:f", "arrivals": {"process": "poisson", "rate_per_s": 10}})
    problems = []
    both, one = first(two), first(two, "--workload", "v")
    if not float(one["factor"]) > 1.3 * float(both["factor"]):
        problems.append(f"{both}, {one}")
    tap.case("--workload: only that one grows", problems)
    strict = scenario(program, "strict.json", objectives=[
        {"metric": "latency_ms", "entity": "function:f", "statistic": "p50", "at_most": 1}])
    ran = program.run("headroom", strict)
    problems = program.wrong(ran, 3, out=None)
    if "Reached by today's traffic: objective latency_ms.p50 at most 1 (function:f)" not in ran.out:
        problems.append(ran.out)
    tap.case("exit 3 when one is reached already", problems)


def mistakes(tap, program, path):
    cases = [
        (2, ["--growth", "5"], "--growth: 5 is no growth such as 5%/month or 80%/year"),
        (2, ["--growth", "-5%/month"], "is no growth"),
        (2, ["--growth", "5%/week"], "is no growth"),
        (2, ["--growth", "1e400%/year"], "is no growth"),
        (2, ["--from", "yesterday"], "--from: yesterday is not a date"),
        (2, ["--from", "2026-02-30"], "--from: 2026-02-30 is not a date"),
        (2, ["--up-to", "0"], "--up-to: 0 is no factor from 1 to 1e"),
        (2, ["--up-to", "0.5"], "--up-to: 0.5 is no factor from 1 to 1e"),
        (1, ["--workload", "x"], "--workload: there is no workload `x`"),
        (2, ["--resume"], "--resume needs --output DIR"),
        (2, ["--shard", "1/2"], "headroom has no option --shard"),
    ]
    for code, arguments, said in cases:
        ran = program.run("headroom", path, *arguments)
        tap.case(f"a sentence: {said[:50]}", program.wrong(ran, code, said))
    ran = program.run("headroom", path, "--growth", "1e-9%/year", "--format", "csv")
    problems = program.wrong(ran, 0, out=None)
    if "after 9999" not in ran.out:
        problems.append(ran.out)
    tap.case("a growth that takes for ever", problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        path = scenario(program)
        found = answer(tap, program, path)
        if found:
            same_bytes(tap, program, path, found)
            formats(tap, program, path, found)
        options(tap, program, path)
        mistakes(tap, program, path)
    finally:
        program.close()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
