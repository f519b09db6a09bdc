"""A project as the offline account sees it: with that account's number in place of the user's."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bodo_infra.project.project import Project
from bodo_infra.spec import CloudConfigSpec

OFFLINE_VARIABLE: Final = "BODO_INFRA_OFFLINE"
"""Set by the driver to tell a stack's program that it is rehearsed."""
OFFLINE_ACCOUNT: Final = "000000000000"
"""The number that the offline account answers with; AWS gives it to nobody."""


def is_rehearsal(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs a stack's program in a rehearsal."""
    return bool(environ.get(OFFLINE_VARIABLE))


def with_offline_account(project: Project) -> Project:
    """The same project in the offline account: ARNs in its specs name that one, too."""
    specs = [project.stacks[name].spec for name in project.names_of_kind("cloud-config")]
    accounts = {spec.aws.account_id for spec in specs if isinstance(spec, CloudConfigSpec) and spec.aws}
    stacks = {
        name: replace(stack, spec_data=_renumbered(stack.spec_data, accounts)) for name, stack in project.stacks.items()
    }
    return replace(project, stacks=stacks)


def _renumbered(data: object, accounts: set[str]) -> object:
    text = json.dumps(data, default=str)
    for account in accounts:
        text = text.replace(account, OFFLINE_ACCOUNT)
    return json.loads(text)
