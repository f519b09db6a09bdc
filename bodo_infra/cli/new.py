"""`bodo-infra new`: the file of a new stack, ready to be brought up."""

import click

from bodo_infra.cli.frame import Settings, pass_settings, print_warnings
from bodo_infra.cli.pairs import parse_pairs


@click.command(epilog="Example: bodo-infra new cluster etl --uses workspace=demo-workspace --set nodes=4")
@click.argument("kind")
@click.argument("name")
@click.option(
    "--uses", "uses", multiple=True, metavar="ROLE=STACK", help="A stack that it stands on; found when clear."
)
@click.option(
    "--set", "values", multiple=True, metavar="PATH=VALUE", help="A field of the spec: nodes=4, tags.team=etl."
)
@pass_settings
def new(settings: Settings, kind: str, name: str, uses: tuple[str, ...], values: tuple[str, ...]) -> None:
    """Write stacks/Pulumi.NAME.yaml for a stack of KIND (cloud-config, workspace, cluster, ...); brings nothing up."""
    from bodo_infra.project.field_values import field_values
    from bodo_infra.project.new_stack import plan_stack, write_stack
    from bodo_infra.project.yaml_files import shown_path
    from bodo_infra.spec import NOUNS, Spec

    project = settings.project()
    roles = {role.replace("-", "_"): stack for role, stack in parse_pairs("--uses", uses).items()}
    fields = field_values(NOUNS.get(kind, Spec), parse_pairs("--set", values))
    stack = plan_stack(project, kind, name, uses=roles, values=fields)
    write_stack(project, stack)
    click.echo(f"wrote {shown_path(stack.path)}")
    unmade = project.with_stack(stack).unmade.get(name)
    if unmade is None:
        click.echo(f"bring it up with: bodo-infra up {name}")
    else:
        print_warnings([unmade])
