"""The policies of the cross-account role, which deploys and drives everything that comes after the cloud-config."""

from collections.abc import Mapping
from typing import Final

from bodo_infra.aws.policies import compute, identity, network, records, storage, traffic
from bodo_infra.aws.policies.statements import Scope, Statement, Tag
from bodo_infra.scope import CLOUD_CONFIG_TAG

DEPLOY_AREAS: Final = (network.NAME, traffic.NAME, storage.NAME, identity.NAME, compute.NAME, records.NAME)
"""Keys of ``deploy_policies``, which hold whatever the scope: a preview, which knows no uuid yet, can name them."""


def deploy_policies(scope: Scope) -> Mapping[str, tuple[Statement, ...]]:
    """Area to the statements of one managed policy each; AWS allows 6,144 characters a policy and 10 policies a role.

    They belong below ``scope.foundation_path``, as the role does.
    """
    tag = Tag(key=CLOUD_CONFIG_TAG, value=scope.cloud_config_uuid)
    return {
        network.NAME: network.statements(scope, tag),
        traffic.NAME: traffic.statements(scope, tag),
        storage.NAME: storage.statements(scope, tag),
        identity.NAME: identity.statements(scope),
        compute.NAME: compute.statements(scope, tag),
        records.NAME: records.statements(scope),
    }
