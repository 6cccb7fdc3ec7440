#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reports say of a run: intervals that are honest, the same verdicts and labels in every
format. One TAP case each.

usage: test_reports.py EXECUTABLE SOURCE_ROOT
"""
import csv
import html.parser
import io
import json
import os
import re
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import SMALL, Program, arguments_of
from tap import Tap

RUN = {"duration_s": 600, "replications": 3, "seed": 1}


def rows(program, folder, name):
    return list(csv.DictReader(io.StringIO(program.contents(folder)[name].decode())))


def intervals(tap, program):
    """Percentiles are known to half a bucket (up to 0.4 %) at best, and nothing is below 0."""
    program.scenario("even.json", run=RUN, workloads__w__arrivals__rate_per_s=50,
                     functions__f__error_rate=0.0001,
                     functions__f__duration_ms={"distribution": "uniform", "min": 990, "max": 991},
                     functions__f__init_duration_ms=200)
    ran = program.run("simulate", "even.json", "--output", "even", "--quiet")
    tap.case("the scenario runs", program.wrong(ran, 0, out=None))
    summary = rows(program, "even", "summary.csv")
    problems, widened, cut = [], 0, 0
    for row in summary:
        name = f"{row['entity']} {row['metric']}"
        if row["ci95_low"] == "":
            continue
        mean, low, high = (float(row[key]) for key in ("mean", "ci95_low", "ci95_high"))
        if not 0 <= low <= mean <= high or (row["unit"] == "ratio" and high > 1):
            problems.append(f"{name}: {low} to {high} around {mean}")
        cut += low == 0 and high > 2 * mean
        if row["metric"].startswith("duration_ms.p") and not 0.002 < (high - low) / mean < 0.009:
            problems.append(f"{name}: {low} to {high} is no histogram's bucket")
        widened += row["metric"].startswith("duration_ms.p")
    if widened < 3 or not cut:
        problems.append(f"the case shows too little: {widened} percentiles, {cut} cut at 0")
    exact = [row for row in summary if row["metric"] == "init_duration_ms.p50"]
    if [row["ci95_low"] for row in exact] != ["200"]:
        problems.append(f"a constant is not exact: {exact}")
    tap.case("intervals are as wide as a bucket and end at 0 and 1", problems)


def objectives(tap, program):
    """In human units; what a group of servers does not have is asked of nobody."""
    asked = [{"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 2500},
             {"metric": "cold_start_ratio", "entity": "function:f", "at_most": 0.5},
             {"metric": "monthly_cost_usd", "entity": "account", "at_most": 300}]
    fleet = {"b": {"instance_type": "m5.large", "sizing": "fixed", "desired_capacity": 2}}
    program.scenario("asked.json", run=RUN, baselines=fleet, objectives=asked)
    ran = program.run("simulate", "asked.json", "--output", "asked", "--quiet")
    problems = program.wrong(ran, 0, out=None)
    for text in (r"met +function:f latency_ms\.p99 at most 2\.5 s: \d+ ms \(95 %: \d+ ms to \d+ ms\)",
                 r"met +function:f cold_start_ratio at most 50 %: [0-9.]+ % \(95 %: ",
                 r"met +account monthly_cost_usd at most \$300\.00: \$\d+\.\d\d \("):
        if not re.search(text, ran.out):
            problems.append(f"no /{text}/ in {ran.out}")
    tap.case("objectives are in human units", problems)
    for name, fewer, wanted in [("one of them is met", asked, "true"),
                                ("none applies", asked[1:2], "n/a"),
                                ("there are none", [], "true")]:
        program.scenario("asked.json", run=RUN, baselines=fleet, objectives=fewer)
        ran = program.run("simulate", "asked.json", "--output", "asked", "--quiet")
        got = [row["meets_objectives"] for row in rows(program, "asked", "comparison.csv")]
        shown = re.findall(r"^  (?:lambda|b) .* (\S+)$", ran.out, re.M)
        table = {"true": "met" if fewer else shown[1], "n/a": "n/a"}[wanted]
        tap.case(f"of a group, {name}: {wanted}", program.wrong(ran, 0, out=None) +
                 ([] if got == ["true", wanted] and shown[1] == table else [f"{got}, {shown}"]))


def quiet(tap, program):
    """--quiet leaves results: no notes in what is read; data keeps them."""
    program.scenario("once.json", run={**RUN, "replications": 1})
    for name, notes in (("table", "\nWarnings\n"), ("markdown", "\n#### Warnings\n"),
                        ("json", '"one replication gives no intervals')):
        loud, hushed = (program.run("simulate", "once.json", "--format", name, "--output", "once",
                                    *more) for more in ((), ("--quiet",)))
        problems = program.wrong(hushed, 0, out=None) + ([hushed.err] if hushed.err else [])
        if notes not in loud.out or (notes in hushed.out) != (name == "json"):
            problems.append(f"loud {loud.out[-300:]!r}, quiet {hushed.out[-300:]!r}")
        if b"one replication gives" not in program.contents("once")["run.json"]:
            problems.append("run.json lost its warnings")
        tap.case(f"--quiet has no notes in a {name}" if name != "json" else
                 "--quiet keeps the warnings of JSON", problems)


def quiet_studies(tap, program):
    """The same of commands that have tables of their own."""
    program.scenario("idle.json", run={**RUN, "replications": 2}, workloads__none={
        "to": "function:f", "arrivals": {"process": "poisson", "rate_per_s": 0}})
    program.file("calls.csv", "t,d,f,m\n" + "".join(
        f"{1.7e9 + 20 * i:.0f},{100 + i % 7},g,128\n" for i in range(300)))
    for command, notes in [
            (("sweep", "idle.json", "--vary", "functions.f.memory_size=256,512"), "\nWarnings\n"),
            (("backtest", "calls.csv", "--map",
              "start_s=t,duration_ms=d,function=f,memory_mb=m"), "\nNotes\n")]:
        loud, hushed = program.run(*command), program.run(*command, "--quiet")
        problems = program.wrong(hushed, loud.code, out=None) + ([hushed.err] if hushed.err else [])
        if notes not in loud.out or notes in hushed.out:
            problems.append(f"loud {loud.out[-300:]!r}, quiet {hushed.out[-300:]!r}")
        tap.case(f"--quiet has no notes in the table of {command[0]}", problems)


def again(tap, program):
    """`report` prints what `simulate` printed, from its folder."""
    fleet = {"b": {"instance_type": "m5.large", "sizing": "fixed", "desired_capacity": 2}}
    asked = [{"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 100},
             {"metric": "cold_start_ratio", "entity": "function:f", "at_most": 0.5}]
    program.scenario("again.json", run=RUN, baselines=fleet, objectives=asked)
    for name in ("table", "csv", "json", "markdown", "html"):
        ran = program.run("simulate", "again.json", "--output", "again", "--format", name)
        shown = program.run("report", "again", "--format", name)
        problems = program.wrong(ran, 3, out=None) + program.wrong(shown, 0, out=ran.out)
        if shown.err + "files: again/{summary,cost,comparison,timeseries}.csv and run.json\n" != ran.err:
            problems.append(f"stderr is {shown.err!r}, was {ran.err!r}")
        tap.case(f"report prints the same {name} again", problems)
    ran = program.run("report", "nowhere")
    tap.case("report of a folder that is not there", program.wrong(ran, 1, "cannot read nowhere: No such file"))


class Page(html.parser.HTMLParser):
    """The elements of a page, whether they are closed in order, and its text."""
    def __init__(self, text):
        super().__init__()
        self.open, self.problems, self.elements, self.text = [], [], [], []
        self.feed(text)
        self.problems += [f"<{name}> is not closed" for name in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes another")

    def handle_data(self, data):
        self.text.append(data)


def page(tap, program):
    """--format html is one whole page, for a name that would be markup too."""
    name = "<script>alert('x')</script> & \"more\""
    fleet = {"b": {"instance_type": "m5.large", "sizing": "fixed", "desired_capacity": 2}}
    program.file("page.json", {**SMALL, "name": name, "run": RUN, "baselines": fleet})
    ran = program.run("simulate", "page.json", "--format", "html", "--quiet")
    problems = program.wrong(ran, 0, out=None)
    found = Page(ran.out)
    problems += found.problems
    if ("script", {}) in found.elements or name not in "".join(found.text):
        problems.append("the name is not text")
    pictures = re.findall(r"<svg.*?</svg>", ran.out, re.S)
    for picture in pictures:
        xml.etree.ElementTree.fromstring(picture)
    titles = re.findall(r"<h3>(.*?)</h3>", ran.out)
    if len(pictures) != len(titles) + 2 or "Invocations in 60 s" not in titles \
            or "Servers in service" not in titles:
        problems.append(f"{len(pictures)} pictures, {titles}")
    tap.case("--format html is a whole page", problems)
    again_ = program.run("simulate", "page.json", "--format", "html", "--quiet", "--jobs", "1")
    tap.case("--format html: the same bytes for any number of threads",
             [] if again_.out == ran.out else ["they differ"])
    for command in (("bill", "page.json"), ("prices", "list"), ("sweep", "page.json")):
        ran = program.run(*command, "--format", "html")
        tap.case(f"{command[0]} has no --format html",
                 program.wrong(ran, 2, "expected one of table, csv, json, markdown$"))


def schema_paths(schema, node, path, seen):
    """The paths of a JSON Schema's keys, as `validate --keys` writes them."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        if name == "distribution":
            return
        node = schema["$defs"][name]
    for key, below in node.get("properties", {}).items():
        wrapped = key == "size" and len(node["properties"]) == 1  # {"size": 512} for 512
        if key not in ("comment", "$schema") and not wrapped:
            seen[f"{path}.{key}".lstrip(".")] = below
            schema_paths(schema, below, f"{path}.{key}".lstrip("."), seen)
    for below in node.get("patternProperties", {}).values():
        schema_paths(schema, below, path + ".NAME", seen)
    for below in node.get("anyOf", []):
        schema_paths(schema, below, path, seen)
    if "items" in node and isinstance(node["items"], dict):
        schema_paths(schema, node["items"], path + "[]", seen)


def keys(tap, program):
    """`validate --keys` has what the schema has: both come from the tables, each its own way."""
    ran = program.run("validate", "--keys")
    schema = json.loads(program.run("validate", "--schema").out)
    wanted = {}
    schema_paths(schema, schema, "", wanted)
    schema_paths(schema, schema["$defs"]["distribution"], "DISTRIBUTION", wanted)
    found = dict(re.findall(r"^(?! )(\S+)\n((?: {4}.*\n)+)", ran.out, re.M))
    found.pop("DISTRIBUTION")
    problems = program.wrong(ran, 0, out=None)
    problems += [f"not there: {path}" for path in wanted if path not in found]
    problems += [f"not in the schema: {path}" for path in found if path not in wanted]
    for path in set(wanted) & set(found):
        text = " ".join(found[path].split())
        about = wanted[path].get("description", "").split(" Unit: ")[0]
        about = about.split(" Its limit depends")[0].split(" Exists from a date")[0]
        if not text.startswith(" ".join(about.split()) + " "):
            problems.append(f"{path}: {text!r} does not begin with {about!r}")
        default = wanted[path].get("default")
        if isinstance(default, (int, float)) and not isinstance(default, bool) \
                and f"; default {default:.16g}" not in text:
            problems.append(f"{path}: {text!r} does not tell the default {default}")
        maximum = wanted[path].get("maximum", 1e15)
        if maximum < 1e15 and f" to {maximum:.16g}" not in text:
            problems.append(f"{path}: {text!r} does not tell the maximum {maximum}")
    problems += [f"too wide: {line}" for line in ran.out.splitlines() if len(line) > 100]
    tap.case(f"--keys has all {len(wanted)} keys of the schema, their ranges and defaults", problems)
    for path, text in [
            ("functions.NAME.memory_size", r"whole number \(MB\); 128 to 10240 .*10240 since "
             r"2020-12-01.*default 128"),
            ("event_source_mappings.NAME.parallelization_factor", "since 2019-11-25"),
            ("workloads.NAME.arrivals.rate_per_s", "required and only with process poisson, constant"),
            ("objectives[].at_least", "exactly one of at_most, at_least"),
            ("functions.NAME.duration_ms", r"number or DISTRIBUTION \(ms\); required")]:
        shown = " ".join(found.get(path, "").split())
        tap.case(f"--keys: {path}", [] if re.search(text, shown) else [shown])
    tap.case("--keys and --schema", program.wrong(program.run("validate", "--keys", "--schema"), 2,
                                                  "one at a time"))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        for part in (intervals, objectives, quiet, quiet_studies, again, page, keys):
            part(tap, program)
            sys.stdout.flush()
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
