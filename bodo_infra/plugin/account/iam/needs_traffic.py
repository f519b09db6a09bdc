"""What decides about traffic, and what it needs: security groups and their rules, endpoints, flow logs."""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.needs_network import GROUP, SUBNET, TABLE, made, tags, the_subnet, the_vpc
from bodo_infra.plugin.account.iam.steps import ANY, Needs, Step, asks, new, other, own, pass_role, step
from bodo_infra.plugin.account.iam.subject import Subject

the_group = other("ec2:security-group/{}", "securityGroupId", GROUP)

_RULE_FIELDS = (
    "cidrIpv4",
    "cidrIpv6",
    "description",
    "fromPort",
    "ipProtocol",
    "prefixListId",
    "referencedSecurityGroupId",
    "toPort",
)


def _rule(direction: str) -> Needs:
    group, rule = the_group, own("ec2:security-group-rule/{}")
    authorize = f"AuthorizeSecurityGroup{direction}"
    return Needs(
        create=(
            step(f"ec2:{authorize}", group, new("ec2:security-group-rule/{}")),
            made(authorize, "security-group-rule"),
        ),
        read=asks("ec2:DescribeSecurityGroupRules"),
        update=(
            step("ec2:ModifySecurityGroupRules", group, rule, when=_RULE_FIELDS),
            *tags("security-group-rule"),
        ),
        delete=(step(f"ec2:RevokeSecurityGroup{direction}", group),),
    )


def _old_rule() -> Needs:
    """``SecurityGroupRule``, the type before ingress and egress had their own: ``type`` says which it is."""

    def of(direction: str) -> tuple[Step, ...]:
        def is_it(subject: Subject) -> bool:
            return subject.text("type") == direction.lower()

        return (
            step(f"ec2:AuthorizeSecurityGroup{direction}", the_group, only=is_it),
            step(f"ec2:RevokeSecurityGroup{direction}", the_group, only=is_it),
            step(f"ec2:UpdateSecurityGroupRuleDescriptions{direction}", the_group, when=("description",), only=is_it),
        )

    (allow_in, revoke_in, tell_in), (allow_out, revoke_out, tell_out) = of("Ingress"), of("Egress")
    return Needs(
        create=(allow_in, allow_out),
        read=asks("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"),
        update=(tell_in, tell_out),
        delete=(revoke_in, revoke_out),
    )


def _is_gateway_endpoint(subject: Subject) -> bool:
    return (subject.text("vpcEndpointType") or "Gateway") == "Gateway"


def _to_logs(subject: Subject) -> bool:
    return (subject.text("logDestinationType") or "cloud-watch-logs") == "cloud-watch-logs"


def _not_to_logs(subject: Subject) -> bool:
    return not _to_logs(subject)


_ENDPOINT_PARTS = (
    other("ec2:route-table/{}", "routeTableIds", TABLE),
    other("ec2:subnet/{}", "subnetIds", SUBNET),
    other("ec2:security-group/{}", "securityGroupIds", GROUP),
)

TYPES: Mapping[str, Needs] = {
    GROUP: Needs(
        create=(
            step("ec2:CreateSecurityGroup", new("ec2:security-group/{}"), the_vpc),
            made("CreateSecurityGroup", "security-group"),
            # The provider takes away the rule that lets everything out.
            step("ec2:RevokeSecurityGroupEgress", own("ec2:security-group/{}")),
            step("ec2:AuthorizeSecurityGroupIngress", own("ec2:security-group/{}"), when=("ingress",)),
            step("ec2:AuthorizeSecurityGroupEgress", own("ec2:security-group/{}"), when=("egress",)),
        ),
        read=asks("ec2:DescribeSecurityGroups"),
        update=(
            step("ec2:AuthorizeSecurityGroupIngress", own("ec2:security-group/{}"), when=("ingress",)),
            step("ec2:RevokeSecurityGroupIngress", own("ec2:security-group/{}"), when=("ingress",)),
            step("ec2:AuthorizeSecurityGroupEgress", own("ec2:security-group/{}"), when=("egress",)),
            step("ec2:RevokeSecurityGroupEgress", own("ec2:security-group/{}"), when=("egress",)),
            *tags("security-group"),
        ),
        delete=(
            step("ec2:DeleteSecurityGroup", own("ec2:security-group/{}")),
            *asks("ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"),
        ),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("Ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("Egress"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": _old_rule(),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Needs(
        create=(
            step("ec2:CreateVpcEndpoint", new("ec2:vpc-endpoint/{}"), the_vpc, *_ENDPOINT_PARTS),
            made("CreateVpcEndpoint", "vpc-endpoint"),
        ),
        read=(
            *asks("ec2:DescribeVpcEndpoints"),
            step("ec2:DescribePrefixLists", ANY, only=_is_gateway_endpoint),
        ),
        update=(
            step(
                "ec2:ModifyVpcEndpoint",
                own("ec2:vpc-endpoint/{}"),
                *_ENDPOINT_PARTS,
                when=("policy", "privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds"),
            ),
            *tags("vpc-endpoint"),
        ),
        delete=(step("ec2:DeleteVpcEndpoints", own("ec2:vpc-endpoint/{}")), *asks("ec2:DescribeVpcEndpoints")),
    ),
    "aws:ec2/flowLog:FlowLog": Needs(
        create=(
            step("ec2:CreateFlowLogs", new("ec2:vpc-flow-log/{}"), the_vpc, the_subnet),
            made("CreateFlowLogs", "vpc-flow-log"),
            pass_role("iamRoleArn", "vpc-flow-logs.amazonaws.com"),
            # Logs to a bucket are delivered by the logs service.
            step("logs:CreateLogDelivery", ANY, only=_not_to_logs),
            step("logs:DeleteLogDelivery", ANY, only=_not_to_logs),
        ),
        read=asks("ec2:DescribeFlowLogs"),
        update=tags("vpc-flow-log"),
        delete=(
            step("ec2:DeleteFlowLogs", own("ec2:vpc-flow-log/{}")),
            step("logs:DeleteLogDelivery", ANY, only=_not_to_logs),
            *asks("ec2:DescribeFlowLogs"),
        ),
    ),
}
