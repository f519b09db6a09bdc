"""What tests of a workspace's components on AWS start from: a cloud-config known by its links, and what AWS answers."""

from typing import Any

import grpc

from bodo_infra.aws import CloudConfigLinks
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.plans.network_plan import ENDPOINTS
from tests.components.aws_rules import provider_in

REGION = "us-east-2"
CLOUD_CONFIG_UUID = "6f1a2b3c-0000-4000-8000-000000000001"
WORKSPACE_UUID = "6f1a2b3c-0000-4000-8000-000000000002"
BOUNDARY = f"arn:aws:iam::000000000000:policy/bodo-infra-foundation/x/bodo-infra-boundary-{CLOUD_CONFIG_UUID}"

VPC, GROUP = "vpc-00000001", "sg-00000001"
SUBNETS = ("subnet-00000001", "subnet-00000002")

COMPUTED = {"random:index/randomUuid:RandomUuid": {"result": WORKSPACE_UUID}}


def cloud_config(**changed: Any) -> CloudConfigLinks:
    known = {
        "uuid": CLOUD_CONFIG_UUID,
        "name": "main",
        "store": "s3://data?table=records&region=us-east-2",
        "region": REGION,
        "account_id": "000000000000",
        "bucket": "data",
        "table": "records",
        "key_arn": "",
        "role_arn": "arn:aws:iam::000000000000:role/x",
        "external_id": "x",
        "boundary_arn": BOUNDARY,
    }
    return CloudConfigLinks(**{**known, **changed})


def scope(**changed: Any) -> WorkspaceScope:
    known = {
        "name": "team",
        "region": REGION,
        "tags": {"team": "data"},
        "uuid": WORKSPACE_UUID,
        "cloud_config": cloud_config(),
    }
    return WorkspaceScope(**{**known, **changed})


class NoEndpointError(grpc.RpcError):
    """A look-up that finds nothing, as the engine reports it."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return (
            "invocation of aws:ec2/getVpcEndpoint:getVpcEndpoint returned an error: no matching EC2 VPC Endpoint found"
        )


class FakeNetwork:
    """A VPC of two private subnets behind NAT, as look-ups tell of it. Tests change its dictionaries."""

    def __init__(self) -> None:
        self.vpcs = {VPC: {"enableDnsSupport": True, "enableDnsHostnames": True}}
        self.subnets = {
            subnet: {"vpcId": VPC, "availabilityZoneId": f"use2-az{n}", "mapPublicIpOnLaunch": False}
            for n, subnet in enumerate(SUBNETS, 1)
        }
        self.groups = {GROUP: VPC}
        self.routes = {"rtb-main": [], "rtb-1": [self.route(natGatewayId="nat-1")]}
        self.tables = dict.fromkeys(SUBNETS, "rtb-1")
        self.endpoints: dict[str, dict[str, Any]] = {}

    def route(self, to="0.0.0.0/0", **target):
        names = "gateway natGateway transitGateway networkInterface instance vpcEndpoint vpcPeeringConnection"
        ids = {f"{name}Id": "" for name in f"{names} localGateway carrierGateway egressOnlyGateway".split()}
        lists = {"coreNetworkArn": "", "odbNetworkArn": "", "ipv6CidrBlock": "", "destinationPrefixListId": ""}
        return {"cidrBlock": to, **ids, **lists, **target}

    def close(self) -> None:
        """No way to the internet, but all endpoints."""
        self.routes["rtb-1"] = []
        for endpoint in ENDPOINTS:
            gateway = endpoint.kind == "Gateway"
            self.endpoints[endpoint.service_name(REGION)] = {
                "routeTableIds": ["rtb-1"] if gateway else [],
                "privateDnsEnabled": not gateway,
            }

    def answers(self):
        return {
            **provider_in(REGION),
            "aws:ec2/getVpcs:getVpcs": lambda asked: {"ids": self._present(self.vpcs, asked)},
            "aws:ec2/getVpc:getVpc": lambda asked: {**self.vpcs[asked["id"]], "id": asked["id"]},
            "aws:ec2/getSubnets:getSubnets": lambda asked: {"ids": self._present(self.subnets, asked)},
            "aws:ec2/getSubnet:getSubnet": lambda asked: {**self.subnets[asked["id"]], "id": asked["id"]},
            "aws:ec2/getRouteTables:getRouteTables": lambda asked: {"ids": self._tables(asked)},
            "aws:ec2/getRouteTable:getRouteTable": self._table,
            "aws:ec2/getSecurityGroups:getSecurityGroups": self._groups,
            "aws:ec2/getVpcEndpoint:getVpcEndpoint": self._endpoint,
        }

    @staticmethod
    def _values(asked, name):
        return next((item["values"] for item in asked["filters"] if item["name"] == name), None)

    def _present(self, things, asked):
        (wanted,) = asked["filters"]
        return [id for id in things if id in wanted["values"]]

    def _tables(self, asked):
        subnets = self._values(asked, "association.subnet-id")
        if subnets is None:
            return ["rtb-main"]
        return sorted({self.tables[subnet] for subnet in subnets if subnet in self.tables})

    def _table(self, asked):
        id = asked["routeTableId"]
        served = [subnet for subnet, table in self.tables.items() if table == id]
        associations = [{"subnetId": subnet, "main": False} for subnet in served]
        empty = {"gatewayId": "", "routeTableAssociationId": "", "routeTableId": id}
        return {"id": id, "routes": self.routes[id], "associations": [{**empty, **item} for item in associations]}

    def _groups(self, asked):
        ids = self._present(self.groups, asked)
        return {"ids": ids, "vpcIds": [self.groups[id] for id in ids]}

    def _endpoint(self, asked):
        if asked["serviceName"] not in self.endpoints:
            raise NoEndpointError
        return self.endpoints[asked["serviceName"]]
