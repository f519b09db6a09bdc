"""Stacks that this release cannot make: a warning for whoever checks, a refusal for whoever names them."""

from pathlib import Path

import pytest

from bodo_infra import program
from bodo_infra.cli import cli
from bodo_infra.cli.frame import run
from bodo_infra.driver.platform import Platform
from bodo_infra.errors import InputError
from bodo_infra.project.makeable import MAKEABLE

ACCOUNT = "aws: {region: us-east-2, account_id: '123456789012'}"
GUID = "12345678-1234-1234-1234-123456789abc"
SUBSCRIPTION = (
    f"azure: {{tenant_id: {GUID}, subscription_id: {GUID}, resource_group: a, location: westeurope, "
    f"service_principal: {{application_id: {GUID}, object_id: 8{GUID[1:]}}}}}"
)
LATER = "for a later release: `bodo-infra up` without names leaves it out."


def file_of(kind: str, spec: str, uses: str = "") -> str:
    return f"config:\n  bodo:kind: {kind}\n  bodo:uses: {{{uses}}}\n  bodo:spec: {{{spec}}}\n"


FILES = {
    "far": file_of("cloud-config", f"name: far, {ACCOUNT}"),
    "far-shop": file_of("workspace", "name: shop", "cloud_config: far"),
    "far-desk": file_of("notebook", "name: desk, user: jane, instance_type: c6i.large", "workspace: far-shop"),
    "azure": file_of("cloud-config", f"name: azure, {SUBSCRIPTION}"),
    "azure-desk": file_of("notebook", "name: desk, user: jane, instance_type: Standard_B4ms", "workspace: azure-shop"),
    "azure-etl": file_of("cluster", "name: etl, instance_type: Standard_D16as_v5", "workspace: azure-shop"),
    "azure-role": file_of("instance-role", "name: role", "cloud_config: azure"),
    "azure-shop": file_of("workspace", "name: shop", "cloud_config: azure"),
    "company": file_of("organization", "name: company"),
    "owned": file_of("cloud-config", "name: owned, local: {directory: data}", "organization: company"),
}
WARNINGS = {
    "azure-desk": f"bodo:kind: this release cannot make a notebook on azure yet. Keep it {LATER}",
    "company": f"bodo:kind: this release cannot make an organization yet. Keep it {LATER}",
    "far-desk": f"bodo:kind: this release cannot make a notebook on aws yet. Keep it {LATER}",
    "owned": "bodo:uses: it stands on company, which this release cannot make yet. Let it use others, or keep it "
    f"{LATER}",
}


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: bodo\nruntime: python\n")
    for name, text in FILES.items():
        (tmp_path / f"Pulumi.{name}.yaml").write_text(text)
    return Platform.open(tmp_path)


def test_check_warns_of_what_cannot_be_made_and_of_what_stands_on_it(platform, capsys):
    assert run(cli, ["check"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"warning: Pulumi.{name}.yaml: {words}" for name, words in WARNINGS.items()
    ]
    assert run(cli, ["check", "far-shop"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ("far-desk", ["far-desk"]),
        ("azure-desk", ["azure-desk"]),
        ("owned", ["company", "owned"]),
    ],
)
def test_a_stack_that_cannot_be_made_is_refused_by_name_before_anything_starts(platform, asked, refused):
    for act in (platform.up, platform.preview, platform.changes):
        with pytest.raises(InputError) as caught:
            act([asked])
        assert str(caught.value).splitlines() == [f"Pulumi.{name}.yaml: {WARNINGS[name]}" for name in refused]


def test_without_names_what_cannot_be_made_is_left_out(platform):
    for name in FILES.keys() - WARNINGS.keys():
        (platform.project.stack_dir / f"Pulumi.{name}.yaml").unlink()
    (platform.project.stack_dir / "Pulumi.azure-desk.yaml").unlink()
    (platform.project.stack_dir / "Pulumi.far-desk.yaml").unlink()
    # Nothing is left then, and no engine is needed.
    assert Platform.open(platform.project.root).up(None) == []


@pytest.mark.parametrize(("target", "kind"), [(target, kind) for target in MAKEABLE for kind in MAKEABLE[target]])
def test_the_program_has_a_function_for_all_that_can_be_made(target, kind):
    module = Path(program.__file__).parent / f"{target}.py"
    assert f"def {kind.replace('-', '_')}(" in module.read_text()
