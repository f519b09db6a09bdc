"""Is this cloud-config sound?"""

from pathlib import PurePosixPath

from bodo_infra.checks.aws_account import check_aws_account, check_aws_number
from bodo_infra.checks.azure_subscription import check_azure_numbers, check_azure_subscription
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.tags import check_tags
from bodo_infra.spec.cloud_config import CloudConfigSpec, LocalMachine, Target


def check_account(spec: CloudConfigSpec, *, offline: bool) -> list[Finding]:
    """The offline account's numbers where real things would be made."""
    if spec.aws is not None:
        return check_aws_number(spec.aws, offline=offline)
    return check_azure_numbers(spec.azure, offline=offline) if spec.azure is not None else []


def check_cloud_config(spec: CloudConfigSpec) -> list[Finding]:
    """Every reason why this cloud-config would fail or do harm."""
    tags = check_tags(spec.tags, spec.target)
    if spec.aws is not None:
        return check_aws_account(spec.aws) + tags
    if spec.azure is not None:
        return check_azure_subscription(spec.azure) + tags
    return _check_local(spec.local) if spec.local is not None else []


def check_target(spec: CloudConfigSpec, target: Target) -> list[Finding]:
    """A spec of another target than the component that got it."""
    if spec.target == target:
        return []
    rule, fix = f"is missing; this component is of the {target} target", f"Use the component of {spec.target}"
    return [Finding(id="cloud-config.target", path=target, value="", rule=rule, fix=fix)]


def _check_local(machine: LocalMachine) -> list[Finding]:
    # `destroy` with delete_data removes this folder.
    parts = PurePosixPath(machine.directory).parts
    if parts and parts[0].startswith("~") and parts[0] != "~":
        rule, fix = "`~` stands for your own home folder only", "Write the path from / on"
        path = "local.directory"
        return [Finding(id="cloud-config.home", path=path, value=machine.directory, rule=rule, fix=fix)]
    if parts in (("/",), ("~",), (), ("..",)):
        rule = "must be a folder of its own: records and shared files are kept in it, and delete_data removes it"
        fix = "Use a folder such as .bodo/data"
        path = "local.directory"
        return [Finding(id="cloud-config.directory", path=path, value=machine.directory, rule=rule, fix=fix)]
    return []
