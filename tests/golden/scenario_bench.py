# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of shipped scenarios and of changed ones, for tests of what they are there to show.

The importing program is called with SOURCE_ROOT PROGRAM.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from decimal import Decimal

ROOT, PROGRAM = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
sys.path.insert(0, os.path.join(ROOT, "tests/structure"))
from tap import Tap  # noqa: E402

DATA = os.path.join(ROOT, "data")
SHIPPED = os.path.join(DATA, "scenarios")


class Run:
    """One call of simulate and its files."""

    def __init__(self, folder, path, *more):
        self.folder = tempfile.mkdtemp(dir=folder)
        self.process = subprocess.run(
            [PROGRAM, "simulate", path, "--output", self.folder, "--data-dir", DATA,
             "--progress", "never", *more], capture_output=True, text=True, timeout=600)
        self.code = self.process.returncode
        self.said = self.process.stdout + self.process.stderr
        self.metrics = {}
        if self.code in (0, 3):
            self.metrics = {(row["entity"], row["metric"]): row for row in self.rows("summary.csv")}

    def rows(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def json(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return json.load(file)

    def bytes(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def get(self, entity, metric, column="mean"):
        row = self.metrics.get((entity, metric))
        return math.nan if row is None or row[column] == "" else float(row[column])

    def cost(self, option="lambda"):
        rows = [row for row in self.rows("comparison.csv") if row["option"] == option]
        return Decimal(rows[0]["monthly_cost_usd"])

    def quantity(self, sku, option="lambda"):
        return sum((Decimal(row["quantity"]) for row in self.rows("cost.csv")
                    if row["sku"] == sku and row["option"] == option), Decimal(0))

    def lines(self, sku):
        return sum((Decimal(row["cost_usd"]) for row in self.rows("cost.csv")
                    if row["sku"] == sku), Decimal(0))


class Bench:
    """The folder of this test, its cases, and scenarios by name."""

    def __init__(self, folder):
        self.folder, self.tap, self.files = folder, Tap(), 0

    def load(self, name):
        with open(os.path.join(SHIPPED, name + ".json"), encoding="utf-8") as file:
            scenario = json.load(file)
        for workload in scenario["workloads"].values():
            if "file" in workload["arrivals"]:
                workload["arrivals"]["file"] = os.path.join(SHIPPED, workload["arrivals"]["file"])
        return scenario

    def run(self, scenario, *more):
        self.files += 1
        path = os.path.join(self.folder, f"{self.files}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(scenario, file)
        return Run(self.folder, path, *more)

    def shipped(self, name, *more):
        return Run(self.folder, os.path.join(SHIPPED, name + ".json"), *more)

    def claim(self, name, run, code, *checks):
        """Each check is a sentence and whether it holds."""
        wrong = [] if run.code == code else [f"exit code {run.code}, not {code}: {run.said}"]
        self.tap.case(name, wrong + [text for text, holds in checks if not holds])
