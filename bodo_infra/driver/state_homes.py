"""Where a cloud-config can keep the state of a project's stacks: in the bucket or container that it has made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bodo_infra.driver.backend import Backend, bucket_url, container_url
from bodo_infra.spec import Target

Outputs = Mapping[str, Any]
Content = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Home:
    """One target's. ``what``: what it is called there.  ``type``: of the resource that it is, as states name it.

    ``needs``: exports that ``url`` is made of.  ``holds``: whether the resource with this id is where states are.
    """

    what: str
    type: str
    needs: tuple[str, ...]
    url: Callable[[Outputs], str]
    holds: Callable[[str, Backend], bool]


def _is_container(id: str, backend: Backend) -> bool:
    if backend.container is None:
        return False
    account, container = backend.container
    return id.lower().endswith(f"/storageaccounts/{account}/blobservices/default/containers/{container}".lower())


HOMES: Mapping[Target, Home] = {
    "aws": Home(
        what="bucket",
        type="aws:s3/bucket:Bucket",
        needs=("bucket", "region"),
        url=lambda outputs: bucket_url(outputs["bucket"], outputs["region"]),
        holds=lambda id, backend: id == backend.bucket,
    ),
    "azure": Home(
        what="container",
        type="azure-native:storage:BlobContainer",
        needs=("container", "storage_account"),
        url=lambda outputs: container_url(outputs["container"], outputs["storage_account"]),
        holds=_is_container,
    ),
}


def home_url(target: Target, outputs: Outputs) -> str | None:
    """How Pulumi.yaml names the place in a cloud-config with these exports; None while it is not up."""
    home = HOMES[target]
    return home.url(outputs) if all(outputs.get(name) for name in home.needs) else None


def deletes_home(target: Target, content: Content, backend: Backend) -> bool:
    """Whether a destroy of the cloud-config's stack would delete the place: it is the stack's, and is not kept.

    ``content``: of the stack's state.
    """
    home = HOMES[target]
    return any(
        resource.get("type") == home.type
        and not resource.get("retainOnDelete")
        and home.holds(str(resource.get("id")), backend)
        for resource in content.get("resources", ())
    )
