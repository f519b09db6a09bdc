# ruff: noqa: E501  # sentences stand on one line
"""Stack files and the project that they make: read, changed, ordered, checked."""

import os
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.errors import InputError, NotFoundError
from bodo_infra.project.graph import closure, find_cycle, levels
from bodo_infra.project.project import Project, find_project, read_project
from bodo_infra.project.stack_file import change_spec, read_stack_file
from bodo_infra.spec import ClusterSpec

PULUMI = "name: bodo\nruntime: python\nmain: programs\nstackConfigDir: stacks\n"
LAND = "config:\n  bodo:kind: cloud-config\n  bodo:spec:\n    name: land\n    local: {directory: data}\n"
SHOP = "config:\n  bodo:kind: workspace\n  bodo:uses: {cloud_config: land}\n  bodo:spec:\n    name: shop\n"
ETL = "config:\n  bodo:kind: cluster\n  bodo:uses: {workspace: shop}\n  bodo:spec:\n    name: etl\n    nodes: 2\n"
SOUND = {"land": LAND, "shop": SHOP, "etl": ETL}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PULUMI)
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def project_of(folder: Path, **files: str) -> Project:
    for name, text in files.items():
        (folder / "stacks" / f"Pulumi.{name}.yaml").write_text(text)
    return read_project(folder)


def refusal_of(folder: Path, **files: str) -> str:
    problems = [problem for problem in project_of(folder, **files).check() if problem.level == "error"]
    return "\n".join(str(problem) for problem in problems)


BROKEN = {
    "empty": ("", "stacks/Pulumi.a.yaml: config: is missing. Add it with bodo:kind, bodo:uses and bodo:spec below, or write "
        "the file with `bodo-infra new`."),
    "a list": ("- a\n", "stacks/Pulumi.a.yaml: config: is missing. Add it with bodo:kind, bodo:uses and bodo:spec below, or "
        "write the file with `bodo-infra new`."),
    "only a salt": ("encryptionsalt: v1:x\n", "stacks/Pulumi.a.yaml: config: is missing. Add it with bodo:kind, bodo:uses and "
        "bodo:spec below, or write the file with `bodo-infra new`."),
    "no kind": ("config: {'bodo:spec': {}}", "stacks/Pulumi.a.yaml: bodo:kind: is missing. Add it: one of cloud-config, "
        "workspace, cluster, instance-role, notebook, organization."),
    "kind of nothing": (LAND.replace("cloud-config", "cloudconfig"), "stacks/Pulumi.a.yaml: bodo:kind = cloudconfig: is no "
        "known kind; there are cloud-config, workspace, cluster, instance-role, notebook, organization. Did you mean "
        "cloud-config?"),
    "a job": (LAND.replace("cloud-config", "job"), "stacks/Pulumi.a.yaml: bodo:kind = job: a job is no stack. Submit it with "
        "`bodo-infra job run`."),
    "kind as a list": (LAND.replace("cloud-config", "[a]"), "stacks/Pulumi.a.yaml: bodo:kind = ['a']: is no known kind; there "
        "are cloud-config, workspace, cluster, instance-role, notebook, organization. Choose one of them."),
    "no spec": ("config: {'bodo:kind': organization}", "stacks/Pulumi.a.yaml: bodo:spec: is missing. Add the fields of the "
        "spec below it; `bodo-infra schema NOUN` lists them."),
    "empty spec": ("config: {'bodo:kind': organization, 'bodo:spec': }", "stacks/Pulumi.a.yaml: bodo:spec = null: must be a "
        "mapping of the fields of an organization. Write one field per line."),
    "uses as a word": (SHOP.replace("{cloud_config: land}", "land"), "stacks/Pulumi.a.yaml: bodo:uses = land: must be a mapping "
        "of roles to stacks. Write `workspace: demo-workspace`, say."),
    "no uses": ("config: {'bodo:kind': workspace, 'bodo:spec': {name: a}}", "stacks/Pulumi.a.yaml: bodo:uses.cloud_config: is "
        "missing; a workspace stands on one. Add `cloud_config: STACK`, the name of a stack of kind cloud-config."),
    "role with a dash": (SHOP.replace("cloud_config: land", "cloud_config: land, organisation: b"), "stacks/Pulumi.a.yaml: "
        "bodo:uses.organisation: is no known role for a workspace; there are cloud_config, organization. Did you mean "
        "organization?"),
    "role where none is": ("config: {'bodo:kind': organization, 'bodo:uses': {workspace: a}, 'bodo:spec': {name: a}}",
        "stacks/Pulumi.a.yaml: bodo:uses.workspace: a stack of kind organization uses no other stack. Remove it."),
    "role of a number": (SHOP.replace("land", "12"), "stacks/Pulumi.a.yaml: bodo:uses.cloud_config = 12: must be the name of a "
        "stack. Write the name in quotes."),
    "misspelled key": (SHOP.replace("uses", "use"), "stacks/Pulumi.a.yaml: bodo:use: is no key here; there are bodo:kind, "
        "bodo:uses, bodo:spec. Did you mean bodo:uses?\nstacks/Pulumi.a.yaml: bodo:uses.cloud_config: is missing; a workspace "
        "stands on one. Add `cloud_config: STACK`, the name of a stack of kind cloud-config."),
    "misspelled key that could have been left out": (LAND.replace("config:\n", "config:\n  bodo:Use: {organization: b}\n"),
        "stacks/Pulumi.a.yaml: bodo:Use: is no key here; there are bodo:kind, bodo:uses, bodo:spec. Did you mean bodo:uses?"),
    "open bracket": ("config: [\n", "stacks/Pulumi.a.yaml: line 2, column 1: is no sound YAML: expected the node content, but "
        "found '<stream end>'. Correct the indentation, the quotes or the brackets on this line or the one before."),
    "tab": ("config:\n\ta: 1\n", "stacks/Pulumi.a.yaml: line 2, column 1: is no sound YAML: found character '\\t' that cannot "
        "start any token. Correct the indentation, the quotes or the brackets on this line or the one before."),
    "no such day": ("config: {a: 2026-99-99}", "stacks/Pulumi.a.yaml: somewhere: holds a date or a number that there is not. "
        "Correct it, or write it in quotes."),
    "endless number": (f"config: {{a: {'9' * 5000}}}", "stacks/Pulumi.a.yaml: somewhere: holds a date or a number that there is "
        "not. Correct it, or write it in quotes."),
    "a thousand brackets": ("[" * 3000, "stacks/Pulumi.a.yaml: somewhere: is nested too deeply. Close the brackets that were "
        "opened."),
    "aliases of aliases": ("a: &a [1]\n" + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in
        zip("abcdefgh", "bcdefghi", strict=True)), "stacks/Pulumi.a.yaml: somewhere: holds more than 100000 values, with its "
        "aliases. Shorten it."),
    "itself as a part": ("config: &a [*a]", "stacks/Pulumi.a.yaml: somewhere: holds more than 100000 values, with its "
        "aliases. Shorten it."),
    "key twice": ("config: {a: hunter2, a: hunter2}", "stacks/Pulumi.a.yaml: line 1, column 22: the key a stands twice. Keep one "
        "of the two."),
    "unknown stack": (SHOP, "stacks/Pulumi.a.yaml: bodo:uses.cloud_config = land: no such stack. Make one with "
        "`bodo-infra new cloud-config NAME`."),
    "itself": (SHOP.replace("land", "a"), "stacks/Pulumi.a.yaml: bodo:uses.cloud_config = a: is a workspace, but a workspace "
        "needs a cloud-config there. Make one with `bodo-infra new cloud-config NAME`.\nstacks/Pulumi.a.yaml: bodo:uses: the "
        "stacks use each other in a circle: a -> a. Take one of these uses out."),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_told_in_one_sentence(folder, text, sentence):
    assert refusal_of(folder, a=text) == sentence


AMONG_OTHERS = {
    "misspelled stack": ({"etl": ETL.replace("shop", "shp")}, "stacks/Pulumi.etl.yaml: bodo:uses.workspace = shp: no such "
        "stack. Did you mean shop?"),
    "quite another name": ({"etl": ETL.replace("shop", "zzz")}, "stacks/Pulumi.etl.yaml: bodo:uses.workspace = zzz: no such "
        "stack. Use one of shop."),
    "wrong kind": ({"etl": ETL.replace("shop", "land")}, "stacks/Pulumi.etl.yaml: bodo:uses.workspace = land: is a "
        "cloud-config, but a cluster needs a workspace there. Use one of shop."),
    "spec": ({"etl": ETL.replace("2", "0")}, "stacks/Pulumi.etl.yaml: bodo:spec.nodes = 0: must be at least 1. "
        "Use 1 or more."),
    "check": ({"etl": ETL + "    zone: a\n"}, "stacks/Pulumi.etl.yaml: bodo:spec.zone = a: has no meaning on the local target, "
        "which is this machine. Remove it."),
    "name twice": ({"etl2": ETL}, "stacks/Pulumi.etl2.yaml: bodo:spec.name = etl: stack etl already makes a cluster of this "
        "name in shop. Use another name."),
    "two cloud-configs of a name": ({"land2": LAND}, "stacks/Pulumi.land2.yaml: bodo:spec.name = land: stack land already makes "
        "a cloud-config of this name. Use another name."),
    "everything at once": ({"etl": ETL.replace("2", "0"), "shop": SHOP + "    nam: a\n", "bad": "a: ["},
        "stacks/Pulumi.bad.yaml: line 1, column 5: is no sound YAML: expected the node content, but found '<stream end>'. Correct the "
        "indentation, the quotes or the brackets on this line or the one before.\n"
        "stacks/Pulumi.etl.yaml: bodo:spec.nodes = 0: must be at least 1. Use 1 or more.\n"
        "stacks/Pulumi.shop.yaml: bodo:spec.nam: is no field here; there are name, region, network, shared_storage, members, "
        "delete_data, tags. Did you mean name?"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "sentence"), AMONG_OTHERS.values(), ids=AMONG_OTHERS)
def test_a_stack_is_judged_among_the_others(folder, files, sentence):
    assert refusal_of(folder, **{**SOUND, **files}) == sentence


def test_keys_of_a_program_s_own_are_left_alone(folder):
    own = LAND.replace("config:\n", "config:\n  bodo:token: {secure: v1:xyz}\n  aws:region: us-east-2\n")
    assert project_of(folder, **{**SOUND, "land": own}).check() == []


def test_a_sound_project_has_no_problem(folder):
    assert project_of(folder, **SOUND).check() == []


def test_two_clusters_of_one_name_may_live_in_two_workspaces(folder):
    other = SHOP.replace("name: shop", "name: shop2")
    project = project_of(folder, **SOUND, shop2=other, etl2=ETL.replace("workspace: shop", "workspace: shop2"))
    assert project.check() == []


def test_only_the_stacks_in_question_and_what_they_use_are_checked(folder):
    project = project_of(folder, **SOUND, bad="a: [", worse=ETL.replace("2", "0").replace("name: etl", "name: worse"))
    assert project.check(["etl"]) == []
    assert project.order(["etl"]) == [["land"], ["shop"], ["etl"]]
    assert project.target_of("etl") == "local"


def test_a_file_that_cannot_be_read_stops_those_that_stand_on_it(folder):
    project = project_of(folder, **{**SOUND, "shop": "a: ["})
    assert project.names() == ["etl", "land", "shop"]
    for act in (project.order, project.require_sound):
        with pytest.raises(InputError, match=r"Pulumi.shop.yaml: line 1"):
            act(["etl"])
    with pytest.raises(InputError, match=r"Pulumi.shop.yaml: line 1"):
        project.stack("shop")


@pytest.mark.parametrize("name", ["", "-x", "a b", "ä", ".hidden", "a" * 101])
def test_a_file_whose_name_makes_no_stack_is_refused_before_the_engine_sees_it(folder, name):
    # `pulumi --stack ''` would work on whichever stack was selected last, and `-x` would be an option of it.
    assert "its name = " in refusal_of(folder, **{name: LAND})


def test_a_stack_file_that_is_a_link_to_itself_is_told(folder):
    (folder / "stacks" / "Pulumi.loop.yaml").symlink_to("Pulumi.loop.yaml")
    assert "Pulumi.loop.yaml cannot be read: Too many levels of symbolic links" in refusal_of(folder)


def test_a_stack_file_that_nobody_writes_into_does_not_hang_the_reader(folder):
    os.mkfifo(folder / "stacks" / "Pulumi.pipe.yaml")
    assert "Pulumi.pipe.yaml: its kind: must be a file" in refusal_of(folder)


def test_an_unknown_stack_is_answered_with_the_nearest(folder):
    project = project_of(folder, **SOUND)
    for act in (project.stack, lambda name: project.order([name]), lambda name: project.check([name])):
        with pytest.raises(NotFoundError) as caught:
            act("shpo")
        assert str(caught.value) == "stack 'shpo' does not exist; there are etl, land, shop\n  Did you mean shop?"


def test_an_empty_project_says_how_to_write_the_first_stack(folder):
    with pytest.raises(NotFoundError, match=r"there are none yet\n.*bodo-infra new KIND etl"):
        project_of(folder).stack("etl")


def test_stacks_side_by_side_share_a_level(folder):
    second = {"etl2": ETL.replace("name: etl", "name: etl2")}
    project = project_of(folder, **SOUND, **second)
    assert project.order(["etl", "etl2"]) == [["land"], ["shop"], ["etl", "etl2"]]
    assert project.dependents("shop") == {"etl", "etl2"}
    assert project.dependents("etl") == set()


def test_a_cycle_is_refused_with_all_its_stacks(folder):
    files = {"a": SHOP.replace("land", "b"), "b": SHOP.replace("land", "c"), "c": SHOP.replace("land", "a")}
    with pytest.raises(InputError, match="in a circle: a -> b -> c -> a"):
        project_of(folder, **files).order(["a"])


def test_an_organization_has_no_target(folder):
    company = "config:\n  bodo:kind: organization\n  bodo:spec: {name: company}\n"
    land = LAND.replace("  bodo:spec", "  bodo:uses: {organization: company}\n  bodo:spec")
    project = project_of(folder, **{**SOUND, "land": land, "company": company})
    assert [problem for problem in project.check() if problem.level == "error"] == []
    assert project.target_of("company") is None
    assert project.order(["etl"])[0] == ["company"]
    assert project.cloud_config_of("etl").name == "land"
    with pytest.raises(InputError, match="stands on no cloud-config"):
        project.cloud_config_of("company")


def test_paths_of_specs_start_at_the_project(folder, monkeypatch):
    monkeypatch.setenv("HOME", "/home/jane")
    project = project_of(folder)
    assert project.path("data") == folder / "data"
    assert project.path("~/data") == Path("/home/jane/data")
    assert project.path("/data") == Path("/data")


def test_the_project_is_found_from_a_folder_below(folder):
    assert find_project(folder / "stacks") == folder


def test_outside_of_a_project_the_way_in_is_told(tmp_path_factory):
    lonely = tmp_path_factory.mktemp("lonely")
    with pytest.raises(NotFoundError, match="bodo-infra init DIR"):
        find_project(lonely)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("runtime: python\n", "Pulumi.yaml: name: must be text. Write `name: ...`."),
        ("name: [a]\nmain: 1\n", "Pulumi.yaml: name: must be text. Write `name: ...`.\nPulumi.yaml: main: must be text. Write `main: ...`."),
        ("", "Pulumi.yaml: name: must be text. Write `name: ...`."),
    ],
)  # fmt: skip
def test_a_broken_project_file_is_told(folder, text, sentence):
    (folder / "Pulumi.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        read_project(folder)
    assert str(caught.value) == sentence


def test_times_and_account_numbers_reach_the_spec_as_they_were_written(folder):
    (folder / "a.yaml").write_text(
        "config: {'bodo:kind': cluster, 'bodo:uses': {workspace: a}, 'bodo:spec': {at: 2026-01-01T10:00:00+02:00}}"
    )
    data = read_stack_file(folder / "a.yaml").spec_data
    assert str(data["at"]) == "2026-01-01 10:00:00+02:00"


COMMENTED = """\
# The nightly cluster
config:
  bodo:kind: cluster
  bodo:uses:
    workspace: shop   # where it lives
  bodo:spec:
    name: "etl"
    nodes: 2          # enough for now
    packages:
      - numpy         # first
      - 'pandas<3'
    # the end
encryptionsalt: v1:abc=:v1:def
"""


def test_a_change_keeps_comments_quotes_and_everything_else(folder):
    path = folder / "stacks" / "Pulumi.etl.yaml"
    path.write_text(COMMENTED)
    changed = change_spec(path, {"nodes": 3, "tags.team": "etl"})
    assert isinstance(changed.spec, ClusterSpec)
    assert (changed.spec.nodes, changed.spec.tags) == (3, {"team": "etl"})
    assert path.read_text() == COMMENTED.replace("nodes: 2 ", "nodes: 3 ").replace(
        "    # the end\n", "    # the end\n    tags:\n      team: etl\n"
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"nodes": 0}, "nodes = 0: must be at least 1"),
        ({"name.first": "a"}, "name = a mapping of 1: must be text"),
        ({"packages.9": "a"}, "packages has no part '9'"),
        ({"": 1}, "it has no part ''"),
    ],
)  # fmt: skip
def test_an_unsound_change_leaves_the_file_as_it_was(folder, values, sentence):
    path = folder / "stacks" / "Pulumi.etl.yaml"
    path.write_text(COMMENTED)
    with pytest.raises(InputError) as caught:
        change_spec(path, values)
    assert sentence in str(caught.value)
    assert path.read_text() == COMMENTED
    assert list(path.parent.iterdir()) == [path], "no draft is left"


def test_a_change_keeps_the_rights_of_the_file(folder):
    path = folder / "stacks" / "Pulumi.etl.yaml"
    path.write_text(COMMENTED)
    path.chmod(0o600)
    change_spec(path, {"nodes": 3})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


nodes = st.integers(0, 8).map(str)
any_graphs = st.dictionaries(nodes, st.lists(nodes, max_size=4)).map(
    lambda uses: {**{name: [] for used in uses.values() for name in used}, **uses}
)
acyclic_graphs = any_graphs.map(
    lambda uses: {name: [used for used in all_used if used < name] for name, all_used in uses.items()}
)


@given(acyclic_graphs, st.data())
def test_order_puts_what_is_used_first_and_holds_nothing_else(uses, data):
    names = data.draw(st.lists(st.sampled_from(sorted(uses)))) if uses else []
    order = levels(names, uses)
    place = {name: number for number, level in enumerate(order) for name in level}
    assert set(place) == closure(names, uses)
    assert sum(map(len, order)) == len(place), "each stack once"
    assert all(place[used] < place[name] for name in place for used in uses[name])
    assert all(level for level in order)
    assert find_cycle(names, uses) is None


@settings(max_examples=200)
@given(any_graphs)
def test_a_cycle_is_found_if_and_only_if_there_is_one(uses):
    cycle = find_cycle(uses, uses)
    if cycle is None:
        assert {name for level in levels(uses, uses) for name in level} == set(uses)
    else:
        assert cycle[0] == cycle[-1]
        assert len(cycle) > 1
        assert all(used in uses[name] for name, used in pairwise(cycle))
