# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the program in a folder of its own and judges what a user would see."""
import copy
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

REPORTS = {"summary.csv", "cost.csv", "comparison.csv", "timeseries.csv", "run.json"}
SMALL = {
    "name": "small", "region": "us-east-1", "as_of": "2024-01-01",
    "run": {"duration_s": 600, "replications": 2, "seed": 1},
    "workloads": {"w": {"to": "function:f",
                        "arrivals": {"process": "poisson", "rate_per_s": 5}}},
    "functions": {"f": {"memory_size": 512, "timeout": 30, "runtime": "python3.12",
                        "init_duration_ms": 200,
                        "duration_ms": {"distribution": "exponential", "mean": 100}}},
}
# A crash of the sanitizers or a failed check of our own is no clear sentence.
CRASH = re.compile(r"Sanitizer|runtime error:|Assertion|internal error|Segmentation")

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # nohup would have it ignored
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

WATCH = """
import os, resource, subprocess, sys
quiet = subprocess.DEVNULL
code = subprocess.call(sys.argv[1:], stdin=quiet, stdout=quiet, stderr=quiet)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}, stdout {self.out[:300]!r}, stderr {self.err[:600]!r}"


class Program:
    def __init__(self, executable, root):
        self.executable, self.root = os.path.abspath(executable), os.path.abspath(root)
        self.data = os.path.join(self.root, "data")
        self.folder = tempfile.mkdtemp(prefix="lambdaplan-cli-")
        self.environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.environment.update(LAMBDAPLAN_DATA_DIR=self.data, TERM="xterm", LC_ALL="C")

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, content):
        """Writes a file: text, bytes, or what becomes JSON. Its path."""
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content, indent=1)
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def scenario(self, name="small.json", **changes):
        """SMALL with changes by path: functions__f__timeout=3; None takes a key out."""
        scenario = copy.deepcopy(SMALL)
        for path, value in changes.items():
            *way, last = path.split("__")
            place = scenario
            for step in way:
                place = place.setdefault(step, {})
            if value is None:
                place.pop(last, None)
            else:
                place[last] = value
        return self.file(name, scenario)

    def run(self, *arguments, stdin=None, stdout=subprocess.PIPE, environment=None, limit=None,
            cwd=None):
        def limit_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        ran = subprocess.run(
            [self.executable, *arguments], input=stdin, stdout=stdout, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL if stdin is None else None, check=False, timeout=240,
            cwd=cwd or self.folder, env={**self.environment, **(environment or {})},
            preexec_fn=limit_files if limit is not None else None)
        return Ran(ran.returncode, (ran.stdout or b"").decode(errors="replace"),
                   ran.stderr.decode(errors="replace"))

    def peak_mb(self, *arguments):
        """Runs it in silence: its exit code, and the most memory that it had."""
        # AddressSanitizer keeps what was freed, for a while; a bound of memory cannot count that.
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        # A process begins with its parent's peak: so the parent is a small one.
        ran = subprocess.run([sys.executable, "-c", WATCH, self.executable, *arguments],
                             stdout=subprocess.PIPE, check=False, cwd=self.folder,
                             env={**self.environment, "ASAN_OPTIONS": options})
        code, kilobytes = ran.stdout.split()
        return int(code), int(kilobytes) / 1024

    def start(self, *arguments, stdin=subprocess.DEVNULL, **more):
        return subprocess.Popen([self.executable, *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=stdin, cwd=self.folder,
                                env=self.environment, **more)

    def wrong(self, ran, code, *said, out=""):
        """What is not as expected: the code, sentences (regular expressions) on stderr, stdout."""
        problems = []
        if ran.code != code:
            problems.append(f"not exit code {code}")
        problems += [f"does not say /{text}/" for text in said if not re.search(text, ran.err)]
        if out is not None and ran.out != out:
            problems.append(f"stdout is not {out[:60]!r}")
        if CRASH.search(ran.err):
            problems.append("crashed")
        if any(ord(c) < 32 and c != "\n" for c in ran.err):
            problems.append("control characters on stderr")
        return [f"{', '.join(problems)}: {ran!r}"] if problems else []

    def listing(self, name):
        path = self.path(name)
        return set(os.listdir(path)) if os.path.isdir(path) else set()

    def contents(self, name):
        found = {}
        for entry in self.listing(name):
            with open(os.path.join(self.path(name), entry), "rb") as file:
                found[entry] = file.read()
        return found


def arguments_of(argv):
    if len(argv) != 3:
        sys.exit(f"usage: {argv[0]} EXECUTABLE SOURCE_ROOT")
    return argv[1], argv[2]
