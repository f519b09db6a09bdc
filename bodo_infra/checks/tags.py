"""May these tags be put on everything of a noun?

Sources: AWS, "Tag naming limits and requirements" (Tagging AWS Resources) and IAM's own: its keys differ by more than
case. Azure, "Use tags to organize your Azure resources".
"""

import unicodedata
from collections.abc import Iterator, Mapping

from bodo_infra.checks.findings import Finding
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.problems import shown

# Both clouds take 50. Ours are 6; more may come with a release, which must not break a stack that is up.
MOST = 40
OUR_PREFIX, OUR_NAME = "bodo-infra:", "Name"
KEY_MAX: Mapping[Target, int] = {"aws": 128, "azure": 512}
VALUE_MAX = 256
AWS_SIGNS = frozenset("_.:/=+-@")
AZURE_NOT_IN_KEYS = frozenset("<>%&\\?/")
RESERVED: Mapping[Target, tuple[str, ...]] = {"aws": ("aws:",), "azure": ("microsoft", "azure", "windows")}


def check_tags(tags: Mapping[str, str], target: Target) -> list[Finding]:
    """Every reason why these could not be put on everything that carries tags; none on the local target."""
    if target == "local":
        return []
    found = [finding for key in tags for finding in _check_key(key, target)]
    found += [finding for key, value in tags.items() for finding in _check_value(key, value, target)]
    seen: dict[str, str] = {}
    for key in tags:
        other = seen.setdefault(key.lower(), key)
        if other != key:
            fix = "Keep one of them"
            found.append(_finding("twice", key, f"differs from {other} by case alone, which roles do not take", fix))
    if len(tags) > MOST:
        rule = f"must be at most {MOST}: the cloud takes 50, and the others are ours"
        found.append(Finding(id="tags.count", path="tags", value=f"{len(tags)} tags", rule=rule, fix="Remove some"))
    return found


def _check_key(key: str, target: Target) -> Iterator[Finding]:
    lower = key.lower()
    if lower.startswith(OUR_PREFIX) or lower == OUR_NAME.lower():
        yield _finding("ours", key, "is a tag that we set ourselves", "Use another key")
    elif lower.startswith(RESERVED[target]):
        yield _finding("reserved", key, f"starts with a word that belongs to {target}", "Use another key")
    elif not 1 <= len(key) <= KEY_MAX[target]:
        yield _finding("key", key, f"must be a key of 1 to {KEY_MAX[target]} characters", "Use another key")
    elif target == "aws" and not all(map(_aws_takes, key)):
        yield _finding("key", key, _AWS_RULE, "Use other characters")
    elif target == "azure" and set(key) & AZURE_NOT_IN_KEYS:
        rule = f"must not hold any of {' '.join(sorted(AZURE_NOT_IN_KEYS))}"
        yield _finding("key", key, rule, "Use other characters")


def _check_value(key: str, value: str, target: Target) -> Iterator[Finding]:
    if len(value) > VALUE_MAX:
        yield _finding("value", key, f"must have at most {VALUE_MAX} characters", "Shorten it", value)
    elif target == "aws" and not all(map(_aws_takes, value)):
        yield _finding("value", key, _AWS_RULE, "Use other characters", value)


_AWS_RULE = f"must be letters, digits, spaces and any of {' '.join(sorted(AWS_SIGNS))}"


def _aws_takes(character: str) -> bool:
    """IAM is the strictest of the services, and roles carry the tags too: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]."""
    return character in AWS_SIGNS or unicodedata.category(character)[0] in "LZN"


def _finding(rule_id: str, key: str, rule: str, fix: str, value: str = "") -> Finding:
    path = f"tags.{key}" if key.isidentifier() else f'tags["{shown(key)}"]'
    return Finding(id=f"tags.{rule_id}", path=path, value=shown(value, key) if value else "", rule=rule, fix=fix)
