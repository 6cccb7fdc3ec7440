#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`import` as users call it: files to a scenario that validates and runs, mistakes with their place,
output that appears whole or not at all. One TAP case a situation.

usage: test_import.py EXECUTABLE SOURCE_ROOT
"""
import gzip
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

SAMPLES = "tests/data/imports"
FUNCTIONS = f"{SAMPLES}/awscli/lambda_list-functions.1.json"
DATE = ("--as-of", "2024-01-01")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def cases(tap, program):
    root = program.root
    sample = os.path.join(root, FUNCTIONS)

    ran = program.run("import", sample, *DATE)
    problems = program.wrong(ran, 0, "3 workloads are placeholders", out=None)
    try:
        names = sorted(json.loads(ran.out)["functions"])
        if names != ["helloworld", "my-function", "my-python-function"]:
            problems.append(f"functions {names}")
    except (ValueError, KeyError) as error:
        problems.append(f"standard output is no scenario: {error}")
    tap.case("a scenario goes to standard output, talk to standard error", problems)

    out = program.path("scenario.json")
    ran = program.run("import", sample, *DATE, "--assume-rate", "3", "--output", out)
    problems = program.wrong(ran, 0)
    if not problems:
        problems += program.wrong(program.run("validate", out), 0, out=None)
        if load(out)["workloads"]["helloworld"]["arrivals"]["rate_per_s"] != 3:
            problems.append("another rate")
    tap.case("--output makes a file that validates", problems)

    scenario = load(out) if os.path.exists(out) else {}
    scenario.get("run", {}).update(duration_s=600, warm_up_s=60, replications=2)
    ran = program.run("simulate", program.file("short.json", scenario), "--quiet")
    tap.case("what is imported runs", program.wrong(ran, 0, out=None) +
             ([] if "helloworld" in ran.out else ["the function is not in the result"]))

    with open(sample, encoding="utf-8") as file:
        text = file.read()
    ran = program.run("import", "-", *DATE, "--quiet", stdin=text.encode())
    tap.case("- is standard input, --quiet says nothing", program.wrong(ran, 0, out=None) +
             ([] if "standard input:3" in ran.out else ["it is not called so"]))

    templates = [os.path.join(root, SAMPLES, "own", name)
                 for name in ("sam.yaml", "cloudformation.json", "serverless.yml")]
    ran = program.run("import", *templates, *DATE, "--output", program.path("all.json"))
    problems = program.wrong(ran, 0, r"sam\.yaml:56: function Work: Timeout")
    if not problems:
        functions = load(program.path("all.json"))["functions"]
        problems += [] if len(functions) == 6 else [f"{len(functions)} functions"]
    tap.case("several templates make one scenario", problems)

    merged = os.path.join(root, SAMPLES, "own/fitted.json")
    out = program.path("merged.json")
    ran = program.run("import", sample, "--merge", merged, "--output", out)
    problems = program.wrong(ran, 0, "its durations are of 512 MB, its memory is 128 MB now")
    if not problems:
        problems += program.wrong(program.run("validate", out), 0, out=None)
        made = load(out)
        if made["functions"]["helloworld"]["duration_ms"] != {"distribution": "lognormal",
                                                             "mean": 40, "sd": 12}:
            problems.append("the measurement is lost")
    tap.case("--merge keeps what was measured", problems)

    ran = program.run("import", "--merge", merged, "--output", "here.json",
                      "helloworld=" + os.path.join(root, SAMPLES, "own/power-tuning.json"),
                      cwd=program.folder)
    problems = program.wrong(ran, 0)
    if not problems:
        ran = program.run("validate", "here.json", cwd=program.folder)
        problems += program.wrong(ran, 0, out=None)
    tap.case("files of a merged scenario are found from another folder", problems)


def events(tap, program):
    """What pushes events, state machines and Terraform: what is imported runs."""
    own = os.path.join(program.root, SAMPLES, "own")
    for name, kinds in (("events-sam.yaml", {"topics": 1, "event_buses": 1, "queues": 2}),
                        ("events-cloudformation.json", {"topics": 2, "event_buses": 1, "queues": 2}),
                        ("state-machines.yaml", {"state_machines": 2, "functions": 2}),
                        ("terraform-plan.json", {"state_machines": 1, "streams": 1, "tables": 1})):
        ran = program.run("import", os.path.join(own, name), "--as-of", "2025-01-01", "--region",
                          "us-east-1", "--assume-rate", "2", "--output", program.path("made.json"))
        problems = program.wrong(ran, 0)
        if not problems:
            made = load(program.path("made.json"))
            found = {kind: len(made.get(kind, {})) for kind in kinds}
            problems += [] if found == kinds else [f"{found}, not {kinds}"]
            made["run"].update(duration_s=120, warm_up_s=0, replications=1)
            ran = program.run("simulate", program.file("made.json", made), "--quiet")
            problems += program.wrong(ran, 0, out=None)
        tap.case(f"{name} is imported and runs", problems)
    ran = program.run("import", program.file("main.tf", 'resource "aws_sqs_queue" "q" {}\n'))
    tap.case("Terraform's own language", program.wrong(
        ran, 1, r"main\.tf: Terraform's own language is not read: .*terraform show -json", out=""))


def folders(tap, program):
    own = os.path.join(program.root, SAMPLES, "own")
    os.makedirs(program.path("stack/inner"))
    os.makedirs(program.path("stack/.git"))
    for name, to in (("sam.yaml", "stack/b.yaml.gz"), ("cloudformation.json", "stack/inner/a.json")):
        with open(os.path.join(own, name), "rb") as file:
            text = file.read()
        program.file(to, gzip.compress(text) if to.endswith(".gz") else text)
    program.file("stack/.git/config", "Resources: [")
    program.file("stack/LICENSE", "Licence:\n\tdo: as you like\n")
    program.file("stack/empty.json", "")
    program.file("stack/picture.png", b"\x89PNG\r\n\x1a\n\0\xff")
    program.file("stack/package.json", {"name": "x"})
    ran = program.run("import", program.path("stack"), *DATE, "--output", program.path("s.json"))
    problems = program.wrong(ran, 0, r"stack/LICENSE:2: .*: left out",
                             r"stack/empty\.json.*: left out", r"stack/picture\.png:1: .*: left out",
                             r"stack/package\.json:1: .* is none of the formats")
    one = program.run("import", program.path("stack/b.yaml.gz"), program.path("stack/inner/a.json"),
                      *DATE, "--output", program.path("t.json"))
    problems += program.wrong(one, 0)
    if not problems:
        made = load(program.path("s.json"))
        problems += [] if made == load(program.path("t.json")) else ["not what its files make"]
        problems += [] if len(made["functions"]) == 3 else [f"functions {made['functions']}"]
    problems += ["hidden files are read"] if ".git" in ran.err else []
    tap.case("a folder is its files, packed or not; what is none of ours is named", problems)

    answer = os.path.join(program.root, SAMPLES,
                          "awscli/lambda_list-provisioned-concurrency-configs.1.json")
    ran = program.run("import", os.path.join(program.root, FUNCTIONS), answer, *DATE)
    problems = program.wrong(ran, 0, "this is of us-east-2, what came before", out=None)
    tap.case("of another region there is one word, not one a line",
             problems + ([] if ran.err.count("this is of us-east-2") == 1 else [ran.err]))

    os.makedirs(program.path("nothing"))
    tap.case("an empty folder", program.wrong(program.run("import", program.path("nothing")), 1,
                                              "there is no file in this folder"))
    program.file("stack/cut.json.gz", gzip.compress(b'{"Functions": []}')[:-6])
    ran = program.run("import", program.path("stack/cut.json.gz"))
    tap.case("a cut archive", program.wrong(ran, 1, r"cut\.json\.gz: the gzip archive is cut"))


def fitted_and_imported(tap, program):
    """A log gives the measurements, an answer of the CLI the configuration, by function name."""
    report = ("2024-01-02T00:00:{:02}.000Z REPORT RequestId: {:036}\tDuration: {}.50 ms\tBilled "
              "Duration: {} ms\tMemory Size: 512 MB\tMax Memory Used: 60 MB\t\n")
    os.makedirs(program.path("logs"))
    program.file("logs/api.log", "".join(
        f"/aws/lambda/api {report.format(i, i, 20 + i % 7, 21 + i % 7)}" for i in range(50)))
    ran = program.run("fit", "logs/api.log", "--output", "fit.json")
    problems = program.wrong(ran, 0, out=None)

    def merged(memory, output):
        program.file("functions.json", {"Functions": [
            {"FunctionName": name, "FunctionArn": f"arn:aws:lambda:us-east-1:1:function:{name}",
             "Runtime": "python3.12", "MemorySize": size, "Timeout": 7}
            for name, size in (("api", memory), ("other", 256))]})
        return program.run("import", "functions.json", "--merge", "fit.json", "--output", output,
                           "--assume-rate", "1")

    ran = merged(1024, "more.json")
    problems += program.wrong(ran, 0, "function api: its durations are of 512 MB, its memory is 1024")
    if not problems and load(program.path("more.json"))["functions"]["api"][
            "reference_memory_size"] != 512:
        problems.append("the reference is another")
    ran = merged(512, "both.json")
    problems += program.wrong(ran, 0)
    if not problems:
        fit, both = load(program.path("fit.json")), load(program.path("both.json"))
        api = both["functions"]["api"]
        wanted = dict(fit["functions"]["api"], runtime="python3.12", timeout=7)
        problems += [f"{key} is {api.get(key)!r}, not {value!r}" for key, value in wanted.items()
                     if key != "comment" and api.get(key) != value]
        problems += [] if both["functions"]["other"]["memory_size"] == 256 else ["no other"]
        problems += [] if both["workloads"]["api"] == fit["workloads"]["api"] else [
            f"the fitted workload is {both['workloads']['api']}"]
        both["run"].update(duration_s=600, replications=2)
        ran = program.run("simulate", program.file("both.json", both), "--quiet")
        problems += program.wrong(ran, 0, out=None)
        problems += [] if "other" in ran.out else ["the function is not in the result"]
    tap.case("what a log fitted and the CLI's answer meet by name, and run", problems)


def template(functions, queues, mappings):
    """A template of queues and functions by name, and who reads what."""
    resources = {f"F{name}": {"Type": "AWS::Lambda::Function", "Properties": {
        "FunctionName": f"f{name}", "Runtime": "python3.12", "MemorySize": 128, "Timeout": 3}}
        for name in functions}
    resources.update({f"Q{name}": {"Type": "AWS::SQS::Queue", "Properties": {
        "QueueName": f"q{name}", "VisibilityTimeout": 30}} for name in queues})
    resources.update({f"M{queue}{function}": {
        "Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": {"Fn::GetAtt": [f"Q{queue}", "Arn"]},
            "FunctionName": {"Ref": f"F{function}"}, "BatchSize": 5}}
        for queue, function in mappings})
    return {"Resources": resources}


def many(tap, program):
    """As many of a kind as a scenario may have, of twice as many: a walk over all for each of them
    would take minutes."""
    names = range(20000)
    program.file("many.json", template(names, names, [(name, name) for name in names]))
    ran = program.run("import", "many.json", "--as-of", "2024-06-01", "--output", "all.json")
    problems = program.wrong(ran, 0, *(f"more than 10000 {kind}: the others are left out" for kind in (
        "functions", "queues", "event source mappings")))
    problems += [] if ran.err.count("left out") == 3 else ["it is said more than once"]
    made = {} if problems else load(program.path("all.json"))
    counts = [len(made.get(kind, {})) for kind in (
        "functions", "queues", "event_source_mappings", "workloads")]
    problems += [] if counts == [10000] * 4 else [f"there are {counts}"]
    problems += [f"{name}: {mapping}" for name, mapping in made.get(
        "event_source_mappings", {}).items() if name != f"{mapping['event_source'][6:]}-"
        f"{mapping['function_name']}" or mapping["event_source"][7:] != mapping["function_name"][1:]]
    tap.case("10,000 functions, queues and mappings", problems[:5])


def readers(tap, program):
    """A merged mapping of the same source and function stays under its name, one of the same name
    gets the template's source, whose old one is then free for another."""
    mapping = lambda queue, function: {  # noqa: E731
        "event_source": f"queue:{queue}", "function_name": function}
    merged = program.scenario(
        "merged.json", as_of="2024-06-01", queues={name: {} for name in ("qa", "qb", "qc")},
        functions={name: {"runtime": "python3.12", "duration_ms": 10} for name in ("fa", "fb")},
        workloads__w__to="queue:qa", event_source_mappings={
            "qc-fa": mapping("qa", "fa"), "mine": {**mapping("qb", "fb"), "batch_size": 7}})
    program.file("t.json", template("ab", "abc", ["ca", "bb", "ab", "ba"]))
    ran = program.run("import", "t.json", "--merge", merged, "--output", "out.json")
    problems = program.wrong(ran, 0, "mapping qb-fa: another reads queue qb already")
    made = {} if problems else load(program.path("out.json"))["event_source_mappings"]
    found = {name: (m["event_source"], m["function_name"], m["batch_size"]) for name, m in made.items()}
    wanted = {"qc-fa": ("queue:qc", "fa", 5), "mine": ("queue:qb", "fb", 5), "qa-fb": ("queue:qa", "fb", 5)}
    tap.case("who reads what after a merge", problems + ([] if found == wanted else [f"{found}"]))


def mistakes(tap, program):
    sample = os.path.join(program.root, FUNCTIONS)
    kept = program.file("kept.json", "old\n")

    def left_alone(name, code, sentence, *arguments, stdin=None):
        ran = program.run("import", *arguments, "--output", kept, stdin=stdin)
        problems = program.wrong(ran, code, sentence)
        with open(kept, encoding="utf-8") as file:
            problems += [] if file.read() == "old\n" else ["the older file is gone"]
        problems += [f"{left} is left" for left in os.listdir(program.folder)
                     if left.startswith(".kept")]
        tap.case(name, problems)

    left_alone("no such file", 1, r"cannot read .*absent\.json", sample, program.path("absent.json"))
    left_alone("a folder with a name", 1, "cannot read .*: Is a directory", f"x={program.folder}")
    left_alone("a file of another kind", 1, "nothing in these files that a scenario",
               program.file("other.json", {"Buckets": []}))
    left_alone("a broken file has a place", 1, r"broken\.json:2: column \d+",
               program.file("broken.json", '{"Functions": [\n}'), sample)
    left_alone("tabs in YAML have a place", 1, r"tabs\.yaml:2: column 1",
               program.file("tabs.yaml", "Resources:\n\tA: 1\n"))
    left_alone("bytes that are no text", 1, r"bytes:1: this is not UTF-8 text",
               program.file("bytes", b"\x7fELF\x02\x01\x01\x00\xff\xfe"))
    left_alone("a NUL in JSON", 1, r"nul\.json:2: ",
               program.file("nul.json", b'{"Functions": [\n{"FunctionName": "a\0b"}]}'))
    left_alone("a NUL in YAML", 1, r"nul\.yaml:2: ",
               program.file("nul.yaml", b"Resources:\n  A\0: 1\n"))
    with open(os.path.join(program.root, SAMPLES, "own/sam.yaml"), encoding="utf-8") as file:
        template = file.read()
    left_alone("a template that is cut off", 1, r"cut\.yaml:\d+: ",
               program.file("cut.yaml", template[:template.index("Properties:") + 30] + '"'))
    left_alone("nothing at all", 1, "there is nothing in it", "-", stdin=b"")
    left_alone("a scenario to merge that is wrong", 1, r"bad\.json:1: .*as_of", sample, "--merge",
               program.file("bad.json", '{"as_of": 7}'))
    left_alone("a date before Lambda", 1, "Lambda exists since 2014-11-01", sample, "--as-of",
               "2011-01-01")
    left_alone("a rate that is none", 2, "--assume-rate -3 is not a number", sample,
               "--assume-rate=-3")
    tap.case("an argument is missing", program.wrong(program.run("import"), 2,
                                                     "an argument is missing"))
    ran = program.run("import", sample, *DATE, "--output", program.folder + "/")
    tap.case("a folder is no file to write", program.wrong(ran, 2, "is not the name of a file"))
    with open("/dev/full", "w", encoding="utf-8") as full:
        ran = program.run("import", sample, *DATE, stdout=full)
        tap.case("a full disk", program.wrong(ran, 1, "cannot be written|No space left", out=None))


def schedules(tap, program):
    """A run holds whole periods of the schedules, whatever hour of the day they come at."""
    def made(expression):
        path = program.file("template.json", {"Resources": {"job": {
            "Type": "AWS::Serverless::Function", "Properties": {
                "FunctionName": "job", "Runtime": "python3.12", "MemorySize": 1024, "Timeout": 900,
                "Events": {"clock": {"Type": "Schedule", "Properties": {
                    "Schedule": expression}}}}}}})
        ran = program.run("import", path, *DATE, "--output", "job.json")
        if ran.code != 0:
            return program.wrong(ran, 0, out=None), {}
        scenario = load(program.path("job.json"))
        scenario["functions"]["job"]["duration_ms"] = 1000
        return [], scenario

    for expression, seconds, monthly in (("cron(30 0 * * ? *)", 86400, 730 / 24),
                                         ("cron(0 2 * * ? *)", 86400, 730 / 24),
                                         ("cron(0 12 ? * MON-FRI *)", 7 * 86400, 5 * 730 / 168),
                                         ("rate(5 minutes)", 3600, 12 * 730)):
        problems, scenario = made(expression)
        if not problems:
            if scenario["run"]["duration_s"] - scenario["run"]["warm_up_s"] != seconds:
                problems.append(f"{scenario['run']}")
            scenario["account"] = {"free_tier": False}
            path = program.file("filled.json", scenario)
            said = program.run("validate", path).err
            ran = program.run("simulate", path, "--output", "ran", "--quiet")
            problems += program.wrong(ran, 0, out=None)
            bill = json.loads(program.contents("ran")["run.json"])["options"][0]["bill"]
            runs = sum(float(line["quantity"]) for line in bill if line["sku"] == "request")
            if abs(runs - monthly) > 1 or "expression" in said:
                problems.append(f"{runs} runs a month, {monthly}: {said}")
        tap.case(f"a run that holds {expression}", problems)
    short = next(iter(scenario["workloads"].values()))
    for expression, wanted in (
            ("cron(0 2 * * ? *)", "never comes in the 3600 s that the run counts, so nothing of it "
             "is on the bill: a month has about 30.4; a run.duration_s of 86700"),
            ("cron(30 0 * * ? *)", "comes 1 time in the 3600 s that the run counts, as though 730 "
             "times a month: in truth it is about 30.4"),
            ("cron(0 2 1 * ? *)", "never comes in the 3600 s that the run counts, so nothing of it "
             "is on the bill: a month has about 1")):
        short["arrivals"]["expression"] = expression
        ran = program.run("validate", program.file("filled.json", scenario))
        tap.case(f"a run that is too short for {expression}", program.wrong(
            ran, 0, wanted, out=None))


def rates(tap, program):
    """What a warning says would do does: a rate comes at the end of its period."""
    path = program.scenario("rate.json", run__duration_s=3600, workloads__w__arrivals={
        "process": "schedule", "expression": "rate(1 hour)"})
    said = program.run("validate", path).err
    problems = [] if "a run.duration_s of 3601 holds its period once" in said else [said]
    ran = program.run("validate", program.scenario(
        "rate.json", run__duration_s=3601, workloads__w__arrivals={
            "process": "schedule", "expression": "rate(1 hour)"}))
    tap.case("a run that holds a rate", problems + program.wrong(ran, 0, out=None) +
             ([ran.err] if "expression" in ran.err else []))


def main():
    tap, program = Tap(), Program(*arguments_of(sys.argv))
    try:
        cases(tap, program)
        events(tap, program)
        schedules(tap, program)
        rates(tap, program)
        folders(tap, program)
        fitted_and_imported(tap, program)
        many(tap, program)
        readers(tap, program)
        mistakes(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
