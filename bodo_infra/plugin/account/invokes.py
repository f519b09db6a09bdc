"""The data sources of aws that the account answers. What it does not know it refuses: nothing is made up."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from bodo_infra import catalog
from bodo_infra.errors import InputError, NotFoundError
from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.rules.network import network
from bodo_infra.plugin.account.rules.tokens import PARAMETER, SUBNET, VPC
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.account.view import ACCOUNT_ID, View
from bodo_infra.plugin.servicer import Function
from bodo_infra.plugin.wire_codec import Bag, without_secrets

Answer = Callable[[Account, View, Bag], Bag]

_AMI_ALIASES = ("/aws/service/ami-amazon-linux-latest/", "/aws/service/canonical/", "/aws/service/deeplearning/")
_OWNER = f"arn:aws:iam::{ACCOUNT_ID}:user/offline"


def functions_of(account: Account) -> dict[str, Function]:
    """Token to function, each asking the account's guard before it answers."""
    return {token: partial(_call, token, answer, account) for token, answer in _ANSWERS.items()}


def _call(token: str, answer: Answer, account: Account, arguments: Bag) -> Bag:
    arguments = without_secrets(arguments)
    region = arguments.get("region") or account.configured.region
    account.store.count_call("invoke", token)
    account.permit(Operation(verb="invoke", token=token, region=region, inputs=arguments))
    return answer(account, account.view(region), arguments)


def _caller_identity(account: Account, view: View, arguments: Bag) -> Bag:
    roles = account.configured.assume_roles
    if roles:
        name = roles[-1].arn.rpartition("/")[2]
        session = roles[-1].session_name
        arn, user = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{name}/{session}", f"AROAOFFLINE:{session}"
    else:
        arn, user = _OWNER, "AIDAOFFLINE"
    return {"accountId": ACCOUNT_ID, "arn": arn, "userId": user, "id": ACCOUNT_ID}


def _region(account: Account, view: View, arguments: Bag) -> Bag:
    name = arguments.get("name") or view.region
    return {
        "name": name,
        "region": name,
        "id": name,
        "description": f"offline {name}",
        "endpoint": f"ec2.{name}.{_dns(name)}",
    }


def _partition(account: Account, view: View, arguments: Bag) -> Bag:
    partition = _partition_of(view.region)
    suffix = _dns(view.region)
    reverse = ".".join(reversed(suffix.split(".")))
    return {"partition": partition, "id": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _availability_zones(account: Account, view: View, arguments: Bag) -> Bag:
    wanted = _filters(arguments, {"zone-name", "zone-id", "zone-type", "region-name", "opt-in-status"})
    if arguments.get("state") not in (None, "available"):
        return {**arguments, "id": view.region, "names": [], "zoneIds": [], "groupNames": []}
    zones = {
        name: id
        for name, id in view.zones().items()
        if name not in (arguments.get("excludeNames") or ())
        and id not in (arguments.get("excludeZoneIds") or ())
        and _matches(wanted, {
            "zone-name": name,
            "zone-id": id,
            "zone-type": "availability-zone",
            "region-name": view.region,
            "opt-in-status": "opt-in-not-required",
        })
    }  # fmt: skip
    return {
        **arguments,
        "id": view.region,
        "region": view.region,
        "names": list(zones),
        "zoneIds": list(zones.values()),
        "groupNames": [view.region] if zones else [],
    }


def _parameter(account: Account, view: View, arguments: Bag) -> Bag:
    name = arguments["name"]
    row = view.find(PARAMETER, name)
    if row is not None:
        kept = row.outputs
        told = {key: kept.get(key) for key in ("arn", "name", "type", "value", "version")}
        insecure = kept.get("value") if kept.get("type") != "SecureString" else None
        return {**arguments, **told, "id": row.id, "insecureValue": insecure, "region": view.region}
    if not name.startswith(_AMI_ALIASES):
        raise NotFoundError(
            f"the parameter {name!r} is not in the offline account",
            f"Make it, or ask for an image by one of {', '.join(_AMI_ALIASES)}",
        )
    image = f"ami-{hashlib.sha256(f'{view.region}{name}'.encode()).hexdigest()[:17]}"
    arn = f"arn:aws:ssm:{view.region}::parameter{name}"
    told = {"arn": arn, "name": name, "id": name, "type": "String", "version": 1, "region": view.region}
    return {**arguments, **told, "value": image, "insecureValue": image}


def _vpc(account: Account, view: View, arguments: Bag) -> Bag:
    row = _only("VPC", _select(VPC, view, arguments, ("cidrBlock", "dhcpOptionsId"), _VPC_FILTERS), arguments)
    block = row.outputs.get("cidrBlock")
    association = {"associationId": f"vpc-cidr-assoc-{row.id[4:]}", "cidrBlock": block, "state": "associated"}
    return {
        **{name: value for name, value in row.outputs.items() if name in _VPC_OUTPUTS},
        "id": row.id,
        "state": "available",
        "default": False,
        "cidrBlockAssociations": [association],
        "ipv6CidrBlockAssociations": [],
        "tags": row.outputs.get("tagsAll") or {},
        "region": view.region,
    }


def _subnet(account: Account, view: View, arguments: Bag) -> Bag:
    given = ("cidrBlock", "vpcId", "availabilityZone", "availabilityZoneId")
    row = _only("subnet", _select(SUBNET, view, arguments, given, _SUBNET_FILTERS), arguments)
    block = network(row.outputs.get("cidrBlock"))
    return {
        **{name: value for name, value in row.outputs.items() if name not in ("tagsAll", "ipv6NetmaskLength")},
        "id": row.id,
        "state": "available",
        "defaultForAz": False,
        "availableIpAddressCount": block.num_addresses - 5 if block else 0,
        "tags": row.outputs.get("tagsAll") or {},
        "region": view.region,
    }


def _subnets(account: Account, view: View, arguments: Bag) -> Bag:
    rows = _select(SUBNET, view, arguments, (), _SUBNET_FILTERS)
    return {**arguments, "id": view.region, "region": view.region, "ids": [row.id for row in rows]}


def _offerings(account: Account, view: View, arguments: Bag) -> Bag:
    kind = arguments.get("locationType") or "region"
    wanted = _filters(arguments, {"instance-type", "location"})
    zones = view.zones()
    found = []
    for name in _matching_types(wanted.get("instance-type")):
        offering = catalog.zones_offering(name, view.region)
        places = {
            "region": [view.region] if offering else [],
            "availability-zone": [zone for zone, id in zones.items() if id in offering],
            "availability-zone-id": list(offering),
        }.get(kind)
        if places is None:
            raise InputError(f"locationType = {kind}: it is not known", "Use region, or availability-zone(-id)")
        found += [(name, place) for place in places if _matches(wanted, {"location": place, "instance-type": name})]
    return {
        **arguments,
        "id": view.region,
        "region": view.region,
        "instanceTypes": [name for name, _ in found],
        "locations": [place for _, place in found],
        "locationTypes": [kind] * len(found),
    }


def _policy_document(account: Account, view: View, arguments: Bag) -> Bag:
    statements = [_statement(statement) for statement in arguments.get("statements") or ()]
    document = {"Version": arguments.get("version") or "2012-10-17", "Statement": statements}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    for name in ("overridePolicyDocuments", "sourcePolicyDocuments"):
        if arguments.get(name):
            raise InputError(f"{name}: the offline account does not merge documents", "Write one document")
    text = json.dumps(document, indent=2)
    id = hashlib.sha256(text.encode()).hexdigest()[:10]
    return {**arguments, "json": text, "minifiedJson": json.dumps(document, separators=(",", ":")), "id": id}


def _statement(statement: Bag) -> Bag:
    written: Bag = {"Effect": statement.get("effect") or "Allow"}
    if statement.get("sid"):
        written["Sid"] = statement["sid"]
    for name, key in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if statement.get(name):
            written[key] = _one_or_many(statement[name])
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        principals = statement.get(name) or ()
        if principals:
            everyone = any(item["type"] == "*" for item in principals)
            by_type = {item["type"]: _one_or_many(item["identifiers"]) for item in principals}
            written[key] = "*" if everyone else by_type
    for condition in statement.get("conditions") or ():
        test = written.setdefault("Condition", {}).setdefault(condition["test"], {})
        test[condition["variable"]] = _one_or_many(condition["values"])
    return written


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)


_VPC_OUTPUTS = frozenset(
    {
        "arn",
        "cidrBlock",
        "dhcpOptionsId",
        "enableDnsHostnames",
        "enableDnsSupport",
        "enableNetworkAddressUsageMetrics",
        "instanceTenancy",
        "ipv6AssociationId",
        "ipv6CidrBlock",
        "mainRouteTableId",
        "ownerId",
    }
)
_VPC_FILTERS = {"vpc-id": "id", "cidr": "cidrBlock", "cidr-block": "cidrBlock", "owner-id": "ownerId"}
_SUBNET_FILTERS = {
    "subnet-id": "id",
    "vpc-id": "vpcId",
    "availability-zone": "availabilityZone",
    "availabilityZone": "availabilityZone",
    "availability-zone-id": "availabilityZoneId",
    "cidr-block": "cidrBlock",
    "map-public-ip-on-launch": "mapPublicIpOnLaunch",
}


def _select(type: str, view: View, arguments: Bag, given: Iterable[str], filters: Mapping[str, str]) -> list[Row]:
    """Rows that fit the id, the properties, the tags and the filters of a data source."""
    wanted = _filters(arguments, filters.keys())
    found = []
    for row in view.others(type):
        has: Bag = {**row.outputs, "id": row.id}
        tags = has.get("tagsAll") or {}
        fits = all(arguments.get(name) in (None, "", has.get(name)) for name in ("id", *given))
        fits = fits and all(tags.get(key) == value for key, value in (arguments.get("tags") or {}).items())
        values = {name: _text(has.get(output)) for name, output in filters.items()}
        values |= {f"tag:{key}": value for key, value in tags.items()}
        if fits and not arguments.get("default") and _matches(wanted, values):
            found.append(row)
    return found


def _only(what: str, rows: list[Row], arguments: Bag) -> Row:
    if len(rows) == 1:
        return rows[0]
    asked = ", ".join(f"{name} = {value}" for name, value in arguments.items()) or "no condition"
    raise NotFoundError(
        f"{len(rows) or 'no'} {what} in the offline account fit(s) {asked}; exactly one must",
        "Correct the arguments, or make it in this account first",
    )


def _filters(arguments: Bag, known: Iterable[str]) -> dict[str, list[str]]:
    wanted = {item["name"]: item["values"] for item in arguments.get("filters") or ()}
    for name in wanted:
        if name not in known and not name.startswith("tag:"):
            legal = ", ".join(sorted(known))
            raise InputError(f"filters: the offline account cannot filter by {name!r}", f"It can by {legal}")
    return wanted


def _matches(wanted: Mapping[str, list[str]], values: Mapping[str, str]) -> bool:
    return all(values.get(name) in accepted for name, accepted in wanted.items())


def _matching_types(names: list[str] | None) -> Iterable[str]:
    known = {found.name for found in catalog.ec2_types()}
    return sorted(known if names is None else known & set(names))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _partition_of(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")


def _dns(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


_ANSWERS: Mapping[str, Answer] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
