#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`prices import` and what uses its file: `prices show`, `simulate` and `bill` with --prices, and a
data folder. One TAP case each.

usage: test_prices_import.py EXECUTABLE SOURCE_ROOT
"""
import csv
import gzip
import io
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "structure"))

from program import Program, arguments_of
from tap import Tap

METADATA = [("FormatVersion", "v1.0"), ("Disclaimer", "For information only."),
            ("Publication Date", "2026-10-05T18:13:31Z"), ("Version", "20261005181331"),
            ("OfferCode", "AWSLambda")]
HEADER = ["SKU", "TermType", "EffectiveDate", "StartingRange", "EndingRange", "Unit",
          "PricePerUnit", "Currency", "Product Family", "serviceCode", "usageType", "operation",
          "Region Code"]


def offer(*rows, header=HEADER):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [*METADATA, header, *rows])
    return text.getvalue()


def row(usage_type, unit, price, region="us-east-1", start="0", end="Inf", day="2023-10-01",
        family="Serverless"):
    return ["S", "OnDemand", day, start, end, unit, price, "USD", family, "AWSLambda", usage_type,
            "", region]


# Ten times the shipped price of a request, a hundred times that of x86.
OFFER = offer(row("Request", "Requests", "0.0000020000"),
              row("Lambda-GB-Second", "Lambda-GB-Second", "0.0016666700"),
              row("USW2-Request", "Requests", "0.0000040000", region="us-west-2"),
              row("Weird-Usage", "Things", "1", family="Odd Things"))
SOURCE = "AWS Price List AWSLambda published 2026-10-05; offer.csv"


def amounts(program, *arguments):
    """Lines of the option's bill by SKU, and what is wrong with the run."""
    ran = program.run("simulate", "small.json", "--format", "json", "-q", *arguments)
    problems = program.wrong(ran, 0, out=None)
    lines = {}
    try:
        for line in json.loads(ran.out)["options"][0]["bill"]:
            lines.setdefault(line["sku"], line)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        problems.append(f"no bill in the result: {error!r}")
    return lines, problems


def imports(tap, program):
    program.file("offer.csv", OFFER)
    ran = program.run("prices", "import", "offer.csv", "--output", "own.csv")
    problems = program.wrong(ran, 0, r"warning: not imported: 1 entry of product family Odd Things",
                             r"files: own\.csv with 3 prices")
    with open(program.path("own.csv"), encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    wanted = [("duration-x86", "us-east-1", "GB-second", "0.00166667"),
              ("request", "us-east-1", "request", "0.000002"),
              ("request", "us-west-2", "request", "0.000004")]
    got = [(r["sku"], r["region"], r["unit"], r["price_usd"]) for r in found]
    if got != wanted:
        problems.append(f"rows are {got}")
    if {(r["service"], r["tier_from"], r["tier_to"], r["effective_from"], r["effective_to"],
         r["source"], r["confidence"]) for r in found} != {
             ("lambda", "0", "", "2023-10-01", "", SOURCE, "doc")}:
        problems.append(f"not all fields are as wanted: {found}")
    tap.case("an offer becomes rows of the price book", problems)

    ran = program.run("prices", "import", "offer.csv", "--output", "west.csv", "--region",
                      "us-west-2", "-q")
    text = open(program.path("west.csv"), encoding="utf-8").read()
    tap.case("--region keeps one region",
             program.wrong(ran, 0) + ([] if text.count("\n") == 2 and "us-west-2" in text
                                      else [text]))

    program.file("offer2.csv.gz", gzip.compress(OFFER.replace("\n", "\r\n").encode()))
    ran = program.run("prices", "import", "offer2.csv.gz", "--output", "packed.csv", "-q")
    one, two = (open(program.path(name), encoding="utf-8").read()
                for name in ("own.csv", "packed.csv"))
    tap.case("packed, and with CRLF: the same",
             program.wrong(ran, 0) + ([] if two.replace("offer2.csv.gz", "offer.csv") == one
                                      else [two]))


# An offer with everything that JSON says in other words: tiers, reservations, variants that are not
# taken, other currencies, what is global.
EC2_HEADER = [*HEADER, "LeaseContractLength", "PurchaseOption", "OfferingClass", "Location Type",
              "Instance Type", "Tenancy", "Operating System", "Pre Installed S/W",
              "CapacityStatus"]


def box(sku, price, unit="Hrs", usage_type="BoxUsage:m5.large", term=("", "", ""),
        system="Linux", tenancy="Shared", currency="USD", place="AWS Region"):
    return [sku, "Reserved" if term[0] else "OnDemand", "2026-10-01", "" if term[0] else "0",
            "" if term[0] else "Inf", unit, price, currency, "Compute Instance", "AmazonEC2",
            usage_type, "RunInstances", "us-east-1", *term, place, "m5.large", tenancy, system,
            "NA", "Used"]


def other(*fields):
    return [*fields, *[""] * (len(EC2_HEADER) - len(HEADER))]


RICH = [
    box("A", "0.0960000000"),
    box("A", "0.0605", term=("1yr", "No Upfront", "standard")),
    box("A", "438", "Quantity", term=("1yr", "All Upfront", "standard")),
    box("A", "0.0", term=("1yr", "All Upfront", "standard")),
    box("A", "0.03", term=("3yr", "Partial Upfront", "standard")),
    box("A", "657", "Quantity", term=("3yr", "Partial Upfront", "standard")),
    box("A", "0.07", term=("1yr", "No Upfront", "convertible")),
    box("B", "0.2", tenancy="Dedicated"), box("C", "0.3", system="Windows"),
    box("D", "0.4", place="AWS Local Zone"), box("E", "5", usage_type="Odd", currency="CNY"),
    other(*row("Request", "Requests", "0.0000002")[:-1], "us-west-2"),
    other("L", *row("Lambda-GB-Second", "Lambda-GB-Second", "0.0000166667", end="6000")[1:]),
    other("L", *row("Lambda-GB-Second", "Lambda-GB-Second", "0.0000150000", start="6000")[1:]),
    other("M", *row("Global-Request", "Requests", "0", region="", end="1000000")[1:]),
    other("N", *row("EU-Request", "Requests", "0.0000003", region="")[1:]),
    other("O", *row("Lambda-GB-Second-ARM", "Parsecs", "1")[1:]),
]


def as_json(rows):
    """The same rows as AWS's JSON has them."""
    attributes = {"serviceCode": "servicecode", "usageType": "usagetype",
                  "operation": "operation", "Region Code": "regionCode",
                  "Location Type": "locationType", "Instance Type": "instanceType",
                  "Tenancy": "tenancy", "Operating System": "operatingSystem",
                  "Pre Installed S/W": "preInstalledSw", "CapacityStatus": "capacitystatus"}
    of_term = ("LeaseContractLength", "PurchaseOption", "OfferingClass")
    document = {"formatVersion": "v1.0", "disclaimer": "For \"information\" only {[",
                "offerCode": "AWSLambda", "version": "20261005181331",
                "publicationDate": "2026-10-05T18:13:31Z", "products": {},
                "terms": {"OnDemand": {}, "Reserved": {}}}
    for number, fields in enumerate(rows):
        r = dict(zip(EC2_HEADER, fields))
        sku = r["SKU"]
        document["products"][sku] = {
            "sku": sku, "productFamily": r["Product Family"],
            "attributes": {name: r[column] for column, name in attributes.items()
                           if r[column]} | {"servicename": "\u00e9 \\ x"}}
        terms = document["terms"][r["TermType"]].setdefault(sku, {})
        code = sku + "." + ".".join(r[name] for name in of_term)
        term = terms.setdefault(code, {
            "offerTermCode": "X", "sku": sku, "effectiveDate": r["EffectiveDate"] + "T00:00:00Z",
            "priceDimensions": {},
            "termAttributes": {name: r[name] for name in of_term if r[name]}})
        price = {"rateCode": f"{code}.{number}", "description": "$1", "unit": r["Unit"],
                 "pricePerUnit": {r["Currency"]: r["PricePerUnit"]}, "appliesTo": []}
        if r["StartingRange"]:
            price |= {"beginRange": r["StartingRange"], "endRange": r["EndingRange"]}
        term["priceDimensions"][price["rateCode"]] = price
    return json.dumps(document, indent=2)


def json_says_the_same(tap, program):
    program.file("rich.csv", offer(*RICH, header=EC2_HEADER))
    program.file("rich.json", as_json(RICH))
    program.file("rich.json.gz", gzip.compress(as_json(RICH).encode()))
    results = {}
    program.file("marked.json", "\ufeff" + as_json(RICH).replace("\n", "\r\n"))
    program.file("marked.csv", "\ufeff" + offer(*RICH, header=EC2_HEADER).replace("\n", "\r\n"))
    for name in ("rich.csv", "rich.json", "rich.json.gz", "marked.json", "marked.csv"):
        for options in ((), ("--region", "us-east-1"), ("--service", "ec2")):
            ran = program.run("prices", "import", name, "--output", "rich.out", *options)
            problems = program.wrong(ran, 0)
            if problems:
                tap.case(f"{name} is imported", problems)
                return
            with open(program.path("rich.out"), encoding="utf-8") as file:
                results[name, options] = file.read().replace(name, "FILE")
    wanted = results["rich.csv", ()]
    problems = [f"{key}: {text}" for key, text in results.items()
                if text != results["rich.csv", key[1]]]
    tap.case("JSON and CSV of one offer give the same prices", problems)
    problems = [] if wanted.count("\n") == 10 else [wanted]
    for part in ("lambda,free-requests,global,request,0,0,1000000,2023-10-01",
                 "ec2,linux-reserved:m5.large:3yr-partial-upfront,us-east-1,hour,0.055,0,,2026-",
                 "lambda,duration-x86,us-east-1,GB-second,0.000015,6000,,2023-10-01",
                 "lambda,request,eu-west-1,request,0.0000003,0,,"):
        if part not in wanted:
            problems.append(f"no {part} in {wanted}")
    tap.case("both have all of it", problems)


def uses(tap, program):
    program.scenario()
    dated = ("--region", "us-east-1", "--as-of", "2024-01-01")
    ran = program.run("prices", "show", "lambda", "request", "--prices", "own.csv", *dated)
    tap.case("prices show: whose price, since when",
             program.wrong(ran, 0, out="lambda request in us-east-1: 0.000002 USD per request\n"
                                       f"  since 2023-10-01; {SOURCE} (doc)\n"))
    both = program.run("prices", "show", "lambda", "request", "--prices", "own.csv", "--region",
                       "us-east-1")
    alone = program.run("prices", "show", "lambda", "request", "--region", "us-east-1")
    listed = program.run("prices", "list", "--service", "lambda", "--prices", "own.csv")
    words = "that --prices has a price for, that one is used"
    problems = [] if both.code == 0 and 0 < both.out.count(words) < both.out.count("since ") else [both.out]
    problems += [] if words not in alone.out else [alone.out]
    problems += program.wrong(listed, 0, r"replaced by own\.csv", out=None)
    tap.case("what a file of prices replaces is marked", problems)
    ran = program.run("prices", "show", "lambda", "request", "--prices", "own.csv", "--region",
                      "us-east-1", "--as-of", "2023-09-30")
    problems = program.wrong(ran, 0, out=None)
    if "0.0000002 USD" not in ran.out or "offer.csv" in ran.out:
        problems.append(ran.out)
    tap.case("before its first day the book's own price holds", problems)

    shipped, problems = amounts(program)
    own, more = amounts(program, "--prices", "own.csv")
    problems += more
    for sku, price, before in (("request", "0.000002", "0.0000002"),
                               ("duration-x86", "0.00166667", "0.0000166667")):
        seen = [lines.get(sku, {}).get("unit_price_usd") for lines in (shipped, own)]
        if seen != [before, price]:
            problems.append(f"{sku}: {seen}")
    tap.case("simulate --prices: the user's rows win", problems)

    shutil.copytree(program.data, program.path("data"))
    elsewhere = offer(row("Request", "Requests", "0.0000070000", region="mx-central-1"),
                      row("Lambda-GB-Second", "Lambda-GB-Second", "0.00005",
                          region="mx-central-1"))
    program.file("mx.csv", elsewhere)
    ran = program.run("prices", "import", "mx.csv", "--output", "data/prices/my-prices.csv", "-q")
    problems = program.wrong(ran, 0)
    refused = program.run("simulate", "small.json", "--region", "mx-central-1", "-q")
    if refused.code != 1:
        problems.append(f"a region without prices was taken: {refused!r}")
    lines, more = amounts(program, "--region", "mx-central-1", "--data-dir", "data")
    problems += more
    if lines.get("request", {}).get("unit_price_usd") != "0.000007":
        problems.append(f"lines {lines}")
    tap.case("beside data/prices: a region that was unknown is billed", problems)

    program.file("log.txt", "".join(
        f"2024-01-02T00:00:0{i}.000Z REPORT RequestId: 00000000-0000-0000-0000-00000000000{i}\t"
        "Duration: 99.50 ms\tBilled Duration: 100 ms\tMemory Size: 1024 MB\t"
        "Max Memory Used: 60 MB\t\n" for i in range(5)))
    bill = ("bill", "log.txt", "--region", "us-east-1", "--free-tier", "off", "--format", "csv",
            "-q")
    before, after = program.run(*bill), program.run(*bill, "--prices", "own.csv")
    problems = program.wrong(before, 0, out=None) + program.wrong(after, 0, out=None)
    for text, price in ((before.out, ",0.0000002,"), (after.out, ",0.000002,")):
        if price not in text:
            problems.append(f"no {price}: {text[:1500]}")
    tap.case("bill --prices", problems)


# Name, arguments, exit code, what is said. The old file must stay as it is.
WRONG = [
    ("no file", ("import",), 2, r"an argument is missing"),
    ("no output", ("import", "offer.csv"), 2, r"--output is missing"),
    ("a folder as output", ("import", "offer.csv", "--output", "there/"), 2, r"names no file"),
    ("--output of list", ("list", "--output", "x"), 2, r"--output is for import"),
    ("--as-of of import", ("import", "offer.csv", "--output", "old.csv", "--as-of", "2020-01-01"),
     2, r"--as-of and --prices are for list and show"),
    ("a missing offer", ("import", "none.csv", "--output", "old.csv"), 1, r"none\.csv.*No such"),
    ("no offer", ("import", "own.csv", "--output", "old.csv"), 1, r"own\.csv: .*no offer file"),
    ("JSON of something else", ("import", "other.json", "--output", "old.csv"), 1,
     r"other\.json: this is no offer file of AWS's Price List: it has no \"products\""),
    ("cut JSON", ("import", "cut.json", "--output", "old.csv"), 1,
     r"cut\.json:\d+: the file ends inside of its JSON: it is cut"),
    ("a bad row", ("import", "offer.csv", "bad.csv", "--output", "old.csv"), 1,
     r"bad\.csv:7: PricePerUnit: \"dear\" is no price"),
    ("a cut row", ("import", "cut.csv", "--output", "old.csv"), 1, r"cut\.csv:10: "),
    ("a NUL in CSV", ("import", "nul.csv", "--output", "old.csv"), 1, r"nul\.csv:7: .*NUL"),
    ("a NUL in JSON", ("import", "nul.json", "--output", "old.csv"), 1, r"nul\.json:\d+: "),
    ("another kind of file", ("import", "picture.png", "--output", "old.csv"), 1,
     r"picture\.png: this is no offer file"),
    ("nothing of ours", ("import", "odd.csv", "--output", "old.csv"), 1, r"no row of these files"),
    ("an unknown region", ("import", "offer.csv", "--output", "old.csv", "--region", "moon-1"), 1,
     r"no row of these files is a price that is billed here in moon-1"),
    ("nowhere to write", ("import", "offer.csv", "--output", "own.csv/x.csv"), 1, r"own\.csv"),
    ("prices that are none", ("show", "lambda", "request", "--prices", "offer.csv"), 1,
     r"offer\.csv:1: column service is missing"),
]


def wrong(tap, program):
    program.file("other.json", {"formatVersion": "v1.0", "offers": {}})
    program.file("cut.json", as_json(RICH)[:-30])
    program.file("bad.csv", offer(row("Request", "Requests", "dear")))
    program.file("odd.csv", offer(row("Weird-Usage", "Things", "1", family="Odd\x1b Things")))
    program.file("nul.csv", OFFER.replace("Requests", "Req\0ests"))
    program.file("nul.json", as_json(RICH).replace("Lambda-GB-Second", "Lambda\0GB-Second", 1))
    program.file("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    program.file("cut.csv", OFFER[:-30])
    for name, arguments, code, said in WRONG:
        program.file("old.csv", "as it was")
        before = program.listing("")
        ran = program.run("prices", *arguments)
        problems = program.wrong(ran, code, said)
        with open(program.path("old.csv"), encoding="utf-8") as file:
            if file.read() != "as it was":
                problems.append("the file was written")
        if program.listing("") != before:
            problems.append(f"files appeared: {program.listing('') - before}")
        tap.case(f"refused: {name}", problems)
    ran = program.run("prices", "import", "offer.csv", "--output", "old.csv", limit=100)
    with open(program.path("old.csv"), encoding="utf-8") as file:
        kept = file.read() == "as it was"
    tap.case("a full disk leaves the old file",
             program.wrong(ran, 1, r"old\.csv") + ([] if kept else ["half a file was written"]))


def main():
    program = Program(*arguments_of(sys.argv))
    tap = Tap()
    try:
        imports(tap, program)
        json_says_the_same(tap, program)
        uses(tap, program)
        wrong(tap, program)
    finally:
        program.close()
    tap.finish()


if __name__ == "__main__":
    main()
