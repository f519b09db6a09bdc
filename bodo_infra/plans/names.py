"""Names within each service's limit, from parts such as ("bodo", workspace, cluster, "nodes").

Parts that are names of ours (lower-case letters, digits, single dashes) are joined by two dashes, which no such part
holds, so ("a-b", "c") and ("a", "b-c") stay apart. Whatever cannot be joined as it is (too long, other characters,
a form that the service reserves) gets three dashes and a hash of the parts: no joined name looks like that either.
All names are lower-case letters, digits and dashes, which every service below takes. A few take no two dashes in a row,
or none at all: there nothing keeps parts apart, and every name ends with the hash.
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
HASH_LENGTH = 10  # of 32 letters each: 50 bits, so that a million names clash with a chance of 1 in 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class NameRule:
    """What a service asks of a name. ``limit``: characters.  ``least``: characters.

    ``reserved_starts`` and ``reserved_ends`` belong to the service, and ``reserved_words`` wherever they stand.
    ``joint``: what parts are joined by, one dash or nothing where the service takes no two.
    """

    limit: int
    least: int = 1
    reserved_starts: tuple[str, ...] = ()
    reserved_ends: tuple[str, ...] = ()
    reserved_words: tuple[str, ...] = ()
    joint: str = JOINT

    @property
    def tail_joint(self) -> str:
        """What stands before the hash."""
        return "---" if self.joint == JOINT else self.joint


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
# Azure: "Naming rules and restrictions for Azure resources", and per service the specification of its API.
DIGITS = tuple("0123456789")
# "Resolve errors for reserved resource names": refused in what is reached by its name from the internet.
AZURE_WORDS = ("microsoft", "windows")  # the others only when they are the whole name, which no name of ours is
AZURE_STARTS = ("login",)
STORAGE_ACCOUNT = NameRule(limit=24, least=3, reserved_starts=AZURE_STARTS, reserved_words=AZURE_WORDS, joint="")
STORAGE_CONTAINER = NameRule(limit=63, least=3, joint="-")
FILE_SHARE = NameRule(limit=63, least=3, joint="-")
KEY_VAULT = NameRule(limit=24, least=3, reserved_starts=(*DIGITS, *AZURE_STARTS), reserved_words=AZURE_WORDS, joint="-")
RESOURCE_GROUP = NameRule(limit=90)
VIRTUAL_NETWORK = NameRule(limit=64, least=2)
SUBNET = NameRule(limit=80)
NETWORK_SECURITY_GROUP = NameRule(limit=80)
SECURITY_RULE = NameRule(limit=80)
NAT_GATEWAY = NameRule(limit=80)
PUBLIC_IP = NameRule(limit=80)
NETWORK_INTERFACE = NameRule(limit=80)
PRIVATE_ENDPOINT = NameRule(limit=64, least=2)
PRIVATE_DNS_LINK = NameRule(limit=80)
USER_ASSIGNED_IDENTITY = NameRule(limit=128, least=3)
ROLE_NAME = NameRule(limit=128)  # of a custom role; unique in the tenant
PROXIMITY_PLACEMENT_GROUP = NameRule(limit=80)
# 64, and so have its instances, whose names have an underscore and a number more.
SCALE_SET = NameRule(limit=56)
VIRTUAL_MACHINE = NameRule(limit=64)
# Before the six characters of an instance; unique in its network, where host names of two clusters must not meet.
COMPUTER_NAME_PREFIX = NameRule(limit=15, reserved_starts=DIGITS, joint="-")
NETAPP_ACCOUNT = NameRule(limit=128)
NETAPP_POOL = NameRule(limit=64)
NETAPP_VOLUME = NameRule(limit=64, reserved_starts=DIGITS)
NETAPP_EXPORT = NameRule(limit=80, reserved_starts=DIGITS)  # creationToken

SAFE_START = "n"  # before a start that is reserved


def bounded_name(parts: Sequence[str], rule: NameRule, *, room: int = 0) -> str:
    """The name that ``parts`` make under ``rule``: the same for the same parts, another for any others.

    ``room``: characters to leave free for what is put behind it, such as the 8 of Pulumi's own ``-1a2b3c4`` or the 26
    of a name prefix.  Raises ValueError when nothing readable would fit, which is a mistake of the calling code.
    """
    limit = rule.limit - room
    if limit < max(rule.least, len(SAFE_START) + len(rule.tail_joint) + HASH_LENGTH):
        raise ValueError(f"{limit} characters are too few for a name; leave less room than {room}")
    joined = rule.joint.join(parts)
    told_apart = rule.joint == JOINT and all(map(PLAIN.fullmatch, parts))
    if len(joined) <= limit and told_apart and _allowed(joined, rule):
        return joined
    tail = rule.tail_joint + _hash(parts)
    plain = [part if rule.joint else part.replace("-", "") for part in filter(None, map(_plain, parts))]
    head = _shortened(plain, limit - len(tail) - len(SAFE_START), rule.joint)
    if not head or _reserved_word(head, rule):
        head = SAFE_START
    return (SAFE_START if head.startswith(rule.reserved_starts) else "") + head + tail


def _allowed(name: str, rule: NameRule) -> bool:
    starts, ends = name.startswith(rule.reserved_starts), name.endswith(rule.reserved_ends)
    return len(name) >= rule.least and not starts and not ends and not _reserved_word(name, rule)


def _reserved_word(name: str, rule: NameRule) -> bool:
    return any(word in name for word in rule.reserved_words)


def _plain(part: str) -> str:
    """What can be kept of a part; empty when nothing can."""
    ascii_only = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_only.lower()))


def _shortened(parts: Sequence[str], limit: int, joint: str) -> str:
    """The parts joined within ``limit``, the longest cut first: what a thing is for stands at the end."""
    for most in range(limit, 0, -1):
        joined = joint.join(part[:most].rstrip("-") for part in parts)
        if len(joined) <= limit:
            return joined
    return joint.join(parts)[:limit].rstrip("-")


def _hash(parts: Sequence[str]) -> str:
    """Letters and digits 2 to 7; JSON keeps ["a", "b"] and ["ab"] apart, and takes any text."""
    digest = hashlib.sha256(json.dumps(list(parts)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:HASH_LENGTH]
