#!/usr/bin/env python3
"""Validates the OCSF events that `cargo test --test published` wrote against the published schema.

usage: ocsf.py FILE.ndjson...

Each line is {"from": ..., "event": ...}. The schema is the event's own version where the package has it, else the newest one packaged.
"""

import json
import sys
from collections import Counter
from importlib.resources import files

import jsonschema_rs
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema


def packaged():
    """The versions that the package has, oldest first."""
    names = [path.name.removesuffix(".json") for path in (files("ocsf_json_schema") / "ocsf").iterdir() if path.name.endswith(".json")]
    return sorted((name for name in names if "-" not in name), key=lambda name: [int(part) for part in name.split(".")])


class Validators:
    """A compiled schema for each version, class and set of profiles."""

    def __init__(self):
        self.versions = packaged()
        self.schemas = {}
        self.compiled = {}

    def of(self, event):
        """The validator for an event and the version that it is of."""
        stated = event["metadata"]["version"]
        version = stated if stated in self.versions else self.versions[-1]
        profiles = tuple(event["metadata"].get("profiles", []))
        key = (version, event["class_uid"], profiles)
        if key not in self.compiled:
            if version not in self.schemas:
                self.schemas[version] = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
            schemas = self.schemas[version]
            name = schemas.lookup_class_name_from_uid(event["class_uid"])
            self.compiled[key] = jsonschema_rs.validator_for(schemas.get_class_schema(name, list(profiles)))
        return self.compiled[key], stated, version


def main(paths):
    validators = Validators()
    valid, invalid, used = Counter(), 0, Counter()
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                event = record["event"]
                validator, stated, version = validators.of(event)
                used[(stated, version)] += 1
                errors = list(validator.iter_errors(event))
                if errors:
                    invalid += 1
                    for error in errors[:5]:
                        where = "/".join(str(part) for part in error.instance_path)
                        print(f"{path} {record['from']} class {event['class_uid']}: {where}: {error.message[:300]}")
                else:
                    valid[event["class_uid"]] += 1
    for (stated, version), count in sorted(used.items()):
        print(f"{count} events that state {stated} held against the schema of {version}")
    print(f"valid by class: {dict(sorted(valid.items()))}")
    print(f"{sum(valid.values())} passed, {invalid} failed")
    return 1 if invalid or not valid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
