"""A project as the offline account sees it: with that account's numbers in place of the user's."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from bodo_infra.checks import check_account, place
from bodo_infra.checks.aws_account import OFFLINE_ACCOUNT
from bodo_infra.errors import Problem
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import SPEC
from bodo_infra.project.yaml_files import shown_path
from bodo_infra.spec import CloudConfigSpec

OFFLINE_VARIABLE: Final = "BODO_INFRA_OFFLINE"
"""Set by the driver to tell a stack's program that it is rehearsed."""


def is_rehearsal(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs a stack's program in a rehearsal."""
    return bool(environ.get(OFFLINE_VARIABLE))


def with_offline_account(project: Project) -> Project:
    """The same project in the offline account: ARNs and resource ids in its specs name that one, too."""
    specs = [project.stacks[name].spec for name in project.names_of_kind("cloud-config")]
    numbers: dict[str, str] = {}
    for spec in specs:
        if isinstance(spec, CloudConfigSpec):
            numbers |= _numbers(spec)
    stacks = {
        name: replace(stack, spec_data=_renumbered(stack.spec_data, numbers)) for name, stack in project.stacks.items()
    }
    return replace(project, stacks=stacks)


def offline_account_problems(project: Project, names: Iterable[str]) -> list[Problem]:
    """The offline account's number in cloud-configs below the stacks, when they are not rehearsed."""
    problems: list[Problem] = []
    for name in sorted({name for level in project.order(names) for name in level}):
        stack = project.stack(name)
        if isinstance(stack.spec, CloudConfigSpec):
            problems += place(check_account(stack.spec, offline=False), file=shown_path(stack.path), path=SPEC)
    return problems


def _numbers(spec: CloudConfigSpec) -> dict[str, str]:
    """What the user calls it, to what it is offline."""
    if spec.aws is not None:
        return {spec.aws.account_id: OFFLINE_ACCOUNT}
    if spec.azure is None:
        return {}
    azure = spec.azure
    principal = azure.service_principal
    return {
        azure.tenant_id: OFFLINE_SUBSCRIPTION,
        azure.subscription_id: OFFLINE_SUBSCRIPTION,
        # The offline account has no directory: it knows a service principal by one number.
        principal.object_id: principal.application_id,
    }


def _renumbered(data: object, numbers: Mapping[str, str]) -> object:
    text = json.dumps(data, default=str)
    for number, offline in numbers.items():
        text = re.sub(re.escape(number), offline, text, flags=re.IGNORECASE)  # GUIDs are written in any case
    return json.loads(text)
