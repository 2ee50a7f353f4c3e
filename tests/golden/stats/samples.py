#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints samples.tsv from the run directory of rows.yaml: for each pair of equal
variants quiet_ns_op of both, in the order of the repetitions."""
import json
import sys

values = {}
for line in open(sys.argv[1] + "/samples.jsonl"):
    r = json.loads(line)
    variant, side = r["variant"].split(",")[0], "B" if "," in r["variant"] else "A"
    if r["status"] == "ok":
        cell = values.setdefault((variant, r["workload"], r["order"]), {"A": {}, "B": {}})
        cell[side][r["sample"]] = r["quiet_ns_op"]
print("variant\tworkload\torder\tsample\ta\tb")
for key, cell in sorted(values.items())[:53]:
    for i in sorted(set(cell["A"]) & set(cell["B"])):
        print(*key, i, "%.6f" % cell["A"][i], "%.6f" % cell["B"][i], sep="\t")
