"""Names within each service's limit, from parts such as ("bodo", workspace, cluster, "nodes").

Parts that are names of ours (lower-case letters, digits, single dashes) are joined by two dashes, which no such part
holds, so ("a-b", "c") and ("a", "b-c") stay apart. Whatever cannot be joined as it is (too long, other characters,
a form that the service reserves) gets three dashes and a hash of the parts: no joined name looks like that either.
All names are lower-case letters, digits and dashes, which every service below takes.
"""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

PLAIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
JOINT = "--"
TAIL_JOINT = "---"
HASH_LENGTH = 10  # of 32 letters each: 50 bits, so that a million names clash with a chance of 1 in 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class NameRule:
    """What a service asks of a name. ``limit``: characters.  ``least``: characters.

    ``reserved_starts`` and ``reserved_ends`` belong to the service.
    """

    limit: int
    least: int = 1
    reserved_starts: tuple[str, ...] = ()
    reserved_ends: tuple[str, ...] = ()


# IAM, DynamoDB, EFS, Auto Scaling, Scheduler, Logs, KMS: the services' models in botocore 1.44.
# EC2: the API reference of CreateLaunchTemplate, CreatePlacementGroup, CreateSecurityGroup, CreateKeyPair.
IAM_ROLE = NameRule(limit=64)
INSTANCE_PROFILE = NameRule(limit=128)
IAM_POLICY = NameRule(limit=128)
DYNAMODB_TABLE = NameRule(limit=255, least=3)
EFS_CREATION_TOKEN = NameRule(limit=64)
AUTO_SCALING_GROUP = NameRule(limit=255)
SCHEDULE = NameRule(limit=64)
LOG_GROUP = NameRule(limit=512)
KMS_ALIAS = NameRule(limit=256 - len("alias/"))  # without alias/, which comes before it
LAUNCH_TEMPLATE = NameRule(limit=128, least=3)
PLACEMENT_GROUP = NameRule(limit=255)
SECURITY_GROUP = NameRule(limit=255, reserved_starts=("sg-",))
KEY_PAIR = NameRule(limit=255)
# S3 user guide, "General purpose bucket naming rules".
S3_BUCKET = NameRule(
    limit=63,
    least=3,
    reserved_starts=("xn--", "sthree-", "amzn-s3-demo-"),
    reserved_ends=("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"),
)

SAFE_START = "n"  # before a start that is reserved


def bounded_name(parts: Sequence[str], rule: NameRule, *, room: int = 0) -> str:
    """The name that ``parts`` make under ``rule``: the same for the same parts, another for any others.

    ``room``: characters to leave free for what is put behind it, such as the 8 of Pulumi's own ``-1a2b3c4`` or the 26
    of a name prefix.  Raises ValueError when nothing readable would fit, which is a mistake of the calling code.
    """
    limit = rule.limit - room
    if limit < max(rule.least, len(SAFE_START) + len(TAIL_JOINT) + HASH_LENGTH):
        raise ValueError(f"{limit} characters are too few for a name; leave less room than {room}")
    joined = JOINT.join(parts)
    if len(joined) <= limit and all(map(PLAIN.fullmatch, parts)) and _allowed(joined, rule):
        return joined
    tail = TAIL_JOINT + _hash(parts)
    head = _shortened(list(filter(None, map(_plain, parts))), limit - len(tail) - len(SAFE_START)) or SAFE_START
    return (SAFE_START if head.startswith(rule.reserved_starts) else "") + head + tail


def _allowed(name: str, rule: NameRule) -> bool:
    return (
        len(name) >= rule.least and not name.startswith(rule.reserved_starts) and not name.endswith(rule.reserved_ends)
    )


def _plain(part: str) -> str:
    """What can be kept of a part; empty when nothing can."""
    ascii_only = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_only.lower()))


def _shortened(parts: Sequence[str], limit: int) -> str:
    """The parts joined within ``limit``, the longest cut first: what a thing is for stands at the end."""
    for most in range(limit, 0, -1):
        joined = JOINT.join(part[:most].rstrip("-") for part in parts)
        if len(joined) <= limit:
            return joined
    return JOINT.join(parts)[:limit].rstrip("-")


def _hash(parts: Sequence[str]) -> str:
    """Letters and digits 2 to 7; JSON keeps ["a", "b"] and ["ab"] apart, and takes any text."""
    digest = hashlib.sha256(json.dumps(list(parts)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:HASH_LENGTH]
