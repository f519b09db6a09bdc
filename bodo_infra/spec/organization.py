"""Organization: the stack at the bottom, which cloud-configs and workspaces may stand on."""

from typing import Annotated, Literal

from pydantic import Field

from bodo_infra.spec.base import Name, NounSpec, Spec, Tags


class Member(Spec):
    """One person and what they may do."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    """Address that names the person."""
    role: Literal["admin", "developer", "viewer"] = "developer"
    """What they may do, unless a workspace says otherwise."""


class OrganizationSpec(NounSpec):
    """Members, a spend limit, and tags that everything carries."""

    name: Name
    """Name of the organization."""
    members: tuple[Member, ...] = ()
    """Its people."""
    spend_limit_usd_per_month: Annotated[float, Field(gt=0)] | None = None
    """Monthly limit in US dollars for all its stacks; null means none."""
    tags: Tags = Field(default_factory=dict)
    """Tags that everything carries."""
