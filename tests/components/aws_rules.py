"""What holds for everything that any component of the AWS target registers; asked of all that was recorded."""

from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime.rpc import _special_asset_sig, _special_sig_key

from bodo_infra.plugin.account.schema import type_schema
from bodo_infra.plugin.account.schema_check import check_inputs
from bodo_infra.plugin.wire_codec import UNKNOWN
from bodo_infra.scope import CLOUD_CONFIG_TAG
from tests.components.recorder import Recorded

REGION = "aws:index/getRegion:getRegion"
CALLER = "aws:index/getCallerIdentity:getCallerIdentity"


def provider_in(region, account="000000000000"):
    """Answers of a provider that works there."""
    return {
        REGION: lambda asked: {"region": region, "id": region},
        CALLER: lambda asked: {"accountId": account, "arn": f"arn:aws:iam::{account}:user/x", "id": account},
    }


def plain(value: Any) -> Any:
    """A recorded value without the marks of secrets, and with the offline account's mark of what is not known yet.

    Assets are as on the wire.
    """
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, pulumi.FileAsset):
        return {_special_sig_key: _special_asset_sig, "path": value.path}
    if isinstance(value, dict):
        return plain(value["value"]) if _special_sig_key in value else {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def of_aws(recorded: Recorded):
    return [resource for resource in recorded.resources if resource.type.startswith("aws:")]


def without_tags(recorded: Recorded) -> list[str]:
    """Names of what could carry the cloud-config's tag and does not."""
    taggable = [resource for resource in of_aws(recorded) if "tags" in type_schema(resource.type).inputs]
    return [r.name for r in taggable if CLOUD_CONFIG_TAG not in (plain(r.inputs).get("tags") or {})]


def wrong_inputs(recorded: Recorded) -> list[str]:
    """Everything that the SDK's schema says against the inputs."""
    return [
        f"{resource.name}: {failure.name}: {failure.reason}"
        for resource in of_aws(recorded)
        for failure in check_inputs(resource.type, plain(resource.inputs))
    ]
