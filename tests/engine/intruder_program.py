"""A foreign program that works as the cross-account role of a cloud-config, and tries what it must not do.

Phases: the account's owner hands over to it what is there; it changes that as the role, and makes more; it lets go.
"""

PROGRAM = """
import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
given, phase = config.require_object("given"), config.require("phase")
taken = [aws.ProviderAssumeRoleArgs(role_arn=given["role"], external_id=config.get("external_id"))]
provider = aws.Provider("provider", region="us-east-2", assume_roles=None if phase == "adopt" else taken)
opts = pulumi.ResourceOptions(provider=provider)


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


def adopted(key):
    # Taken over as it is; later it is to be as the program says.
    return pulumi.ResourceOptions(
        provider=provider, import_=given[key], ignore_changes=["*"] if phase == "adopt" else None
    )


everything = document(Action="*", Resource="*")
anybody = document(Action="sts:AssumeRole", Principal={"AWS": "*"})
machines = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
made, foundation = given["made_path"], given["foundation_path"]
deploy = given["deploy"]
if phase != "gone":
    mine = {"tags": {"bodo-infra:cloud-config": given["uuid"]}}
    aws.iam.Policy(
        "boundary", name=given["boundary_name"], path=foundation, description=given["boundary_description"],
        policy=everything, opts=adopted("boundary"),
    )
    aws.iam.Role("itself", name=deploy, path=foundation, assume_role_policy=anybody, opts=adopted("deploy"))
    aws.ec2.Vpc("network", cidr_block="10.9.0.0/16", **mine, opts=adopted("vpc"))
    aws.s3.Bucket("bucket", bucket=given["bucket"], **mine, opts=adopted("bucket"))
    aws.iam.Role("stranger", name="stranger", path="/team/", assume_role_policy=anybody, opts=adopted("stranger"))
if phase == "try":
    aws.iam.Role("unbounded", name="unbounded", path=made, assume_role_policy=machines, opts=opts)
    aws.iam.Role(
        "elsewhere", name="elsewhere", path="/", assume_role_policy=machines, permissions_boundary=given["boundary"],
        opts=opts,
    )
    aws.iam.RolePolicy("more", name="more", role=deploy, policy=everything, opts=opts)
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.iam.RolePolicyAttachment("administrator", role=deploy, policy_arn=administrator, opts=opts)
    aws.iam.Policy("policy", name="own", path=made, policy=everything, opts=opts)
    aws.iam.InstanceProfile("passes", name="passes", path=made, role="stranger", opts=opts)
    aws.ec2.Subnet("guest", vpc_id=given["vpc"], cidr_block="10.9.1.0/24", **mine, opts=opts)
"""
