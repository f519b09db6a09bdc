"""What the company wants of everything that is made in its subscription."""

import pulumi

COST_CENTRE = "company:cost-centre"


def cost_centre(number: str) -> pulumi.ResourceTransform:
    """A transform that tags whatever comes with tags: a component of bodo_infra tags everything that can carry them."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not args.custom or not args.props.get("tags"):
            return None
        tags = {**args.props["tags"], COST_CENTRE: number}
        return pulumi.ResourceTransformResult({**args.props, "tags": tags}, args.opts)

    return transform
