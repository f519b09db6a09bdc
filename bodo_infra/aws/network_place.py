"""What everything in one network hangs on, so that another network takes its place in one `up`.

A new thing is made before the old one goes, unless something asks for the opposite. Between two networks that cannot
be: mount targets of a file system must all be in one VPC, an address serves one NAT gateway, and security groups hold
each other. So all that lies in a network has an input that comes by way of one mark, which is deleted before it is
replaced; the engine then deletes all that hangs on it first, in order, also what the program no longer has.
"""

from dataclasses import dataclass

import pulumi
import pulumi_random as random

from bodo_infra.component import Component


@dataclass(frozen=True, kw_only=True)
class NetworkPlace:
    """The place of a workspace's network in its stack. ``mark``: another one for another network."""

    mark: pulumi.Output[str]

    def tie(self, id: pulumi.Input[str]) -> pulumi.Output[str]:
        """The id as it is. What cannot have another one in its place goes before another network comes."""
        return pulumi.Output.all(self.mark, id).apply(lambda both: str(both[1]))


def make_place(owner: Component, network: pulumi.Input[str]) -> NetworkPlace:
    """``network``: what tells it from another one that would have to take its place."""
    mark = random.RandomUuid(
        owner.child_name("place"),
        keepers={"network": network},
        opts=owner.child_options(delete_before_replace=True),
    )
    return NetworkPlace(mark=mark.result)
