"""What components register is sound by AWS's own schemas of resources, where CloudFormation has the type.

cfn-lint brings the schemas; nothing is asked of any network. Not proved here: what only Pulumi's provider knows
(aws_rules.wrong_inputs), and what AWS decides when a request comes.
"""

import json

import pytest
from cfnlint.api import lint

from tests.components.aws_rules import of_aws
from tests.components.cloudformation import NOT_HERE, PARTS, SHAPES, template_of
from tests.components.cloudformation_matrix import MATRIX, REGION


def complaints(template):
    found = lint(json.dumps(template), regions=[REGION])
    return [f"{match.rule.id} {'/'.join(map(str, match.path))}: {match.message}" for match in found]


@pytest.mark.parametrize("case", MATRIX)
def test_cfn_lint_finds_nothing(case):
    assert complaints(template_of(MATRIX[case]())) == []


def test_the_matrix_has_every_type_that_there_is_a_shape_for():
    registered = {row.type for make in MATRIX.values() for row in of_aws(make())}

    assert registered == SHAPES.keys() | PARTS.keys() | NOT_HERE


def test_what_belongs_together_is_written_as_one_resource():
    resources = template_of(MATRIX["cloud-config"]())["Resources"]

    assert set(resources["MainBucket"]["Properties"]) == {
        "BucketName",
        "BucketEncryption",
        "LifecycleConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "Tags",
        "VersioningConfiguration",
    }
    assert len(resources["MainRole"]["Properties"]["ManagedPolicyArns"]) == 6


BREAKS = [
    ("AWS::EC2::VPC", "CidrBlock", "10.30.0.0/33", "E3002", "is not a 'ipv4-network'"),
    ("AWS::EC2::Subnet", "Zone", "use2-az1", "E3002", "'Zone' was unexpected"),
    ("AWS::EC2::VPCEndpoint", "VpcEndpointType", "Gatewy", "E3030", "is not one of"),
    ("AWS::EC2::Route", "RouteTableId", {"Ref": "Nowhere"}, "E1020", "is not one of"),
    ("AWS::EFS::MountTarget", "SecurityGroups", "sg-1", "E3012", "is not of type 'array'"),
    ("AWS::EC2::RouteTable", "VpcId", None, "E3003", "'VpcId' is a required property"),
]
"""Type, property, what becomes of it (None: it goes), and what is to be found."""


def test_what_is_broken_on_purpose_is_found():
    template = template_of(MATRIX["workspace"]())
    for type, name, value, _, _ in BREAKS:
        properties = next(each for each in template["Resources"].values() if each["Type"] == type)["Properties"]
        properties.pop(name, None)
        properties |= {name: value} if value is not None else {}

    found = complaints(template)

    for type, name, _, rule, words in BREAKS:
        assert [line for line in found if line.startswith(rule) and words in line], f"{type} {name}: {found}"
