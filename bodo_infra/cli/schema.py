"""`bodo-infra schema`: what may be written, for editors."""

import click

from bodo_infra.cli.frame import print_json


@click.command()
@click.argument("noun", required=False)
def schema(noun: str | None) -> None:
    """Print the JSON schema of NOUN's spec (cluster, job, ...); without NOUN that of a stack file."""
    from bodo_infra.project.stack_file import ROLES
    from bodo_infra.spec.problems import noun_model
    from bodo_infra.spec.schema import spec_schema, stack_file_schema

    if noun is None:
        print_json(stack_file_schema({kind: {role.name: role.required for role in ROLES[kind]} for kind in ROLES}))
    else:
        print_json(spec_schema(noun_model(noun, path="NOUN")))
