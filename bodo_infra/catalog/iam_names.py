"""What AWS calls things: actions, the resources they take, and condition keys.

Drawn by ``tools/make_actions.py`` from public packages into ``iam_names.json.gz``, with its sources and
their date; read at the first question, in about 20 ms.
"""

import difflib
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bodo_infra.catalog.wildcards import matches

DATA = Path(__file__).with_name("iam_names.json.gz")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (read 2026-10)
GLOBAL_KEYS = frozenset(
    {
        "aws:AssumedRoot",
        "aws:CalledVia",
        "aws:CalledViaFirst",
        "aws:CalledViaLast",
        "aws:ChatbotSourceArn",
        "aws:CurrentTime",
        "aws:Ec2InstanceSourcePrivateIPv4",
        "aws:Ec2InstanceSourceVpc",
        "aws:EpochTime",
        "aws:FederatedProvider",
        "aws:MultiFactorAuthAge",
        "aws:MultiFactorAuthPresent",
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "aws:PrincipalTag/${TagKey}",
        "aws:PrincipalType",
        "aws:RequestTag/${TagKey}",
        "aws:RequestedRegion",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:ResourceOrgPaths",
        "aws:ResourceTag/${TagKey}",
        "aws:SecureTransport",
        "aws:SignInSessionArn",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceIdentity",
        "aws:SourceIp",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:SourceVpc",
        "aws:SourceVpcArn",
        "aws:SourceVpce",
        "aws:TagKeys",
        "aws:TokenIssueTime",
        "aws:UserAgent",
        "aws:ViaAWSService",
        "aws:VpcSourceIp",
        "aws:VpceAccount",
        "aws:VpceOrgID",
        "aws:VpceOrgPaths",
        "aws:referer",
        "aws:userid",
        "aws:username",
    }
)

WRITE_LEVELS = frozenset("WTP")
"""Write, Tagging, Permissions management; the others are Read and List."""


@dataclass(frozen=True, kw_only=True)
class ActionFacts:
    """What the service authorization reference says of one action.

    ``level``: R(ead), L(ist), W(rite), T(agging) or P(ermissions management).  ``resources``: the types of resources it
    takes, such as ``subnet``; empty: it can only be granted on ``*``.  ``keys``: the condition keys it knows.
    """

    level: str
    resources: tuple[str, ...]
    keys: frozenset[str]


@cache
def _data() -> Mapping[str, Any]:
    packed = DATA.read_bytes()
    return dict(json.loads(gzip.decompress(packed)))


@cache
def actions_of(prefix: str) -> Mapping[str, str]:
    """The actions of a service, each by its name in lower case; empty for a service that is not known."""
    return {name.lower(): name for name in _data()["actions"].get(prefix.lower(), "").split()}


def services() -> frozenset[str]:
    return frozenset(_data()["actions"])


@lru_cache(maxsize=4096)
def facts_of(action: str) -> ActionFacts | None:
    """None: the action is unknown, or is of a service that our components do not use."""
    prefix, _, name = action.partition(":")
    entry = _data()["details"].get(prefix, {}).get("actions", {}).get(name)
    if entry is None:
        return None
    level, kinds, keys = entry
    return ActionFacts(
        level=level, resources=tuple(kind.rstrip("*") for kind in kinds.split()), keys=frozenset(keys.split())
    )


@lru_cache(maxsize=4096)
def carries(action: str, key: str) -> bool:
    """Whether requests for the action have such a condition key, where AWS says it per action: tags, and own keys.

    A condition on a tag that an action does not tell never holds, so what AWS leaves out has to be left out here too.
    """
    facts = facts_of(action)
    stem, slash, _ = key.partition("/")
    return facts is None or (f"{stem}/${{TagKey}}" if slash else key) in facts.keys


def arn_form(prefix: str, kind: str) -> str:
    """Such as ``arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}``; only for the services we use."""
    return str(_data()["details"][prefix]["arns"][kind])


@lru_cache(maxsize=4096)
def is_known_action(pattern: str) -> bool:
    """Whether ``ec2:Run*`` or the like stands for at least one action. The service itself takes no wildcard."""
    prefix, _, name = pattern.partition(":")
    known = actions_of(prefix)
    if not set(name) & {"*", "?"}:
        return name.lower() in known
    return any(matches(name, each, ignore_case=True) for each in known)


def expand(pattern: str) -> tuple[str, ...]:
    """The known actions that a pattern such as ``ec2:Run*`` stands for."""
    prefix, _, name = pattern.partition(":")
    return tuple(
        f"{prefix}:{spelled}" for lower, spelled in actions_of(prefix).items() if matches(name, lower, ignore_case=True)
    )


def closest_action(action: str) -> str | None:
    prefix, _, name = action.partition(":")
    if prefix.lower() not in services():
        near = difflib.get_close_matches(prefix.lower(), services(), 1)
        return f"{near[0]}:{name}" if near and name else None
    known = actions_of(prefix)
    near = difflib.get_close_matches(name.lower(), known, 1)
    return f"{prefix.lower()}:{known[near[0]]}" if near else None


@cache
def _keys_of(prefix: str) -> Mapping[str, str]:
    if prefix == "aws":
        return {key.lower(): key for key in GLOBAL_KEYS}
    return {key.lower(): key for key in _data()["keys"].get(prefix, "").split()}


@lru_cache(maxsize=4096)
def is_known_key(key: str) -> bool:
    """Whether AWS has such a condition key; their names ignore case, except for what follows ``/`` in tag keys."""
    known = _keys_of(_key_prefix(key))
    if key.lower() in known:
        return True
    # aws:RequestTag/${TagKey}, kms:EncryptionContext:${EncryptionContextKey}: any name may stand for the last part.
    stems = (stem.partition("${")[0] for stem in known if "${" in stem)
    return any(key.lower().startswith(stem) and len(key) > len(stem) for stem in stems)


def closest_key(key: str) -> str | None:
    prefix = _key_prefix(key)
    known = {**_keys_of("aws"), **_keys_of(prefix)}
    near = difflib.get_close_matches(key.lower(), known, 1)
    return known[near[0]] if near else None


def _key_prefix(key: str) -> str:
    prefix = key.partition(":")[0].lower()
    # Keys of identity providers and SAML are the security token service's: saml:sub, accounts.google.com:aud.
    return "sts" if prefix == "saml" or "." in prefix else prefix
