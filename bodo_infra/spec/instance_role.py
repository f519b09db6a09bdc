"""InstanceRole: what cluster nodes may reach in the account."""

from typing import Annotated, Literal

from pydantic import Field

from bodo_infra.spec.base import Choice, Name, NounSpec, Spec, Tags


class PolicyStatement(Spec):
    """One statement of a policy that we write for the role."""

    effect: Literal["Allow", "Deny"] = "Allow"
    """Grant or forbid."""
    actions: Annotated[tuple[str, ...], Field(min_length=1)]
    """Actions such as `s3:GetObject`; on Azure names of roles, such as `Storage Blob Data Reader`, that the
    cloud-config lists as grantable."""
    resources: Annotated[tuple[str, ...], Field(min_length=1)]
    """ARNs or resource ids that the actions apply to."""


class InstanceRoleSpec(NounSpec):
    """A role of the user's own, or statements for one that we make."""

    # An existing role keeps its own policies.
    choices = (Choice(fields=("role_arn", "statements"), required=False),)

    name: Name
    """Name of the instance role, unique in its cloud-config."""
    description: str = ""
    """Free text."""
    role_arn: str | None = None
    """ARN (or identity resource id) of an existing role; the platform's own policies are attached to it."""
    statements: tuple[PolicyStatement, ...] = ()
    """Policy statements of a role that we make."""
    tags: Tags = Field(default_factory=dict)
    """Tags for everything that can carry them."""
