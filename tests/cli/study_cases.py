# SPDX-License-Identifier: GPL-3.0-or-later
"""One small case of every study command, for tests of what they have in common."""
import os
import time

GROUP = {"instance_type": "t2.micro", "ebs_gb": 0, "load_balancer": "none",
         "detailed_monitoring": False, "sizing": "fixed", "desired_capacity": 1}
P99 = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 900}
MEMORY = "functions.f.memory_size="
COMMANDS = {
    "sweep": ["--vary", MEMORY + "256:1536:128", "--replications", "3"],
    "optimize": ["--vary", MEMORY + "256:1536:128", "--vary", "functions.f.timeout=3,10,30"],
    "sensitivity": ["--input", "workloads.w.arrivals.rate_per_s=4:5:6", "--sample", "8",
                    "--design", MEMORY[:-1] + "=512"],
    "breakeven": ["--traffic", "0.25:2:*2"],
    "headroom": ["--growth", "5%/month"],
}
FILES = {
    "sweep": {"sweep.csv", "run.json"},
    "optimize": {"optimize.csv", "optimize.json", "run.json"},
    "sensitivity": {"sensitivity.csv", "distribution.csv", "regret.csv", "run.json"},
    "breakeven": {"breakeven.csv", "crossings.csv", "run.json"},
    "headroom": {"headroom.csv", "run.json"},
}


def scenario(program, name="s.json", **changes):
    return program.scenario(name, **{
        "as_of": "2015-10-15", "account__free_tier": False, "functions__f__runtime": "nodejs",
        "run__duration_s": 120, "objectives": [P99], "baselines": {"one": GROUP}, **changes})


def command(name, path, *more):
    return [name, path, *COMMANDS[name], *more]


def results(program, folder):
    """How many the folder's journal has."""
    path = os.path.join(program.path(folder), "journal")
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as file:
        return max(0, file.read().count(b"\xffLpR") - 1)  # the first record is its title


def wait_for_results(program, folder, count, process):
    """Until the journal has so many, or the process has ended."""
    deadline = time.monotonic() + 60
    while (time.monotonic() < deadline and process.poll() is None and
           results(program, folder) < count):
        time.sleep(0.002)
