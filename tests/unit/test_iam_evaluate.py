"""AWS's documented evaluation logic, a claim a row.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import pytest

from bodo_infra.plugin.account.iam.documents import Policy, parse
from bodo_infra.plugin.account.iam.evaluate import Principal, assume, decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request, UnsupportedPolicyError

HERE, THERE = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HERE}:role/deploy"
FOREIGN = f"arn:aws:iam::{THERE}:role/platform"
TARGET = f"arn:aws:iam::{HERE}:role/target"
KEY = f"arn:aws:kms:us-east-2:{HERE}:key/1"
OBJECT = "arn:aws:s3:::demo/a.txt"


def statement(action="s3:GetObject", resource="*", *, effect="Allow", sid=None, to=None, when=None):
    found = {"Sid": sid, "Effect": effect, "Principal": to, "Action": action, "Resource": resource, "Condition": when}
    return {key: value for key, value in found.items() if value is not None}


def policy(*statements, name="deploy", kind=Kind.IDENTITY):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return Policy(name=name, document=parse(document, kind))


def on_bucket(*statements):
    return policy(*statements, name="policy of bucket demo", kind=Kind.RESOURCE)


def trust(*statements):
    return policy(*statements, name="trust of role target", kind=Kind.TRUST)


def trusting(to, **when):
    condition = {"StringEquals": {"sts:ExternalId": when["external_id"]}} if when else None
    return trust(statement("sts:AssumeRole", None, to=to, when=condition))


def caller(*policies, arn=ROLE, boundary=None, **tags):
    return Principal(arn=arn, policies=policies, boundary=boundary, tags=tags)


def get(resource=OBJECT, action="s3:GetObject", **context):
    return Request(action=action, resource=resource, context={key.replace("__", ":"): v for key, v in context.items()})


ALLOW, DENY = statement(sid="Read"), statement(effect="Deny", sid="Never")
TO_ROLE, TO_ACCOUNT = {"AWS": ROLE}, {"AWS": HERE}


@pytest.mark.parametrize(
    ("identity", "boundary", "resource", "allowed", "says"),
    [
        pytest.param([], None, [], False, "no Allow in its policies", id="default deny"),
        pytest.param([ALLOW], None, [], True, "deploy, statement Read (Statement[0])", id="identity allows"),
        pytest.param([ALLOW, DENY], None, [], False, "denied by deploy, statement Never", id="explicit deny wins"),
        pytest.param([ALLOW], ALLOW, [], True, "deploy, statement Read", id="inside the boundary"),
        pytest.param([], ALLOW, [], False, "no Allow in its policies", id="a boundary grants nothing"),
        pytest.param(
            [ALLOW], statement("ec2:*"), [], False, "not allowed to the permissions boundary", id="outside the boundary"
        ),
        pytest.param([ALLOW], DENY, [], False, "denied by boundary", id="deny in the boundary"),
        pytest.param([], None, [statement(to=TO_ROLE)], True, "policy of bucket demo", id="resource policy by role"),
        pytest.param([], None, [statement(to="*")], True, "policy of bucket demo", id="resource policy for everybody"),
        pytest.param(
            [],
            None,
            [statement(to=TO_ACCOUNT)],
            False,
            "leaves it to the policies of the account",
            id="naming the account leaves the choice to it",
        ),
        pytest.param([ALLOW], None, [statement(to={"AWS": THERE})], True, "deploy", id="either of both is enough"),
        pytest.param(
            [ALLOW],
            None,
            [statement(to=TO_ACCOUNT, effect="Deny", sid="No")],
            False,
            "denied by policy of bucket demo, statement No",
            id="deny to the account reaches its roles",
        ),
        pytest.param(
            [ALLOW], None, [statement(to={"AWS": FOREIGN}, effect="Deny")], True, "deploy", id="deny to another role"
        ),
        pytest.param(
            [],
            statement("ec2:*"),
            [statement(to=TO_ROLE)],
            False,
            "boundary",
            id="the boundary limits that role's grant",
        ),
    ],
)
def test_within_one_account(identity, boundary, resource, allowed, says):
    limits = policy(boundary, name="boundary", kind=Kind.BOUNDARY) if boundary else None
    who = caller(*([policy(*identity)] if identity else []), boundary=limits)

    decision = decide(who, get(), resource_policies=[on_bucket(*resource)] if resource else [])

    assert decision.allowed is allowed
    assert says in decision.because


@pytest.mark.parametrize(
    ("identity", "resource", "allowed", "says"),
    [
        pytest.param([ALLOW], [statement(to={"AWS": FOREIGN})], True, "and by policy of bucket", id="both allow"),
        pytest.param([ALLOW], [statement(to={"AWS": THERE})], True, "and by policy of bucket", id="account named"),
        pytest.param([ALLOW], [statement(to=TO_ROLE)], False, "its Principal does not name", id="somebody else named"),
        pytest.param([ALLOW], [], False, "there is none", id="no resource policy"),
        pytest.param([], [statement(to={"AWS": FOREIGN})], False, "which here is not enough", id="own account silent"),
    ],
)
def test_over_two_accounts_both_have_to_allow(identity, resource, allowed, says):
    who = caller(*([policy(*identity)] if identity else []), arn=FOREIGN)

    decision = decide(who, get(), resource_policies=[on_bucket(*resource)] if resource else [], owner=HERE)

    assert decision.allowed is allowed
    assert says in decision.because


MAY_ASSUME = policy(statement("sts:AssumeRole", TARGET))


@pytest.mark.parametrize(
    ("who", "trusted", "given", "allowed", "says"),
    [
        pytest.param(caller(), trusting(TO_ROLE), None, True, "trust of role target", id="named, same account"),
        pytest.param(
            caller(), trusting(TO_ACCOUNT), None, False, "is not allowed to", id="account named, no own right"
        ),
        pytest.param(caller(MAY_ASSUME), trusting(TO_ACCOUNT), None, True, "deploy", id="account named, own right"),
        pytest.param(caller(MAY_ASSUME), trusting({"AWS": THERE}), None, False, "does not name", id="not trusted"),
        pytest.param(
            caller(arn=FOREIGN), trusting({"AWS": FOREIGN}), None, False, "not enough", id="abroad, named, no own right"
        ),
        pytest.param(
            caller(MAY_ASSUME, arn=FOREIGN), trusting({"AWS": FOREIGN}), None, True, "and by", id="abroad, own right"
        ),
        pytest.param(
            caller(MAY_ASSUME, arn=FOREIGN),
            trusting({"AWS": THERE}, external_id="secret-7"),
            "secret-7",
            True,
            "trust of role target",
            id="external id",
        ),
        pytest.param(
            caller(MAY_ASSUME, arn=FOREIGN),
            trusting({"AWS": THERE}, external_id="secret-7"),
            None,
            False,
            "no external id was given",
            id="no external id",
        ),
        pytest.param(
            caller(MAY_ASSUME, arn=FOREIGN),
            trusting({"AWS": THERE}, external_id="secret-7"),
            "guess",
            False,
            "another external id was given",
            id="wrong external id",
        ),
        pytest.param(
            caller(arn="ec2.amazonaws.com"),
            trusting({"Service": "ec2.amazonaws.com"}),
            None,
            True,
            "trust",
            id="service",
        ),
        pytest.param(
            caller(arn="lambda.amazonaws.com"),
            trusting({"Service": "ec2.amazonaws.com"}),
            None,
            False,
            "does not name lambda.amazonaws.com",
            id="another service",
        ),
        pytest.param(
            caller(arn=f"arn:aws:iam::{HERE}:root"),
            trusting(TO_ACCOUNT),
            None,
            False,
            "lets no root take a role",
            id="root",
        ),
    ],
)
def test_who_may_take_a_role(who, trusted, given, allowed, says):
    decision = assume(trusted, who, role_arn=TARGET, external_id=given)

    assert decision.allowed is allowed
    assert says in decision.because
    assert "secret-7" not in decision.because, "whoever reads the log need not learn the id"


@pytest.mark.parametrize(
    ("key_policy", "allowed"),
    [
        pytest.param(statement("kms:*", to=TO_ACCOUNT), True, id="left to the account"),
        pytest.param(statement("kms:*", to={"AWS": THERE}), False, id="left to another account"),
        pytest.param(statement("kms:*", to=TO_ROLE), True, id="named"),
        pytest.param(None, True, id="the default policy leaves it to the account"),
    ],
)
def test_the_policy_of_a_key_has_to_agree(key_policy, allowed):
    of_key = [policy(key_policy, name="policy of the key", kind=Kind.RESOURCE)] if key_policy else []

    decision = decide(caller(policy(statement("kms:Decrypt"))), get(KEY, "kms:Decrypt"), resource_policies=of_key)

    assert decision.allowed is allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        pytest.param("StringEquals", "a", "a", True, id="StringEquals"),
        pytest.param("StringEquals", "a", "A", False, id="StringEquals minds case"),
        pytest.param("StringEquals", "a*", "ab", False, id="StringEquals has no wildcards"),
        pytest.param("StringEquals", ["a", "b"], "b", True, id="several values are alternatives"),
        pytest.param("StringEquals", "a", None, False, id="nothing equals nothing"),
        pytest.param("StringNotEquals", "a", "b", True, id="StringNotEquals"),
        pytest.param("StringNotEquals", ["a", "b"], "b", False, id="StringNotEquals excludes all"),
        pytest.param("StringNotEquals", "a", None, True, id="what is not there is not equal"),
        pytest.param("StringEqualsIgnoreCase", "a", "A", True, id="StringEqualsIgnoreCase"),
        pytest.param("StringLike", "a*", "abc", True, id="StringLike"),
        pytest.param("StringLike", "a?c", "abc", True, id="StringLike with one character"),
        pytest.param("StringNotLike", "a*", "abc", False, id="StringNotLike"),
        pytest.param("StringEqualsIfExists", "a", None, True, id="IfExists lets what is not there pass"),
        pytest.param("StringEqualsIfExists", "a", "b", False, id="IfExists minds what is there"),
        pytest.param("Null", "true", None, True, id="Null"),
        pytest.param("Null", "true", "x", False, id="Null of something"),
        pytest.param("Null", "false", "x", True, id="not Null"),
        pytest.param("Bool", "true", "true", True, id="Bool"),
        pytest.param("Bool", "true", "false", False, id="Bool of the other"),
        pytest.param("NumericLessThan", "10", "9.5", True, id="NumericLessThan"),
        pytest.param("NumericLessThanEquals", "10", "10", True, id="NumericLessThanEquals"),
        pytest.param("NumericGreaterThan", "10", "9", False, id="NumericGreaterThan"),
        pytest.param("NumericEquals", "10", "10.0", True, id="NumericEquals"),
        pytest.param("NumericEquals", "10", "ten", False, id="no number"),
        pytest.param("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True, id="DateLessThan"),
        pytest.param("DateGreaterThan", "2026-01-01", "1700000000", False, id="dates as seconds"),
        pytest.param("IpAddress", "10.0.0.0/8", "10.1.2.3", True, id="IpAddress"),
        pytest.param("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False, id="NotIpAddress"),
        pytest.param("IpAddress", "10.0.0.0/8", "fd00::1", False, id="the other kind of address"),
        pytest.param("ArnLike", "arn:aws:iam::*:role/x*", f"arn:aws:iam::{HERE}:role/xy", True, id="ArnLike"),
        pytest.param(
            "ArnEquals", "arn:aws:iam::*:role/x*", f"arn:aws:iam::{HERE}:role/xy", True, id="ArnEquals is alike"
        ),
        pytest.param("ArnLike", "arn:aws:iam::*:x", f"arn:aws:iam::{HERE}:role/a:x", False, id="no star over a colon"),
        pytest.param("ArnNotLike", "arn:aws:iam::*:role/x*", f"arn:aws:iam::{HERE}:role/z", True, id="ArnNotLike"),
        pytest.param("ForAnyValue:StringEquals", ["a", "b"], ("b", "c"), True, id="any"),
        pytest.param("ForAnyValue:StringEquals", "a", ("b", "c"), False, id="none of them"),
        pytest.param("ForAnyValue:StringEquals", "a", None, False, id="any of nothing"),
        pytest.param("ForAllValues:StringEquals", ["a", "b"], ("b", "a"), True, id="all"),
        pytest.param("ForAllValues:StringEquals", ["a"], ("b", "a"), False, id="not all"),
        pytest.param("ForAllValues:StringEquals", "a", None, True, id="all of nothing"),
        pytest.param("ForAnyValue:StringNotEquals", "a", ("a", "b"), True, id="any that is not"),
        pytest.param("ForAllValues:StringNotLike", "x*", ("a", "b"), True, id="all that are not"),
    ],
)
def test_condition_operators(operator, wanted, given, holds):
    when = {operator: {"aws:SourceIdentity": wanted}}
    request = Request(action="s3:GetObject", resource=OBJECT, context={"aws:SourceIdentity": given})

    assert decide(caller(policy(statement(when=when))), request).allowed is holds


@pytest.mark.parametrize(
    ("pattern", "resource", "tags", "allowed"),
    [
        pytest.param("arn:aws:s3:::demo/*", OBJECT, {}, True, id="star"),
        pytest.param("arn:aws:s3:::demo/?.txt", OBJECT, {}, True, id="question mark"),
        pytest.param("arn:aws:s3:::demo", OBJECT, {}, False, id="a bucket is not its objects"),
        pytest.param(
            "arn:aws:s3:::demo/${aws:PrincipalTag/team}/*", "arn:aws:s3:::demo/etl/a", {"team": "etl"}, True, id="tag"
        ),
        pytest.param(
            "arn:aws:s3:::demo/${aws:PrincipalTag/team}/*", "arn:aws:s3:::demo/etl/a", {"team": "x"}, False, id="other"
        ),
        pytest.param("arn:aws:s3:::demo/${aws:PrincipalTag/team}/*", "arn:aws:s3:::demo/etl/a", {}, False, id="no tag"),
        pytest.param(
            "arn:aws:s3:::demo/${aws:PrincipalTag/team}/*",
            "arn:aws:s3:::demo/etl/a",
            {"team": "*"},
            False,
            id="literal",
        ),
        pytest.param(
            "arn:aws:s3:::demo/${aws:PrincipalTag/team, 'etl'}/*", "arn:aws:s3:::demo/etl/a", {}, True, id="default"
        ),
        pytest.param("arn:aws:s3:::demo/${*}", "arn:aws:s3:::demo/*", {}, True, id="a star itself"),
        pytest.param("arn:aws:s3:::demo/${*}", OBJECT, {}, False, id="only a star itself"),
    ],
)
def test_resources_with_wildcards_and_variables(pattern, resource, tags, allowed):
    who = caller(policy(statement(resource=pattern)), **tags)

    assert decide(who, get(resource)).allowed is allowed


@pytest.mark.parametrize(
    ("fields", "action", "allowed"),
    [
        pytest.param({"NotAction": "iam:*", "Resource": "*"}, "s3:GetObject", True, id="NotAction lets others in"),
        pytest.param({"NotAction": "iam:*", "Resource": "*"}, "iam:GetRole", False, id="NotAction leaves these out"),
        pytest.param({"Action": "s3:*", "NotResource": OBJECT}, "s3:GetObject", False, id="NotResource"),
        pytest.param({"Action": "S3:get*", "Resource": "*"}, "s3:GetObject", True, id="actions ignore case"),
    ],
)
def test_negated_elements(fields, action, allowed):
    assert decide(caller(policy({"Effect": "Allow", **fields})), get(action=action)).allowed is allowed


def test_the_root_of_an_account_may_do_all_in_it_but_what_a_resource_denies():
    root = Principal(arn=f"arn:aws:iam::{HERE}:root")

    assert decide(root, get()).allowed
    assert not decide(root, get(), resource_policies=[on_bucket(statement(to="*", effect="Deny"))]).allowed


def test_a_refusal_says_which_statement_nearly_allows_it_and_why_it_does_not():
    when = {"StringEquals": {"aws:RequestTag/bodo": "etl"}}
    near = policy(
        statement("ec2:CreateVpc", sid="Network", when=when), statement("ec2:CreateVpc", "arn:aws:ec2:*:*:x/*")
    )

    decision = decide(caller(near), Request(action="ec2:CreateVpc", resource=f"arn:aws:ec2:us-east-2:{HERE}:vpc/*"))

    assert decision.because == (
        f"ec2:CreateVpc on arn:aws:ec2:us-east-2:{HERE}:vpc/* is not allowed to {ROLE}: "
        "deploy, statement Network (Statement[0]): its condition StringEquals on aws:RequestTag/bodo does not hold: "
        "the request has nothing there, the policy names etl; "
        "deploy, Statement[1]: its Resource (arn:aws:ec2:*:*:x/*) does not cover "
        f"arn:aws:ec2:us-east-2:{HERE}:vpc/*"
    )


def test_a_key_that_nobody_told_is_refused_not_taken_for_absent():
    who = caller(policy(statement(when={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})))

    with pytest.raises(UnsupportedPolicyError, match="aws:SourceVpc on s3:GetObject: its value is not known here"):
        decide(who, get())
    assert decide(who, get(aws__SourceVpc=None)).allowed, "it can be told that there is none"


def test_a_key_that_aws_never_sends_with_an_action_is_absent():
    who = caller(policy(statement("ec2:*", when={"StringEquals": {"ec2:InstanceType": "c5n.large"}})))

    assert not decide(who, Request(action="ec2:DescribeVpcs", resource="*")).allowed


def test_several_values_without_a_set_operator_are_refused():
    who = caller(policy(statement(when={"StringEquals": {"aws:SourceIdentity": "a"}})))

    with pytest.raises(UnsupportedPolicyError, match="needs ForAnyValue or ForAllValues"):
        decide(who, get(aws__SourceIdentity=("a", "b")))


def test_notprincipal_is_refused_with_the_way_round_it():
    document = {"Version": "2012-10-17", "Statement": {**DENY, "NotPrincipal": {"AWS": ROLE}}}
    on_it = Policy(name="policy of bucket demo", document=parse(document, Kind.RESOURCE))

    with pytest.raises(UnsupportedPolicyError, match="aws:PrincipalArn"):
        decide(caller(policy(ALLOW)), get(), resource_policies=[on_it])


def test_a_user_named_by_a_resource_is_not_judged_with_a_boundary():
    user = f"arn:aws:iam::{HERE}:user/ann"
    who = caller(arn=user, boundary=policy(ALLOW, kind=Kind.BOUNDARY))

    with pytest.raises(UnsupportedPolicyError, match="permissions boundary"):
        decide(who, get(), resource_policies=[on_bucket(statement(to={"AWS": user}))])


def test_only_over_tls_is_a_deny_that_requests_of_ours_never_meet():
    only_tls = statement("s3:*", effect="Deny", to="*", when={"Bool": {"aws:SecureTransport": "false"}})

    assert decide(caller(policy(ALLOW)), get(), resource_policies=[on_bucket(only_tls)]).allowed
    assert not decide(
        caller(policy(ALLOW)), get(aws__SecureTransport="false"), resource_policies=[on_bucket(only_tls)]
    ).allowed


def test_in_the_older_version_a_variable_is_plain_text():
    document = {"Version": "2012-10-17", "Statement": statement(resource="arn:aws:s3:::demo/${aws:PrincipalTag/t}")}
    new = parse(document, Kind.IDENTITY)
    old = Policy(name="old", document=type(new)(version="2008-10-17", id=None, statements=new.statements))

    assert not decide(caller(old, t="x"), get("arn:aws:s3:::demo/x")).allowed
    assert decide(caller(old, t="x"), get("arn:aws:s3:::demo/${aws:PrincipalTag/t}")).allowed
