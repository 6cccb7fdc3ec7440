#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped data, and the keys of data/limits in the code: what the program's own readers do not
see. One TAP case a rule.

usage: data.py SOURCE_ROOT
"""
import csv
import io
import os
import re
import sys

from tap import Tap, read, tree

KEYS = "planner/scenario/limit_keys.c"
# plan_api_limit appends them to the name of an API.
BY_REGION = (".rate.other", ".rate.*", ".burst.other", ".burst.*")
# What may stand in for a limit that does not exist on a day: no such thing, or no bound.
STAND_INS = ("0", "-1", "INFINITY")
# How well a number is known.
CONFIDENCE = ("doc", "computed", "measured", "third-party", "partly recalled", "recalled", "inferred")
ROW = {  # what the rows of one thing have in common
    "limits": ("key",),
    "prices": ("service", "sku", "region", "tier_from"),
    "runtimes": ("runtime", "package", "architecture", "memory_mb", "profile", "idle_s"),
    "instances": ("instance_type",),
}


def literals(code):
    """The strings of C code, adjacent ones as one."""
    joined = re.sub(r'"\s*\n\s*"', "", code)
    return re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined)


def keys_of(text):
    """(key, unit) of each row of the table of keys."""
    return re.findall(r'^    \{"([^"]+)", "([^"]+)"\},$', text, re.M)


def asked(key, words):
    """Does code that has these strings ask for the key?"""
    return key in words or any(key.endswith(end) and key[:-len(end)] in words for end in BY_REGION)


def unknown(word, keys):
    """Is this string like a key, and none?"""
    word = re.sub(r"%[.0-9]*[a-z]", "*", word)
    return (re.fullmatch(r"[a-z0-9]+(\.[\w*-]+)+", word, re.I) is not None
            and word.split(".")[0] in {key.split(".")[0] for key in keys}
            and word not in keys and not any(word + end in keys for end in BY_REGION))


def arguments(code, start):
    """The arguments of a call whose parenthesis opened before `start`."""
    found, depth, begin = [], 0, start
    for i in range(start, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}" and depth > 0:
            depth -= 1
        elif code[i] in ",)" and depth == 0:
            found.append(code[begin:i].strip())
            begin = i + 1
            if code[i] == ")":
                break
    return found


def numbers_that_stand_in(code):
    """Numbers in code in place of a limit of the data."""
    calls = [arguments(code, call.end())[-1]
             for call in re.finditer(r"\b(?:limits|limit|reader_limit)_or\(", code)]
    return [last for last in calls if re.match(r"[-\d(]", last) and last not in STAND_INS]


def out_of_order(rows, columns):
    """Lines whose dates do not rise within the rows of one thing."""
    latest, found = {}, []
    for line, row in enumerate(rows, 2):
        name = tuple(row.get(column) for column in columns)
        since = row.get("effective_from") or ""
        if name in latest and since <= latest[name]:
            found.append(line)
        latest[name] = since
    return found


def noticed(tap):
    """The rules themselves."""
    keys = ["a.b", "a.rate.*", "a.rate.other", "a.*.max"]
    tap.case("a misspelt key is noticed", [
        f"{word}: {unknown(word, keys)}" for word, wanted in [
            ("a.b", False), ("a.c", True), ("a", False), ("a.%.40s.max", False), ("b.c", False),
            ("a.%s.min", True), ("a.", False), ("a.b c", False)] if unknown(word, keys) != wanted])
    tap.case("a key that nobody asks for is noticed", [
        key for key, wanted in [("a.b", True), ("a.rate.*", True), ("a.c", False), ("c.b", False)]
        if asked(key, {"a", "a.b"}) != wanted])
    tap.case("a number in place of a limit is noticed", [
        code for code, wanted in [
            ('limit_or(p, "a.b", 5)', ["5"]), ('x = limits_or(l, "a.b", f(1, 2), (int)7);', ["(int)7"]),
            ('limit_or(p, "a.b", 0)', []), ('reader_limit_or(r, key, INFINITY)', []),
            ('limit_or(p, k, limit_or(p, "a.c", 9))', ["9"]), ('limit(p, "a.b") + 5', [])]
        if numbers_that_stand_in(code) != wanted])
    rows = [{"key": "a", "effective_from": "2015"}, {"key": "b", "effective_from": ""},
            {"key": "a", "effective_from": "2014-02"}, {"key": "b", "effective_from": "2015"}]
    tap.case("dates that fall are noticed",
             [] if out_of_order(rows, ("key",)) == [4] else [str(out_of_order(rows, ("key",)))])


def keys_in_code(tap, root):
    table = read(root, KEYS)
    keys = [key for key, _ in keys_of(table)]
    code = {path: read(root, path) for path in tree(root)
            if path.startswith("planner/") and path.endswith((".c", ".h")) and path != KEYS}
    words = {word for text in code.values() for word in literals(text)}
    patterns = {re.sub(r"%[.0-9]*[a-z]", "*", word) for word in words}
    tap.case(f"{KEYS} is a sorted table, no key twice",
             ([] if len(keys) == table.count('    {"') > 100 else [f"{len(keys)} rows are read"])
             + [key for key, after in zip(keys, keys[1:])
                if key.replace("*", "~").split(".") >= after.replace("*", "~").split(".")])
    tap.case("every key of the table is one that the code asks for",
             [key for key in keys if not asked(key, patterns)])
    tap.case(f"every key that the code asks for is in {KEYS}",
             [f"{path}: {word}" for path, text in sorted(code.items())
              for word in literals(text) if unknown(word, keys)])
    tap.case("no number in code stands in for a limit",
             [f"{path}: {number}" for path, text in sorted(code.items())
              for number in numbers_that_stand_in(text)])


def data(tap, root, folder):
    path = os.path.join("data", folder)
    order, unsaid, words = [], [], []
    files = [name for name in sorted(os.listdir(os.path.join(root, path))) if name.endswith(".csv")]
    for name in files:
        rows = list(csv.DictReader(io.StringIO(read(root, os.path.join(path, name)))))
        order += [f"{name}:{line}" for line in out_of_order(rows, ROW[folder])]
        for line, row in enumerate(rows, 2):
            if len(row["source"].strip()) < 4 or not (row.get("unit") or "-").strip():
                unsaid.append(f"{name}:{line}")
            if row["confidence"] not in CONFIDENCE:
                words.append(f"{name}:{line}: {row['confidence']}")
    tap.case(f"{path} has files", [] if files else ["none"])
    tap.case(f"{path}: what changed stands in the order of dates", order)
    tap.case(f"{path}: every row has a source and a unit", unsaid)
    tap.case(f"{path}: confidence is one of the words for it", words)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: data.py SOURCE_ROOT")
    tap = Tap()
    noticed(tap)
    keys_in_code(tap, sys.argv[1])
    for folder in sorted(ROW):
        data(tap, sys.argv[1], folder)
    tap.finish()


if __name__ == "__main__":
    main()
