#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ranks of an mpirun cost beside as many threads: the same sweep by both, in turn, so that what
else the machine does meets both. Each task is the SimFaaS case over 10^5 s (some 8 ms). Wall time is
what a user waits for, the start of mpirun included; CPU time says what ranks do besides.

usage: bench_ranks.py EXECUTABLE SOURCE_ROOT [TASKS [PAIRS]]    (default: 5000 tasks, 5 pairs)
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def run(command, folder, environment):
    """Wall and CPU seconds, and the bytes of standard output."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, check=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout.replace(b"\r\n", b"\n")


def main():
    executable, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    tasks = int(sys.argv[3]) if len(sys.argv) > 3 else 5000
    pairs = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    workers = os.cpu_count()
    with open(os.path.join(root, "data", "scenarios", "simfaas.json")) as file:
        scenario = json.load(file)
    scenario["as_of"] = "2024-01-01"
    scenario["run"].update(duration_s=1e5, warm_up_s=0, replications=1)
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}
    ratio = {"wall": [], "CPU": []}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "scenario.json"), "w") as file:
            json.dump(scenario, file)
        study = [executable, "sweep", "scenario.json", "--replications", "1", "--quiet",
                 "--data-dir", os.path.join(root, "data"),
                 "--vary", f"functions.service.memory_size=128:{127 + tasks}:1", "--jobs"]
        ranks = ["mpirun", "--oversubscribe", "-n", str(workers)]
        for _ in range(pairs):
            wall, cpu, out = run([*study, str(workers)], folder, environment)
            wall_mpi, cpu_mpi, out_mpi = run([*ranks, *study, "1"], folder, environment)
            if out != out_mpi:
                sys.exit("ranks and threads do not print the same")
            ratio["wall"].append(wall_mpi / wall)
            ratio["CPU"].append(cpu_mpi / cpu)
            print(f"{workers} threads {wall:6.2f} s ({cpu:6.2f} of CPU), "
                  f"{workers} ranks {wall_mpi:6.2f} s ({cpu_mpi:6.2f} of CPU)", flush=True)
    for name, values in ratio.items():
        print(f"{name} time of ranks / threads: {statistics.median(values):.3f} "
              f"({min(values):.3f} to {max(values):.3f}), {tasks} tasks, {pairs} pairs")


if __name__ == "__main__":
    main()
