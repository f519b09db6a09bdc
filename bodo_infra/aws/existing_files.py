"""Can an EFS that is there be mounted in a workspace? Facts in, problems out; nothing is read here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bodo_infra.errors import Problem
from bodo_infra.scope import CLOUD_CONFIG_TAG

NAME_ANOTHER = "Name one that a workspace of this cloud-config has left, or leave it out: a new one is made"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundMount:
    """Where a mount target lies. ``groups``: its security groups."""

    vpc_id: str
    groups: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFiles:
    """An EFS. ``zone_id``: of one that is in a single zone, else None."""

    arn: str
    dns_name: str
    encrypted: bool
    zone_id: str | None
    tags: Mapping[str, str] = field(default_factory=dict)
    mounts: Sequence[FoundMount] = ()


def check_existing_files(id: str, found: FoundFiles | None, *, region: str, path: str) -> list[Problem]:
    """What is wrong with it whoever takes it. ``found``: None when there is none that the caller may see."""
    if found is None:
        # AWS tells a role that may see only what carries the tag nothing else about what is not there.
        rule = f"is no EFS of this account in {region} with the tag {CLOUD_CONFIG_TAG}; the role mounts no other"
        return [_problem(id, rule, NAME_ANOTHER, path)]
    problems = []
    if not found.encrypted:
        rule = "is not encrypted, and an EFS cannot be encrypted later"
        problems.append(_problem(id, rule, "Copy its files to one that is, and name that", path))
    if found.zone_id is not None:
        rule = f"is in {found.zone_id} alone (One Zone), and would be missed in the other zones"
        problems.append(_problem(id, rule, "Copy its files to one that is in all zones, and name that", path))
    return problems


def check_owner(id: str, found: FoundFiles, *, cloud_config_uuid: str, path: str) -> list[Problem]:
    """The cross-account role may mount only what carries its cloud-config's tag."""
    owner = found.tags.get(CLOUD_CONFIG_TAG)
    if owner == cloud_config_uuid:
        return []
    has = f"has the tag {CLOUD_CONFIG_TAG} = {owner}" if owner else f"has no tag {CLOUD_CONFIG_TAG}"
    rule = f"{has}; the role of this cloud-config mounts only what has {cloud_config_uuid} there"
    fix = "Name a file system of this cloud-config; or set that tag, if it is yours to give away"
    return [_problem(id, rule, fix, path)]


def check_mounts(id: str, found: FoundFiles, *, own_groups: Iterable[str], path: str) -> list[Problem]:
    """A file system can be mounted in one VPC, once in a zone. ``own_groups``: security groups of the workspace."""
    own = set(own_groups)
    others = sorted({mount.vpc_id for mount in found.mounts if not own.intersection(mount.groups)})
    if not others:
        return []
    rule = f"has mount targets in {', '.join(others)} that are not this workspace's; it can be mounted in one network"
    return [_problem(id, rule, "Destroy the workspace that uses it first, or delete those mount targets", path)]


def _problem(id: str, rule: str, fix: str, path: str) -> Problem:
    return Problem(path=path, value=id, rule=rule, fix=fix)
