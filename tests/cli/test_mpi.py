#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Studies on the ranks of an mpirun: the same bytes as threads give, mistakes told once, a rank lost.
One TAP case each; skipped where there is no mpirun or the program was built without MPI.

usage: test_mpi.py EXECUTABLE SOURCE_ROOT
"""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, Ran, arguments_of
from tap import Tap

P99 = {"metric": "latency_ms", "entity": "function:f", "statistic": "p99", "at_most": 600}
VARY = ["--vary", "functions.f.memory_size=256:4096:256", "--vary", "functions.f.timeout=1:3:1"]


class Ranks:
    def __init__(self, program):
        self.program = program
        # MPI's plugins leak and are unloaded before the report: they cannot even be named in a list
        # of exceptions. What is ours is looked at by the other tests.
        self.environment = {**program.environment,
                            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                            "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
                            "OMPI_MCA_rmaps_base_oversubscribe": "1",
                            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}

    def start(self, count, *arguments):
        return subprocess.Popen(
            ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(count),
             self.program.executable, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            cwd=self.program.folder, env=self.environment, start_new_session=True)

    def run(self, count, *arguments):
        process = self.start(count, *arguments)
        out, err = process.communicate(timeout=240)
        # mpirun's pseudo-terminal writes "\r\n".
        return Ran(process.returncode, out.decode().replace("\r\n", "\n"), err.decode())

    def rank_process(self, folder, rank):
        """The id of a rank's process; None: it is not there."""
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    environment = file.read().split(b"\0")
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if f"OMPI_COMM_WORLD_RANK={rank}".encode() in environment and folder.encode() in words:
                return int(entry)
        return None


def said_once(ran, sentence):
    count = ran.err.count(sentence)
    return [] if count == 1 else [f"{sentence!r} is said {count} times: {ran!r}"]


def same_bytes(tap, program, ranks, path):
    threads = program.run("sweep", path, *VARY, "--output", "threads")
    problems = program.wrong(threads, 0, out=None)
    table = program.contents("threads").get("sweep.csv")
    for count, more in ((3, []), (2, ["--jobs", "2"])):
        folder = f"ranks-{count}"
        ran = ranks.run(count, "sweep", path, *VARY, "--output", folder, *more)
        if ran.code != 0 or ran.out != threads.out:
            problems.append(f"{count} ranks: {ran!r}")
        if program.contents(folder).get("sweep.csv") != table:
            problems.append(f"{count} ranks write other bytes")
        if program.listing(folder) != {"sweep.csv", "run.json"}:
            problems.append(f"{count} ranks left {sorted(program.listing(folder))}")
    tap.case("the same bytes from 3 ranks, and from 2 of 2 threads", problems)
    ran = ranks.run(3, "sweep", path, "--vary", "functions.f.memory_size=256:1024:256",
                    "--precision", "3%", "--format", "csv", "--quiet")
    alone = program.run("sweep", path, "--vary", "functions.f.memory_size=256:1024:256",
                        "--precision", "3%", "--format", "csv", "--quiet")
    tap.case("the same bytes where batches depend on results",
             [] if ran.code == 0 and ran.out == alone.out else [repr(ran), repr(alone)])
    searched = ["optimize", path, *VARY]
    alone = program.run(*searched, "--output", "search")
    problems = program.wrong(alone, 0, out=None)
    for count, more in ((3, []), (2, ["--jobs", "2"])):
        folder = f"search-{count}"
        ran = ranks.run(count, *searched, "--output", folder, *more)
        if ran.code != 0 or ran.out != alone.out:
            problems.append(f"{count} ranks: {ran!r}")
        problems += [f"{count} ranks: other bytes in {name}"
                     for name in ("optimize.csv", "optimize.json")
                     if program.contents(folder).get(name) != program.contents("search").get(name)]
    tap.case("a search is the same bytes on ranks", problems)
    growing(tap, program, ranks)
    return table


def growing(tap, program, ranks):
    """Break-even and headroom: several batches that depend on each other, baselines among them."""
    servers = {"instance_type": "m5.large", "sizing": "smallest", "load_balancer": "none"}
    path = program.scenario("growing.json", baselines={"few": servers}, account__free_tier=False,
                            account__concurrent_executions=20)
    problems = []
    for command, name in ((["breakeven", path, "--traffic", "4,16"], "breakeven.csv"),
                          (["headroom", path, "--up-to", "16"], "headroom.csv")):
        alone = program.run(*command, "--output", command[0])
        ran = ranks.run(3, *command, "--output", command[0] + "-3")
        problems += program.wrong(alone, 0, out=None)
        if ran.code != 0 or ran.out != alone.out or program.contents(command[0] + "-3").get(
                name) != program.contents(command[0])[name]:
            problems.append(f"{command[0]}: {ran!r}, alone {alone!r}")
    tap.case("breakeven and headroom are the same bytes on ranks", problems)


def mistakes(tap, program, ranks, path):
    ran = ranks.run(3, "sweep", path, "--vary", "functions.f.memory_sise=1")
    tap.case("a mistake is told once", said_once(ran, "did you mean `memory_size`") + (
        [] if ran.code == 1 else [f"exit {ran.code}"]))
    ran = ranks.run(3, "sweep", path, "--vary", "functions.f.memory_size=256,512,20000,30000")
    tap.case("a design that is wrong is told once, the first", said_once(
        ran, "functions.f.memory_size=20000: ") + ([] if "=30000" not in ran.err else [ran.err]))
    other = program.scenario("other.json", objectives=[P99], run__replications=4, run__seed=2)
    process = subprocess.run(
        ["mpirun", "--oversubscribe", "-n", "1", program.executable, "sweep", path, *VARY, ":",
         "-n", "1", program.executable, "sweep", other, *VARY], check=False, timeout=240,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        cwd=program.folder, env=ranks.environment)
    err = process.stderr.decode()
    tap.case("a rank with another scenario is found out",
             [] if process.returncode == 1 and "rank 1 (" in err and
             "reads another scenario, other data or is another build than rank 0" in err
             else [f"exit {process.returncode}: {err}"])


def lost(tap, program, ranks):
    long = program.scenario("long.json", objectives=[P99], run__replications=4,
                            run__duration_s=6000)
    whole = program.run("sweep", long, *VARY, "--format", "csv", "--quiet")
    for name, number, rank in (("lost", signal.SIGKILL, 2), ("the first is lost", signal.SIGKILL, 0),
                               ("interrupted", signal.SIGINT, None)):
        folder = program.path(f"lost-{rank}")
        process = ranks.start(3, "sweep", long, *VARY, "--output", folder)
        journal = os.path.join(folder, "journal")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not (
                os.path.exists(journal) and os.path.getsize(journal) > 8000):
            time.sleep(0.005)
        victim = process.pid if rank is None else ranks.rank_process(folder, rank)
        problems = [] if victim else [f"there is no rank {rank}"]
        if victim:
            os.kill(victim, number)
        err = process.communicate(timeout=240)[1].decode()
        if process.returncode == 0:
            problems.append("it ended as if nothing had happened: the case shows nothing")
        ran = ranks.run(3, "sweep", long, *VARY, "--output", folder, "--resume", "--format", "csv",
                        "--quiet")
        if ran.code != 0 or ran.out != whole.out:
            problems.append(f"resumed: {ran!r}; before: {err[:300]}")
        tap.case(f"a rank is {name}" if rank else name, problems)


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        ranks = Ranks(program)
        path = program.scenario("s.json", objectives=[P99], run__replications=4)
        if not shutil.which("mpirun"):
            print("1..0 # SKIP there is no mpirun")
            return
        if "built without MPI" in ranks.run(2, "sweep", path, *VARY).err:
            print("1..0 # SKIP the program was built without MPI")
            return
        same_bytes(tap, program, ranks, path)
        mistakes(tap, program, ranks, path)
        lost(tap, program, ranks)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
