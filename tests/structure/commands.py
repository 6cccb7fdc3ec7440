#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts around the build: what scripts/count_cases counts, and what scripts/install does on
machines that lack something (by stand-ins for apt, dpkg, id and sudo). One TAP case a situation.

usage: commands.py SOURCE_ROOT
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from tap import Tap, read


def run_of(stdout, result="OK", returncode=0, stderr=""):
    return {"name": "sample", "stdout": stdout, "stderr": stderr, "result": result,
            "returncode": returncode}


# What happened, the programs' logs, the last line, the exit code.
COUNTS = [
    ("all is well", [run_of("1..2\nok 1 - a\nok 2 - b\n"), run_of("ok 1\n1..1\n")],
     "3 passed, 0 failed", 0),
    ("a case fails", [run_of("1..2\nok 1 - a\nnot ok 2 - b\n", "FAIL", 1)],
     "1 passed, 1 failed", 1),
    ("a case fails and its program says nothing", [run_of("1..2\nok 1 - a\nnot ok 2 - b\n")],
     "1 passed, 1 failed", 1),
    ("a crash between cases", [run_of("1..4\nok 1 - a\n", "ERROR", -11)],
     "1 passed, 3 failed", 1),
    ("a crash before any case", [run_of("", "ERROR", -6), run_of("1..1\nok 1\n")],
     "1 passed, 1 failed", 1),
    ("a leak found after the last case", [run_of("1..1\nok 1\n", "ERROR", 23, "leaked")],
     "1 passed, 1 failed", 1),
    ("a program out of time", [run_of("1..2\nok 1 - a\n", "TIMEOUT", -15)],
     "1 passed, 1 failed", 1),
    ("a program that gives up", [run_of("1..1\nok 1\nBail out! no disk\n", "ERROR", 0)],
     "1 passed, 1 failed", 1),
    ("cases are left out", [run_of("1..2\nok 1 - a\nok 2 # SKIP no network\n")],
     "1 passed, 0 failed", 0),
    ("a whole program is left out", [run_of("1..0 # SKIP no MPI\n", "SKIP"), run_of("1..1\nok 1\n")],
     "1 passed, 0 failed", 0),
    ("everything is left out", [run_of("1..1\nok 1 # SKIP\n", "SKIP")],
     "0 passed, 0 failed", 1),
    ("a program without cases", [run_of("hello\n")], "0 passed, 1 failed", 1),
    ("no program at all", [], "0 passed, 0 failed", 1),
    ("bytes that are no text", [run_of("1..1\nnot ok 1 - \udcff\n", "FAIL", 1)],
     "0 passed, 1 failed", 1),
]


def expect(got, wanted):
    return [] if got == wanted else [f"got {got!r}, not {wanted!r}"]


def count_cases(tap, root, folder):
    counter = os.path.join(root, "scripts/count_cases")
    log = os.path.join(folder, "testlog.json")

    def count(text):
        with open(log, "w", encoding="utf-8") as file:
            file.write(text)
        run = subprocess.run([sys.executable, "-B", counter, log], capture_output=True, check=False,
                             env={**os.environ, "LC_ALL": "C"})
        return (run.stdout.decode("utf-8").splitlines() or [""])[-1], run.returncode

    for name, runs, line, code in COUNTS:
        got = count("".join(json.dumps(run) + "\n" for run in runs))
        tap.case(f"count_cases: {name}", expect(got, (line, code)))
    cut_off = json.dumps(COUNTS[0][1][0]) + '\n{"name": "cut'
    tap.case("count_cases: a log that is cut off", expect(count(cut_off), ("2 passed, 1 failed", 1)))


def install(root, folder, missing=(), user=1000, sudo=False, works=True, kind="test"):
    """(exit code, what was said, what apt-get was told) of scripts/install on such a machine."""
    calls = os.path.join(folder, "calls")
    stand_ins = {
        "dpkg-query": "for name; do :; done\ncase ' %s ' in\n*\" $name \"*) exit 1 ;;\nesac\n"
                      "printf 'install ok installed'\n" % " ".join(missing),
        "id": f"echo {user}\n",
        "apt-get": f"echo \"$@\" >>'{calls}'\necho 'apt says this'\nexit {0 if works else 100}\n",
        "sudo": ('if [ "$1" = -n ]; then shift; fi\nexec "$@"\n' if sudo else "exit 1\n"),
    }
    for name, text in stand_ins.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(os.path.join(folder, name), 0o755)
    with open(calls, "w", encoding="utf-8"):
        pass
    run = subprocess.run(["sh", os.path.join(root, "scripts/install"), kind], text=True,
                         capture_output=True, check=False, stdin=subprocess.DEVNULL, cwd="/",
                         env={**os.environ, "PATH": folder + ":/usr/bin:/bin"})
    with open(calls, encoding="utf-8") as file:
        return run.returncode, run.stdout + run.stderr, file.read().splitlines()


def installs(tap, root, folder):
    tap.case("install: silent when nothing is missing", expect(install(root, folder), (0, "", [])))
    for name, user, sudo in [("as root", 0, False), ("through sudo", 1000, True)]:
        code, said, calls = install(root, folder, ["libcsv-dev", "check"], user, sudo)
        problems = expect(code, 0) + expect(said, "Installing: libcsv-dev check\n")
        if len(calls) != 2 or "update" not in calls[0].split():
            problems.append(f"not an update and an installation: {calls}")
        elif calls[1].split()[-3:] != ["install", "libcsv-dev", "check"]:
            problems.append(f"installs something else: {calls[1]}")
        tap.case(f"install: only what is missing, {name}", problems)
    code, said, calls = install(root, folder, ["libcsv-dev"])
    wanted = "apt-get install --no-install-recommends libcsv-dev"
    tap.case("install: says what to run when it may not", expect((code, calls), (1, [])) +
             ([] if wanted in said else [f"it says {said!r}"]))
    code, said, _ = install(root, folder, ["libcsv-dev"], user=0, works=False)
    tap.case("install: apt's words when it fails", expect(code, 1) +
             ([] if "apt says this" in said and "libcsv-dev" in said else [f"it says {said!r}"]))
    tap.case("install: a build needs no test package",
             expect(install(root, folder, ["check"], kind="build"), (0, "", [])))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: commands.py SOURCE_ROOT")
    root = sys.argv[1]
    tap = Tap()
    rows = [line for line in read(root, "scripts/packages").splitlines() if line[:1] not in ("", "#")]
    names = [row.split()[0] for row in rows]
    tap.case("packages: name, kind and reason, each once",
             [row for row in rows if not re.fullmatch(r"[a-z0-9.+-]+ +(build|test) +# \S.*", row)]
             + [name for name in names if names.count(name) > 1] + ([] if rows else ["none"]))
    with tempfile.TemporaryDirectory() as folder:
        count_cases(tap, root, folder)
        installs(tap, root, folder)
    for script, *wrong in [("install", "--nonsense"), ("configure", "--nonsense"),
                           ("test", "--nonsense"), ("test", "--fuzz"), ("test", "--fuzz", "0"),
                           ("test", "--fuzz", "1x0"), ("test", "--long", "3"),
                           ("demo", "--nonsense")]:
        run = subprocess.run(["sh", os.path.join(root, "scripts", script), *wrong], text=True,
                             capture_output=True, check=False, stdin=subprocess.DEVNULL)
        tap.case(f"{script} {' '.join(wrong)}: refused",
                 expect(run.returncode, 2) + ([] if "usage:" in run.stderr else [run.stderr]))
    tap.finish()


if __name__ == "__main__":
    main()
