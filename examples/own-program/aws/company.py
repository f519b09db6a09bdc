"""What the company wants of everything that is made in its account."""

from typing import Any

import pulumi

COST_CENTRE = "company:cost-centre"


def cost_centre(number: str) -> pulumi.ResourceTransform:
    """A transform that tags whatever comes with tags: a component of bodo_infra tags everything that can carry them."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not args.custom or not args.props.get("tags"):
            return None
        return pulumi.ResourceTransformResult({**args.props, "tags": _with(args.props["tags"], number)}, args.opts)

    return transform


def _with(tags: Any, number: str) -> Any:
    if isinstance(tags, list):  # of an Auto Scaling group, which hands them to its nodes
        return [*tags, {"key": COST_CENTRE, "value": number, "propagateAtLaunch": True}]
    return {**tags, COST_CENTRE: number}
