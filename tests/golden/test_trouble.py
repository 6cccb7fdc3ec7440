#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipped scenarios in which something goes wrong: what each is there to show must be so. One TAP
case a claim.

usage: test_trouble.py SOURCE_ROOT PROGRAM
"""
import tempfile

from scenario_bench import Bench


def said(run):
    return " ".join(run.said.split())


def downstream_outage(bench):
    """The database hangs from 600 to 720 s. At 60 calls a second 1,000 environments are waiting
    after 16 s; those of the first calls end after 30 s, and all further ones are fought for."""
    checkout, prices, ledger = "function:checkout", "function:prices", "esm:ledger"
    run = bench.shipped("downstream-outage")
    throttled = run.get(prices, "throttles")
    drain = run.get(ledger, "drain_s")
    bench.claim("downstream-outage: who waits for the database takes the account with it", run, 3,
                (f"{throttled} of some 104 s x 40 calls are throttled", 1500 < throttled < 3000),
                ("the account is not used up",
                 run.get("account", "concurrent_executions.max") == 1000),
                ("somebody else than checkout holds it", run.get(prices, "throttled_while.checkout") > 0.99),
                (f"{run.get(checkout, 'timeouts')} waited until the timeout",
                 run.get(checkout, "timeouts") > 2500),
                ("they are not billed for it", run.get(checkout, "duration_ms.max") == 30000),
                ("the table does not say where they wait", "calls, failed ones too" in run.said),
                ("the database is not in it", "orders-db" in run.said),
                ("nobody says who it is", "100 % of it by function checkout" in said(run)),
                ("nobody says what helps", "give its calls a timeout_ms" in said(run)),
                ("bad advice is given", "checkout: 2.85 % of invocations ended" not in said(run)))
    bench.claim("downstream-outage: the backlog drains in seconds, and nothing is lost", run, 3,
                (f"{drain} s", 5 < drain < 60),
                (f"{run.get(ledger, 'drain_backlog.max')} records of 120 s x 200",
                 23000 < run.get(ledger, "drain_backlog.max") < 26000),
                ("not all drained", run.get(ledger, "drains_unfinished") == 0),
                ("some expired", run.get(ledger, "records_expired") == 0 and
                 run.get(ledger, "records_discarded") == 0))
    fired = {alarm["name"]: [change["time_s"] for change in alarm["changes"]
                             if change["state"] == "ALARM"]
             for alarm in run.json("run.json")["alarms"]}
    bench.claim("downstream-outage: the alarms fire after a minute, and after two", run, 3,
                (f"{fired}", fired == {"checkout-fails": [660], "prices-throttled": [660],
                                       "database-full": [720]}))
    pages = bench.shipped("downstream-outage", "--format", "html").said
    bench.claim("downstream-outage: a page has its charts", run, 3,
                *((f"no chart `{chart}`", chart in pages) for chart in
                  ("Mean latency of calls to downstreams", "Calls that wait for downstreams",
                   "Connections of downstreams")))
    scenario = bench.load("downstream-outage")
    for call in scenario["functions"]["checkout"]["calls"]:
        call["timeout_ms"] = 1000
    impatient = bench.run(scenario)
    bench.claim("downstream-outage: with a timeout of a second a call the others notice nothing",
                impatient, 0,
                ("some are throttled", impatient.get(prices, "throttles") == 0),
                (f"{impatient.get(checkout, 'concurrent_executions.max')} at once",
                 60 < impatient.get(checkout, "concurrent_executions.max") < 130),
                (f"{impatient.get(checkout, 'errors')} of 120 s x 60 fail",
                 6600 < impatient.get(checkout, "errors") < 7600),
                (f"{impatient.cost()} of {run.cost()}", impatient.cost() < run.cost() / 2))
    scenario = bench.load("downstream-outage")
    scenario["functions"]["checkout"]["reserved_concurrent_executions"] = 100
    fenced = bench.run(scenario)
    bench.claim("downstream-outage: a reservation is a fence as well", fenced, 0,
                ("some are throttled", fenced.get(prices, "throttles") == 0),
                ("checkout is not, instead", fenced.get(checkout, "throttles.reserved_concurrency") > 5000))
    scenario = bench.load("downstream-outage")
    scenario["downstreams"]["orders-db"]["max_connections"] = 200
    refused = bench.run(scenario)
    bench.claim("downstream-outage: a database that refuses connections lets the others live",
                refused, 0,
                (f"{refused.get('downstream:orders-db', 'connections.max')} connections",
                 refused.get("downstream:orders-db", "connections.max") == 200),
                ("none is refused",
                 refused.get("downstream:orders-db", "connections_refused") > 1000),
                ("some are throttled", refused.get(prices, "throttles") == 0),
                ("nobody says that", "connections were refused" in said(refused)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        downstream_outage(bench)
        bench.tap.finish()


main()
