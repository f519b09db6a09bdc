"""Policy documents: every problem with its path, sizes, and equality by meaning."""

import json

import pytest

from bodo_infra.catalog import iam_names as names
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.iam.documents import check, check_inline_total, parse, same_meaning
from bodo_infra.plugin.account.iam.grammar import Kind

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::demo/*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
BUCKET = {**GOOD, "Principal": {"AWS": "123456789012"}}


def document(*statements, version="2012-10-17", **more):
    return {"Version": version, "Statement": list(statements), **more}


def problems(*statements, kind=Kind.IDENTITY, **more):
    return [str(problem) for problem in check(document(*statements, **more), kind)]


def changed(statement, **fields):
    """The statement with fields set; those set to None taken out. ``Not_X`` cannot be a keyword, ``NotX`` can."""
    return {key: value for key, value in {**statement, **fields}.items() if value is not None}


def condition(operator, key, value):
    return changed(GOOD, Condition={operator: {key: value}})


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        pytest.param(GOOD, Kind.IDENTITY, id="identity policy"),
        pytest.param(GOOD, Kind.BOUNDARY, id="permissions boundary"),
        pytest.param(TRUST, Kind.TRUST, id="trust policy"),
        pytest.param(BUCKET, Kind.RESOURCE, id="bucket policy"),
        pytest.param(changed(GOOD, Sid="All1"), Kind.IDENTITY, id="Sid"),
        pytest.param(changed(GOOD, Action=None, NotAction=["iam:*"]), Kind.IDENTITY, id="NotAction"),
        pytest.param(changed(GOOD, Resource=None, NotResource="*"), Kind.IDENTITY, id="NotResource"),
        pytest.param(changed(GOOD, Action=["*"], Resource="*"), Kind.IDENTITY, id="everything"),
        pytest.param(changed(GOOD, Action="EC2:runinstances", Resource="*"), Kind.IDENTITY, id="actions ignore case"),
        pytest.param(changed(GOOD, Action="ec2:Describe*", Resource="*"), Kind.IDENTITY, id="wildcard in an action"),
        pytest.param(changed(GOOD, Resource="arn:aws:ec2:*:*:subnet/*"), Kind.IDENTITY, id="wildcards in an ARN"),
        pytest.param(
            changed(GOOD, Resource="arn:aws:ec2:*:${aws:PrincipalAccount}:*"), Kind.IDENTITY, id="variable in an ARN"
        ),
        pytest.param(
            changed(GOOD, Resource="arn:aws:s3:::demo/${aws:PrincipalTag/team}/*"), Kind.IDENTITY, id="variable"
        ),
        pytest.param(condition("Bool", "aws:SecureTransport", False), Kind.IDENTITY, id="false without quotes"),
        pytest.param(condition("StringLike", "aws:RequestTag/a b", ["x*"]), Kind.IDENTITY, id="tag key with a blank"),
        pytest.param(condition("ForAnyValue:StringLike", "aws:TagKeys", "x"), Kind.IDENTITY, id="several values"),
        pytest.param(condition("StringEqualsIfExists", "ec2:Vpc", "x"), Kind.IDENTITY, id="IfExists"),
        pytest.param(condition("StringEquals", "AWS:requestedregion", "x"), Kind.IDENTITY, id="keys ignore case"),
        pytest.param(
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            Kind.RESOURCE,
            id="default key policy",
        ),
        pytest.param(
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:ClientMount"},
            Kind.RESOURCE,
            id="file system policy without a resource",
        ),
    ],
)
def test_what_aws_takes_has_no_problem(statement, kind):
    assert problems(statement, kind=kind) == []


@pytest.mark.parametrize(
    ("statement", "kind", "says"),
    [
        pytest.param(
            changed(GOOD, Action=["ec2:RunInstance"]),
            Kind.IDENTITY,
            "Statement[0].Action[0] = ec2:RunInstance: unknown action. Did you mean ec2:RunInstances?",
            id="misspelt action",
        ),
        pytest.param(
            changed(GOOD, Action="s33:GetObject"), Kind.IDENTITY, "Did you mean s3:GetObject?", id="misspelt service"
        ),
        pytest.param(changed(GOOD, Action="ec2:Descripe*"), Kind.IDENTITY, "unknown action", id="pattern of nothing"),
        pytest.param(
            changed(GOOD, Action="*:Get*"), Kind.IDENTITY, "the service takes no wildcard", id="wildcard service"
        ),
        pytest.param(changed(GOOD, Action=[]), Kind.IDENTITY, "Statement[0].Action: is an empty list", id="no action"),
        pytest.param(changed(GOOD, Action=[7]), Kind.IDENTITY, "must be text", id="number as action"),
        pytest.param(
            changed(GOOD, Action=None), Kind.IDENTITY, "Statement[0].Action: is missing", id="action left out"
        ),
        pytest.param(
            changed(GOOD, NotAction="s3:*"), Kind.IDENTITY, "Statement[0].NotAction: stands beside Action", id="both"
        ),
        pytest.param(changed(GOOD, Effect="allow"), Kind.IDENTITY, "must be Allow or Deny", id="effect in lower case"),
        pytest.param(changed(GOOD, Effect=None), Kind.IDENTITY, "must be Allow or Deny", id="no effect"),
        pytest.param(
            changed(GOOD, Actions="s3:*"),
            Kind.IDENTITY,
            "Statement[0].Actions: unknown element. Did you mean Action?",
            id="misspelt element",
        ),
        pytest.param(changed(GOOD, Sid="my-sid"), Kind.IDENTITY, "must be letters and digits", id="dash in a Sid"),
        pytest.param(
            changed(GOOD, Principal="*"),
            Kind.IDENTITY,
            "Principal: has no place in this identity policy",
            id="principal",
        ),
        pytest.param(changed(GOOD, Resource="demo"), Kind.IDENTITY, "must be * or an ARN of six parts", id="no ARN"),
        pytest.param(changed(GOOD, Resource="arn:aws:s3:::"), Kind.IDENTITY, "the last part", id="ARN of nothing"),
        pytest.param(
            changed(GOOD, Resource="arn:aws:s3:us-east-2:123456789012:demo"),
            Kind.IDENTITY,
            "buckets have neither region nor account",
            id="bucket with a region",
        ),
        pytest.param(
            changed(GOOD, Resource="arn:aws:iam:us-east-2:123456789012:role/x"),
            Kind.IDENTITY,
            "IAM has no region",
            id="role with a region",
        ),
        pytest.param(
            changed(GOOD, Resource="arn:aws:ec2:us-east-2:1234:vpc/*"),
            Kind.IDENTITY,
            "the account '1234'",
            id="account",
        ),
        pytest.param(
            changed(GOOD, Resource="arn:aws:ec22:us-east-2:*:vpc/*"), Kind.IDENTITY, "the service 'ec22'", id="service"
        ),
        pytest.param(
            condition("StringEqual", "aws:RequestedRegion", "x"),
            Kind.IDENTITY,
            "Condition.StringEqual: unknown operator. Did you mean StringEquals?",
            id="misspelt operator",
        ),
        pytest.param(
            condition("StringEquals", "aws:RequestRegion", "x"),
            Kind.IDENTITY,
            "unknown condition key. Did you mean aws:RequestedRegion?",
            id="misspelt key",
        ),
        pytest.param(
            condition("StringLike", "aws:TagKeys", "x"),
            Kind.IDENTITY,
            "Write ForAnyValue:StringLike",
            id="several values",
        ),
        pytest.param(condition("Bool", "aws:SecureTransport", "no"), Kind.IDENTITY, "must be true or false", id="bool"),
        pytest.param(
            condition("NumericLessThan", "s3:max-keys", "ten"), Kind.IDENTITY, "must be a number", id="number"
        ),
        pytest.param(condition("IpAddress", "aws:SourceIp", "10.0.0.0/40"), Kind.IDENTITY, "an address", id="address"),
        pytest.param(condition("DateLessThan", "aws:CurrentTime", "soon"), Kind.IDENTITY, "must be a date", id="date"),
        pytest.param(
            condition("ArnLike", "aws:PrincipalArn", "role/x"), Kind.IDENTITY, "must be an ARN", id="Arn value"
        ),
        pytest.param(condition("StringEquals", "aws:SourceVpc", []), Kind.IDENTITY, "is an empty list", id="no value"),
        pytest.param(
            changed(GOOD, Resource="arn:aws:s3:::demo/${aws:PrincipalTags/team}"),
            Kind.IDENTITY,
            "unknown variable aws:PrincipalTags/team. Did you mean aws:PrincipalTag/${TagKey}?",
            id="misspelt variable",
        ),
        pytest.param(
            changed(TRUST, Action="s3:GetObject"),
            Kind.TRUST,
            "speaks of taking the role only",
            id="trust of another thing",
        ),
        pytest.param(
            changed(TRUST, Resource="*"), Kind.TRUST, "has no place in this trust policy", id="trust: resource"
        ),
        pytest.param(changed(TRUST, Principal=None), Kind.TRUST, "Principal: is missing", id="trust of nobody"),
        pytest.param(
            changed(TRUST, Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
            Kind.TRUST,
            "a principal takes no wildcard",
            id="wildcard principal",
        ),
        pytest.param(
            changed(TRUST, Principal={"AWS": ["1234"]}),
            Kind.TRUST,
            "Principal.AWS[0] = 1234: must be an account of 12 digits",
            id="short account",
        ),
        pytest.param(
            changed(TRUST, Principal={"Service": "ec2"}), Kind.TRUST, "must be the name of an AWS service", id="service"
        ),
        pytest.param(changed(TRUST, Principal={"Aws": "*"}), Kind.TRUST, "unknown kind of principal", id="kind"),
        pytest.param(
            changed(BUCKET, Principal=None, NotPrincipal={"AWS": "*"}),
            Kind.RESOURCE,
            "with Allow it would let in everybody else",
            id="NotPrincipal",
        ),
    ],
)
def test_a_problem_names_its_place_its_rule_and_its_fix(statement, kind, says):
    found = problems(statement, kind=kind)

    assert any(says in problem for problem in found), found


def test_all_problems_are_told_at_once_each_with_its_path():
    with pytest.raises(InputError) as caught:
        parse(document(changed(GOOD, Effect="No"), changed(GOOD, Action=["s3:*", "s3:Gett"])), Kind.IDENTITY)

    assert [problem.path for problem in caught.value.problems] == ["Statement[0].Effect", "Statement[1].Action[1]"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "is not JSON", id="broken"),
        pytest.param("[]", "must be a JSON object", id="a list"),
        pytest.param("{}", "Statement", id="empty"),
        pytest.param('{"Statement": []}', "must be one statement or more", id="no statement"),
        pytest.param('{"Statement": [7]}', "Statement[0] = 7: must be a JSON object", id="no object"),
        pytest.param('{"Version": "2012", "Statement": []}', "must be 2012-10-17", id="version"),
        pytest.param('{"Statement": {"Effect": "Allow", "Effect": "Deny"}}', "'Effect' stands twice", id="key twice"),
    ],
)
def test_what_is_no_policy_is_told_so(text, says):
    assert any(says in str(problem) for problem in check(text, Kind.IDENTITY))


def test_a_sid_stands_once():
    twice = changed(GOOD, Sid="Read")

    assert problems(twice, twice) == ["Statement[1].Sid = Read: Statement[0] has this Sid already. Give each its own."]


def test_variables_need_the_newer_version():
    statement = changed(GOOD, Resource="arn:aws:s3:::demo/${aws:PrincipalTag/team}")

    assert any("variables are plain text" in problem for problem in problems(statement, version="2008-10-17"))


@pytest.mark.parametrize(
    ("kind", "limit", "statement"),
    [
        pytest.param(Kind.IDENTITY, 6144, GOOD, id="managed policy"),
        pytest.param(Kind.TRUST, 2048, TRUST, id="trust policy"),
    ],
)
def test_a_document_may_be_as_long_as_aws_allows_without_white_space(kind, limit, statement):
    def sized(size):
        whole = document({**statement, "Sid": ""})
        blank = len(json.dumps(whole, separators=(",", ":")))
        return json.dumps(document({**statement, "Sid": "x" * (size - blank)}), indent=8)

    assert check(sized(limit), kind) == [], "white space does not count"
    assert f"may have {limit} characters" in str(check(sized(limit + 1), kind)[0])


def test_the_inline_policies_of_a_role_share_one_limit():
    half = document(changed(GOOD, Resource=[f"arn:aws:s3:::demo/{'x' * 4000}"]))

    assert check_inline_total([half, half]) == []
    assert "10240 characters in all" in str(check_inline_total([half, half, half])[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(GOOD, changed(GOOD, Action=["s3:GetObject"]), id="one value or a list of it"),
        pytest.param(changed(GOOD, Action=["s3:*", "ec2:*"]), changed(GOOD, Action=["ec2:*", "s3:*"]), id="order"),
        pytest.param(changed(GOOD, Action=["s3:*", "s3:*"]), changed(GOOD, Action="s3:*"), id="repeats"),
        pytest.param(GOOD, changed(GOOD, Action="S3:getobject"), id="case of an action"),
        pytest.param(BUCKET, changed(BUCKET, Principal={"AWS": ["arn:aws:iam::123456789012:root"]}), id="account"),
        pytest.param(changed(BUCKET, Principal="*"), changed(BUCKET, Principal={"AWS": "*"}), id="everybody"),
        pytest.param(
            condition("Bool", "aws:SecureTransport", False),
            condition("Bool", "aws:securetransport", ["false"]),
            id="false",
        ),
        pytest.param(GOOD, changed(GOOD, Sid=""), id="an empty Sid"),
    ],
)
def test_what_means_the_same_is_equal(one, other):
    assert same_meaning(document(one), json.dumps(document(other)))
    assert same_meaning(document(one, TRUST), document(TRUST, other)), "the order of statements says nothing"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(GOOD, changed(GOOD, Effect="Deny"), id="effect"),
        pytest.param(GOOD, changed(GOOD, Resource="arn:aws:s3:::demo/A"), id="resource"),
        pytest.param(GOOD, changed(GOOD, Resource="arn:aws:s3:::DEMO/*"), id="case of a resource"),
        pytest.param(GOOD, changed(GOOD, Action=None, NotAction="s3:GetObject"), id="Action and NotAction"),
        pytest.param(GOOD, condition("Bool", "aws:SecureTransport", True), id="condition"),
        pytest.param(GOOD, changed(GOOD, Sid="Read"), id="Sid"),
    ],
)
def test_what_means_something_else_is_not_equal(one, other):
    assert not same_meaning(document(one), document(other))


def test_what_is_no_policy_is_equal_to_itself_only():
    assert same_meaning("{", "{")
    assert not same_meaning("{", "{}")
    assert same_meaning('{"a": 1}', '{ "a": 1 }')


def test_the_facts_name_their_sources_and_stay_small():
    assert len(names.services()) > 400
    assert names.facts_of("ec2:CreateSubnet").resources == ("ipam-pool", "subnet", "vpc")
    assert names.facts_of("ec2:DescribeVpcs").level == "L"
    assert names.expand("ec2:?elete*PlacementGroup") == ("ec2:DeletePlacementGroup",)
