"""What members of a workspace on Azure look like: object ids, with a word for what is no user."""

from collections.abc import Sequence

from bodo_infra.checks.findings import Finding
from bodo_infra.checks.guids import SAMPLE, is_guid
from bodo_infra.spec.cloud_config import AzureSubscription

KINDS = ("group", "service-principal")


def check_azure_members(members: Sequence[str], azure: AzureSubscription | None, *, path: str) -> list[Finding]:
    """Texts that are no object ids, words that are no kind of principal, people who are there twice, and the service
    principal itself. ``azure``: the cloud-config's; None when it is not known.
    """
    deployer = azure.service_principal.object_id if azure else None
    found: list[Finding] = []
    seen: set[str] = set()
    for index, member in enumerate(members):
        kind, colon, id = member.rpartition(":")
        place = f"{path}[{index}]"
        if (colon and kind not in KINDS) or not is_guid(id):
            rule = "must be an object id, with group: or service-principal: before it when it is no user"
            fix = f"Copy `id` from `az ad user show` or `az ad group show`: {SAMPLE} or group:{SAMPLE}"
            found.append(Finding(id="workspace.member", path=place, value=member, rule=rule, fix=fix))
        elif id.lower() == deployer:
            rule, fix = "is the cloud-config's service principal, which may not give a role to itself", "Remove it"
            found.append(Finding(id="workspace.member-deploys", path=place, value=member, rule=rule, fix=fix))
        elif id.lower() in seen:
            rule, fix = "is there twice", "Remove one of them"
            found.append(Finding(id="workspace.member-twice", path=place, value=member, rule=rule, fix=fix))
        seen.add(id.lower())
    return found
