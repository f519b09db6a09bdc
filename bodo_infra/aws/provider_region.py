"""Does the provider work in the region that a spec names? Where it does not, everything would land elsewhere."""

import pulumi
import pulumi_aws as aws

from bodo_infra.errors import Problem, raise_problems


def require_region(region: str, options: pulumi.InvokeOptions, path: str = "spec.region") -> None:
    """Raises InputError when the provider's region is another one.

    ``path``: where ``region`` stands. Silent while the provider is not configured: in a preview of what its role comes
    from, look-ups answer with nothing.
    """
    # The SDK types what look-ups answer as never None.
    there: str | None = aws.get_region(opts=options).region
    if there is None or there == region:
        return
    rule = f"is not {there}, the region of the provider that this component works with"
    fix = f"Set it to {there}, or give the component a provider of {region}"
    raise_problems([Problem(path=path, value=region, rule=rule, fix=fix)])
