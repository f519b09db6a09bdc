"""Can a file share that is there be mounted in a workspace? Facts in, problems out; nothing is read here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bodo_infra.azure.existing_network import same_location
from bodo_infra.azure.missing import Missing
from bodo_infra.errors import Problem
from bodo_infra.scope import CLOUD_CONFIG_TAG, WORKSPACE_TAG

NAME_ANOTHER = "Name one that a workspace of this cloud-config has left, or leave it out: a new one is made"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundShare:
    """A file share and its account.

    ``has_public_access``, ``takes_tls_alone``, ``tags``, ``location``: of the account.
    """

    location: str
    protocol: str
    squashes_root: bool
    takes_tls_alone: bool
    has_public_access: bool
    tags: Mapping[str, str] = field(default_factory=dict)


def check_existing_share(id: str, found: FoundShare | Missing, *, region: str, path: str) -> list[Problem]:
    """What is wrong with it whoever takes it."""
    if not isinstance(found, FoundShare):
        return [_missing(id, found, path)]
    return list(_check_share(id, found, region, path))


def _check_share(id: str, found: FoundShare, region: str, path: str) -> Iterator[Problem]:
    if found.protocol != "NFS":
        rule = f"is a share for {found.protocol}, and nodes mount by NFS; the protocol of a share is for good"
        yield _problem(id, rule, NAME_ANOTHER, path)
    if found.squashes_root:
        rule = "takes root of a node for nobody, who could not give the folder to the user of jobs"
        yield _problem(id, rule, "Set its root squash to NoRootSquash, or name another share", path)
    if not found.takes_tls_alone:
        rule = "is in an account that takes connections without TLS, by which anybody on the way could read and write"
        yield _problem(id, rule, "Let the account require secure transfer (enableHttpsTrafficOnly)", path)
    if found.has_public_access:
        rule = "is in an account with access from public networks, and NFS has no passwords"
        yield _problem(id, rule, "Disable public network access of the account", path)
    if not same_location(found.location, region):
        rule = f"is in {found.location}, not in {region}, where nodes are: each access would cross locations"
        yield _problem(id, rule, f"Set spec.region to {found.location}, or name a share of {region}", path)


def check_owner(id: str, found: FoundShare, *, cloud_config_uuid: str, path: str) -> list[Problem]:
    """A group can hold several cloud-configs: each mounts what is its own."""
    owner = found.tags.get(CLOUD_CONFIG_TAG)
    if owner == cloud_config_uuid:
        return []
    has = f"has the tag {CLOUD_CONFIG_TAG} = {owner}" if owner else f"has no tag {CLOUD_CONFIG_TAG}"
    rule = f"is in an account that {has}; a workspace of this cloud-config mounts only what has {cloud_config_uuid}"
    fix = "Name a share of this cloud-config; or set that tag of the account, if it is yours to give away"
    return [_problem(id, rule, fix, path)]


def check_own(id: str, found: FoundShare, *, workspace_uuid: str, delete_data: bool, path: str) -> list[Problem]:
    """A share that this very workspace has made: to name it lets go of it, and with ``delete_data`` it is deleted."""
    if not delete_data or found.tags.get(WORKSPACE_TAG) != workspace_uuid:
        return []
    rule = "is this workspace's own share, which would be deleted as soon as it is let go of"
    return [_problem(id, rule, "Set delete_data to false and bring the workspace up, then name the share", path)]


def check_mounted(id: str, zone_owner: str | None, *, workspace_uuid: str, path: str) -> list[Problem]:
    """One workspace mounts an account: its private DNS zone, of which a group holds one, leads into one network.

    ``zone_owner``: uuid of the workspace whose zone leads to the account, None when none does.
    """
    if zone_owner in (None, workspace_uuid):
        return []
    rule = f"is mounted by another workspace (uuid {zone_owner}); its name leads into one network of the group"
    return [_problem(id, rule, "Destroy that workspace first: it leaves the share", path)]


def _missing(id: str, why: Missing, path: str) -> Problem:
    if why == "absent":
        return _problem(id, "is no file share that is there", NAME_ANOTHER, path)
    rule = "may not be read by the service principal, whose rights end with the cloud-config's resource group"
    return _problem(id, rule, NAME_ANOTHER, path)


def _problem(id: str, rule: str, fix: str, path: str) -> Problem:
    return Problem(path=path, value=id, rule=rule, fix=fix)
