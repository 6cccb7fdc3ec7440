#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each public header compiles as the only include of a program, and does no harm when it is
included twice. One TAP case a header.

usage: headers.py SOURCE_ROOT COMPILER...
"""
import os
import subprocess
import sys
import tempfile

from tap import Tap

FLAGS = ["-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes",
         "-Wundef", "-Werror"]


def compile_alone(compiler, include, header):
    """What the compiler says of a program that includes the header twice; [] when all is well."""
    program = f"#include <{header}>\n#include <{header}>\nint main(void)\n{{\n    return 0;\n}}\n"
    run = subprocess.run(compiler + FLAGS + ["-I", include, "-x", "c", "-"], input=program,
                         text=True, capture_output=True, check=False)
    if run.returncode == 0:
        return []
    return (run.stderr.strip() or f"the compiler's exit code is {run.returncode}").splitlines()


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: headers.py SOURCE_ROOT COMPILER...")
    include, compiler = os.path.join(sys.argv[1], "include"), sys.argv[2:]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in [("leans.h", "static inline size_t leans(void) { return 0; }\n"),
                           ("unguarded.h", "struct unguarded {\n    int a;\n};\n")]:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            noticed = compile_alone(compiler, folder, name)
            tap.case(f"a bad header ({name}) is noticed", [] if noticed else ["it compiled"])
    headers = sorted(name for name in os.listdir(os.path.join(include, "lambdaplan"))
                     if name.endswith(".h"))
    tap.case("there are public headers", [] if headers else ["none found"])
    for name in headers:
        tap.case(f"lambdaplan/{name} compiles alone",
                 compile_alone(compiler, include, "lambdaplan/" + name))
    tap.finish()


if __name__ == "__main__":
    main()
