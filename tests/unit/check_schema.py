# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema against an independent validator: good scenarios pass, spoilt ones do not. TAP."""
import copy
import glob
import json
import os
import re
import sys

try:
    import jsonschema
    VALIDATOR = jsonschema.Draft202012Validator
except (ImportError, AttributeError):
    print("1..0 # SKIP python3-jsonschema 4 is not there")
    sys.exit(0)

ROOT = sys.argv[1]
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
case = 0
failed = False


def load(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return json.loads(TOKEN.sub(lambda m: m[0] if m[0][0] == '"' else " ", text))


def report(good, name, why=""):
    global case, failed
    case += 1
    failed |= not good
    print(f"{'ok' if good else 'not ok'} {case} - {name}")
    if not good and why:
        print("# " + why.replace("\n", "\n# "))


schema = load(os.path.join(ROOT, "data/schema/scenario.schema.json"))
VALIDATOR.check_schema(schema)
validator = VALIDATOR(schema)
example = os.path.join(ROOT, "tests/data/scenarios/every-key.json")
for path in sorted(glob.glob(os.path.join(ROOT, "tests/data/scenarios/*.json")) +
                   glob.glob(os.path.join(ROOT, "data/scenarios/*.json"))):
    errors = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(load(path))]
    report(not errors, os.path.relpath(path, ROOT), "\n".join(errors[:5]))

SPOILT = [
    ("functions/index/memory_size", 20000),
    ("functions/index/memory_size", "512"),
    ("functions/index/memory_sise", 512),
    ("functions/index/duration_ms", {"distribution": "uniform", "min": 1}),
    ("functions/index/duration_ms", -1),
    ("event_source_mappings/meter/batch_size", 0),
    ("event_source_mappings/meter/event_source", "function:web"),
    ("workloads/events/arrivals", {"process": "poisson"}),
    ("workloads/events/arrivals", {"process": "poisson", "rate_per_s": 1, "points": [[0, 1]]}),
    ("workloads/daily/arrivals/points", [[0, 1, 2]]),
    ("baselines/fleet", {"instance_type": "m5.large", "sizing": "target_tracking"}),
    ("baselines/fleet/instance_type", "large"),
    ("objectives", [{"metric": "x", "entity": "account"}]),
    ("prices", [{"service": "s", "sku": "k", "price_usd": 0.1}]),
    ("streams/a b", {"shard_count": 1}),
    ("as_of", "soon"),
]
for path, value in SPOILT:
    scenario = copy.deepcopy(load(example))
    *way, last = path.split("/")
    place = scenario
    for part in way:
        place = place[part]
    place[last] = value
    report(not validator.is_valid(scenario), f"spoilt {path} = {json.dumps(value)}")
print(f"1..{case}")
sys.exit(1 if failed else 0)
