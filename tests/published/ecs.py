#!/usr/bin/env python3
"""Holds the fields of the ECS schema against the list that Elastic publishes.

usage: ecs.py PACKAGE.tgz FIELDS.txt

PACKAGE.tgz is `npm pack @elastic/ecs`; FIELDS.txt has one field a line, as `cargo test --test published` writes it.
"""

import re
import sys
import tarfile


def published(package):
    """Names of all fields, and those of them that are geo points."""
    with tarfile.open(package) as files:
        text = files.extractfile("package/generated/ecs_flat.js").read().decode()
    names = set(re.findall(r"^\s*flat_name: '([^']+)'", text, re.MULTILINE))
    points = {name for name in names if name.endswith("geo.location")}
    if len(names) < 1000:
        sys.exit(f"only {len(names)} fields were found in {package}")
    return names, points


def main(package, path):
    names, points = published(package)
    with open(path, encoding="utf-8") as lines:
        fields = [line.strip() for line in lines if line.strip()]
    # A geo point is an object with `lat` and `lon`.
    known = names | {f"{point}.{part}" for point in points for part in ("lat", "lon")}
    unknown = [field for field in fields if field not in known]
    for field in unknown:
        print(f"{field} is no field of ECS")
    print(f"{len(fields) - len(unknown)} passed, {len(unknown)} failed")
    return 1 if unknown or not fields else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
