# SPDX-License-Identifier: GPL-3.0-or-later
"""TAP for the structure tests, and the tree that they look at."""
import os
import sys


class Tap:
    """Collects cases; each is a name and the list of what is wrong with it."""

    def __init__(self):
        self.count = self.failed = 0

    def case(self, name, problems):
        self.count += 1
        if problems:
            self.failed += 1
            print(f"not ok {self.count} - {name}: {problems[0]}")
            for problem in problems[1:]:
                print(f"# {problem}")
        else:
            print(f"ok {self.count} - {name}")

    def finish(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed or self.count == 0 else 0)


def tree(root):
    """Paths of the project's own files, relative to root: no build folder, nothing hidden but .ci,
    no output of the demo."""
    found = []
    for folder, folders, files in os.walk(root):
        top = folder == root
        folders[:] = sorted(
            name for name in folders
            if (not name.startswith(".") or (top and name == ".ci"))
            and name != "__pycache__"
            and not os.path.isdir(os.path.join(folder, name, "meson-private"))
            and not (top and (name == "lambdaplan-demo" or name.startswith("build"))))
        found += [os.path.relpath(os.path.join(folder, name), root) for name in sorted(files)]
    return found


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()
