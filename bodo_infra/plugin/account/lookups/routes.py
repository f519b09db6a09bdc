"""Route tables: where traffic of a subnet goes."""

from collections.abc import Iterator, Mapping

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.lookups.rows import filters
from bodo_infra.plugin.account.rules.tokens import ROUTE, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, VPC
from bodo_infra.plugin.account.view import ACCOUNT_ID, View
from bodo_infra.plugin.wire_codec import Bag

_FILTERS = frozenset({"association.main", "association.subnet-id", "route-table-id", "vpc-id"})
# Of a route, beside its destination. What a route does not have is empty, as the provider gives it.
_TARGETS = (
    "carrierGatewayId",
    "coreNetworkArn",
    "egressOnlyGatewayId",
    "gatewayId",
    "instanceId",
    "localGatewayId",
    "natGatewayId",
    "networkInterfaceId",
    "odbNetworkArn",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
)


def _route_tables(account: Account, view: View, arguments: Bag) -> Bag:
    wanted = filters(arguments, _FILTERS)
    found = []
    for table in _tables(view):
        values = {
            "association.main": {str(table["main"]).lower()},
            "association.subnet-id": set(_subnets_of(view, table["id"]).values()),
            "route-table-id": {table["id"]},
            "vpc-id": {table["vpcId"]},
            **{f"tag:{key}": {value} for key, value in table["tags"].items()},
        }
        tagged = all(table["tags"].get(key) == value for key, value in (arguments.get("tags") or {}).items())
        in_vpc = arguments.get("vpcId") in (None, "", table["vpcId"])
        if tagged and in_vpc and all(values.get(name, set()) & set(accepted) for name, accepted in wanted.items()):
            found.append(table["id"])
    return {**arguments, "id": view.region, "region": view.region, "ids": found}


def _route_table(account: Account, view: View, arguments: Bag) -> Bag:
    unknown = sorted(arguments.keys() - {"region", "routeTableId"})
    wanted = arguments.get("routeTableId")
    table = next((table for table in _tables(view) if table["id"] == wanted), None)
    if unknown or table is None:
        raise NotFoundError(
            f"no route table in the offline account has the id {wanted}"
            + (f"; it cannot look for one by {', '.join(unknown)}" if unknown else ""),
            "Name a route table of this region by routeTableId",
        )
    main = {"main": True, "routeTableId": wanted, "routeTableAssociationId": "", "subnetId": "", "gatewayId": ""}
    explicit = [
        {**main, "main": False, "routeTableAssociationId": id, "subnetId": subnet}
        for id, subnet in _subnets_of(view, table["id"]).items()
    ]
    return {
        **arguments,
        "id": wanted,
        "arn": f"arn:aws:ec2:{view.region}:{ACCOUNT_ID}:route-table/{wanted}",
        "region": view.region,
        "ownerId": ACCOUNT_ID,
        "vpcId": table["vpcId"],
        "tags": table["tags"],
        "associations": [*([main] if table["main"] else []), *explicit],
        "routes": [_written(route) for route in [*table["routes"], *_routes_of(view, table["id"])]],
    }


def _tables(view: View) -> Iterator[Bag]:
    """Those that programs made, and the one that every VPC brings along."""
    for row in view.others(ROUTE_TABLE):
        tags = row.outputs.get("tagsAll") or {}
        routes = row.inputs.get("routes") or []
        yield {"id": row.id, "vpcId": row.inputs["vpcId"], "main": False, "tags": tags, "routes": routes}
    for row in view.others(VPC):
        yield {"id": row.outputs["mainRouteTableId"], "vpcId": row.id, "main": True, "tags": {}, "routes": []}


def _subnets_of(view: View, table: str) -> dict[str, str]:
    """Association to subnet."""
    rows = view.others(ROUTE_TABLE_ASSOCIATION, routeTableId=table)
    return {row.id: row.inputs["subnetId"] for row in rows if row.inputs.get("subnetId")}


def _routes_of(view: View, table: str) -> Iterator[Bag]:
    """Routes that are resources of their own, with the names that destinations have within a table."""
    names = {
        "destinationCidrBlock": "cidrBlock",
        "destinationIpv6CidrBlock": "ipv6CidrBlock",
        "destinationPrefixListId": "destinationPrefixListId",
    }
    for row in view.others(ROUTE, routeTableId=table):
        yield {names.get(name, name): value for name, value in row.inputs.items()}


def _written(route: Bag) -> Bag:
    return {
        name: route.get(name) or "" for name in ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId", *_TARGETS)
    }


ANSWERS: Mapping[str, Answer] = {
    "aws:ec2/getRouteTables:getRouteTables": _route_tables,
    "aws:ec2/getRouteTable:getRouteTable": _route_table,
}
