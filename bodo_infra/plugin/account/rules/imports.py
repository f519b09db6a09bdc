"""Import ids that are not the id: `pulumi import` names a route by its table and destination, and so on."""

from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.account.view import View


def find_imported(type: str, import_id: str, view: View) -> Row | None:
    """The row that an import id names; None when it names nothing."""
    names = _NAMES.get(type)
    return next((row for row in view.others(type) if names and import_id in names(row)), None)


def _route(row: Row) -> tuple[str, ...]:
    destinations = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    return tuple(f"{row.inputs['routeTableId']}_{row.inputs[name]}" for name in destinations if row.inputs.get(name))


def _association(row: Row) -> tuple[str, ...]:
    return tuple(
        f"{row.inputs[name]}/{row.inputs['routeTableId']}" for name in ("subnetId", "gatewayId") if row.inputs.get(name)
    )


def _object(row: Row) -> tuple[str, ...]:
    bucket, key = row.inputs["bucket"], row.inputs["key"]
    return f"{bucket}/{key}", f"s3://{bucket}/{key}"


def _target(row: Row) -> tuple[str, ...]:
    return (f"{row.inputs['rule']}/{row.inputs['targetId']}",)


def _of_group(name: str) -> Callable[[Row], tuple[str, ...]]:
    return lambda row: (f"{row.inputs['autoscalingGroupName']}/{row.inputs[name]}",)


_NAMES: Mapping[str, Callable[[Row], tuple[str, ...]]] = {
    t.ROUTE: _route,
    t.ROUTE_TABLE_ASSOCIATION: _association,
    t.EVENT_TARGET: _target,
    t.PERMISSION: lambda row: (f"{row.inputs['function']}/{row.inputs['statementId']}",),
    t.AUTOSCALING_SCHEDULE: _of_group("scheduledActionName"),
    t.LIFECYCLE_HOOK: _of_group("name"),
    **dict.fromkeys(t.BUCKET_OBJECTS, _object),
}
