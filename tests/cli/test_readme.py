#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README shows is what the program does: its scenario runs, its mistakes get its
sentences, its commands exist. One TAP case each.

usage: test_readme.py PROGRAM SOURCE_ROOT
"""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../structure"))
from tap import Tap  # noqa: E402


def run(program, root, *arguments):
    return subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False,
                          env={**os.environ, "LAMBDAPLAN_DATA_DIR": os.path.join(root, "data")})


def blocks(readme):
    """The indented blocks, without their indentation."""
    for found in re.finditer(r"(?:^    .*\n|^\n(?=    ))+", readme, re.M):
        yield re.sub(r"^    ", "", found.group(0), flags=re.M).strip("\n")


def main():
    program, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    tap = Tap()
    with open(os.path.join(root, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    shown = list(blocks(readme))
    scenario = next(json.loads(block) for block in shown if block.startswith("{"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "scenario.json")

        def write(value):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(value, file, indent=2)

        write(scenario)
        checked = run(program, root, "validate", path)
        tap.case("the scenario is valid", [] if checked.returncode == 0 else [checked.stderr])
        scenario["run"]["duration_s"] = 3600
        write(scenario)
        simulated = run(program, root, "simulate", path)
        tap.case("the scenario runs and meets its objective",
                 [] if simulated.returncode == 0 else [simulated.stdout + simulated.stderr])

        scenario["run"]["duration_s"] = 600
        write(scenario)
        command = next(re.sub(r"\\\n *", "", block) for block in shown
                       if block.startswith("lambdaplan sweep "))
        words = [word.replace("orders.json", path).replace("results", folder + "/results")
                 for word in command.split("\n\n")[0].split()]
        swept = run(program, root, *words[1:])
        heading = next(line.split() for block in shown for line in block.splitlines()
                       if line.split()[:1] == ["memory_size"])
        tap.case("the sweep runs and has the table", (
            [] if swept.returncode == 0 and "9 designs" in swept.stdout and
            any(line.split() == heading for line in swept.stdout.splitlines())
            else [swept.stdout + swept.stderr]))

        command = next(re.sub(r"\\\n *", "", block) for block in shown
                       if block.startswith("lambdaplan optimize "))
        words = [word.replace("orders.json", path).replace("best", folder + "/best")
                 for word in command.split("\n\n")[0].split()]
        found = run(program, root, *words[1:])
        tap.case("the search runs and finds what is shown", (
            [] if found.returncode == 0 and "288 designs" in found.stdout and
            re.search(r"batch_size +800 ", found.stdout) and
            "What the objectives cost" in found.stdout
            else [found.stdout + found.stderr]))

        command = next(block for block in shown if block.startswith("lambdaplan breakeven "))
        words = command.split("\n\n")[0].replace("orders.json", path).split()
        found = run(program, root, *words[1:])
        wanted, there = ([(line.split()[0], line.split("  ")[-1]) for line in page.splitlines()
                          if line.split()[1:3] == ["on-demand", "on-demand"]]
                         for page in (command, found.stdout))
        tap.case("the break-even search runs and finds what is shown", (
            [] if found.returncode == 0 and wanted and there == wanted
            else [found.stdout + found.stderr]))

        command, page = next(block.split("\n\n", 1) for block in shown
                             if block.startswith("lambdaplan headroom "))
        found = run(program, root, *command.replace("orders.json", path).split()[1:])
        first = re.search(r"First: .*? at x [0-9]", page)
        tap.case("the headroom begins with what is shown",
                 [] if found.returncode == 0 and first and first.group(0) in found.stdout
                 else [found.stdout + found.stderr])

        write(scenario)
        os.rename(path, os.path.join(folder, "before.json"))
        scenario["functions"]["handle"]["memory_size"] = 1024
        write(scenario)
        command, page = next(block.split("\n\n", 1) for block in shown
                             if block.startswith("lambdaplan diff "))
        words = [word.replace("orders.json", path).replace("before.json", folder + "/before.json")
                 for word in command.split()]
        compared = run(program, root, *words[1:])
        pattern = re.sub(r"[0-9]+(\\\.[0-9]+)?", "[0-9.]+", re.escape(page))
        tap.case("the comparison has the verdicts",
                 [] if compared.returncode == 3 and re.match(pattern, compared.stdout)
                 else [compared.stdout + compared.stderr])

        scenario["run"]["duration_s"] = 60
        write(scenario)
        command = next(re.sub(r"\\\n *", "", block) for block in shown
                       if block.startswith("lambdaplan sensitivity "))
        command, *page = command.split("\n\n")
        words = [word.replace("orders.json", path).replace("uncertain", folder + "/uncertain")
                 for word in command.split()]
        asked = run(program, root, *words[1:])
        headings = [line for part in page for line in part.splitlines()
                    if not re.search(r"\d", line.split("%")[0])]
        tap.case("the sensitivity analysis has the tables", (
            [] if asked.returncode == 0 and headings and all(
                line.split() in [said.split() for said in asked.stdout.splitlines()]
                for line in headings) else [str(headings) + asked.stdout + asked.stderr]))

        scenario["functions"]["handle"]["memory_size"] = 20000
        mapping = scenario["event_source_mappings"]["handle"]
        mapping["batch_sise"] = mapping.pop("batch_size")
        write(scenario)
        said = run(program, root, "validate", path).stderr
        sentences = [line for block in shown for line in block.splitlines()
                     if line.startswith("scenario.json:")]
        missing = [] if len(sentences) == 2 else ["not two sentences in the README"]
        for sentence in sentences:
            text = sentence.split(": ", 1)[1]
            if text not in said:
                missing.append(f"{text!r} is not in {said!r}")
        tap.case("mistakes get the sentences", missing)

    command, page = next(((block, shown[i + 1]) for i, block in enumerate(shown[:-1])
                          if block.startswith("lambdaplan backtest data/")), ("", ""))
    compared = run(program, root, *command.split()[1:])
    tap.case("the backtest prints what is shown",
             [] if page != "" and compared.returncode == 0 and compared.stdout.strip("\n") == page
             else [f"{command!r}: {compared.stdout}{compared.stderr}"])

    commands = set(re.findall(r"^ *lambdaplan ([a-z]+)", "\n".join(shown), re.M))
    helped = [f"{name}: {run(program, root, name, '--help').stderr}" for name in sorted(commands)
              if run(program, root, name, "--help").returncode != 0]
    tap.case("the commands exist", helped if commands else ["no commands found"])
    files = set(re.findall(r"data/scenarios/[a-z0-9-]+\.json", readme))
    tap.case("the scenarios exist",
             [name for name in sorted(files) if not os.path.exists(os.path.join(root, name))])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
