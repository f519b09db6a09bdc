"""From a job file and flags to a spec: which of the two wins, and what is found out when neither says it."""

import click
import pytest

from bodo_infra.cli.job_flags import JobFlags, job_spec
from bodo_infra.errors import InputError

FILE = """
name: flights
cluster: demo
source: {kind: git, url: https://example.com/jobs, reference: main}
command: by_carrier.py
env: {MODE: full, YEAR: "2013"}
retries: 2
"""


def from_flags(clusters=("demo",), **flags):
    return job_spec(None, JobFlags(**{"command": "pi.py", "folder": "jobs", **flags}), clusters=lambda: list(clusters))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text(FILE)
    return path


def changed(file, **flags):
    return job_spec(file, JobFlags(**flags), clusters=lambda: pytest.fail("the file names its cluster"))


WINS = {
    "name": ({"name": "etl"}, {"name": "etl"}),
    "cluster": ({"cluster": "big"}, {"cluster": "big"}),
    "command": ({"command": "other.py"}, {"command": "other.py"}),
    "mode": ({"mode": "spawn"}, {"mode": "spawn"}),
    "ranks": ({"ranks": 3}, {"ranks": 3}),
    "timeout": ({"timeout_minutes": 1.5}, {"timeout_minutes": 1.5}),
    "no more attempts, though zero is nothing": ({"retries": 0}, {"retries": 0}),
    "retry delay": ({"retry_delay_minutes": 0.5}, {"retry_delay_minutes": 0.5}),
    "retry on timeout": ({"retry_on_timeout": True}, {"retry_on_timeout": True}),
    "variables, one by one": (
        {"env": ("MODE=fast", "NEW=1=2")},
        {"env": {"MODE": "fast", "YEAR": "2013", "NEW": "1=2"}},
    ),
}


@pytest.mark.parametrize(("flags", "expected"), WINS.values(), ids=WINS)
def test_a_flag_wins_over_the_file(file, flags, expected):
    spec = changed(file, **flags)

    assert {field: getattr(spec, field) for field in expected} == expected


def test_without_flags_the_file_alone_speaks(file):
    spec = changed(file)

    assert (spec.name, spec.cluster, spec.command, spec.retries) == ("flights", "demo", "by_carrier.py", 2)
    assert (spec.source.url, spec.source.reference) == ("https://example.com/jobs", "main")


def test_another_reference_keeps_the_repository_of_the_file(file):
    spec = changed(file, reference="v2", username="ann", password="env:TOKEN")

    assert (spec.source.url, spec.source.reference) == ("https://example.com/jobs", "v2")
    assert (spec.source.username, spec.source.password) == ("ann", "env:TOKEN")


def test_another_repository_keeps_nothing_of_the_one_in_the_file(file):
    spec = changed(file, git_url="https://example.com/other")

    assert spec.source.reference is None, "a branch of one repository means nothing in another"


def test_a_folder_takes_the_place_of_the_repository(file):
    assert changed(file, folder="jobs").source.path == "jobs"


def test_a_folder_and_a_repository_exclude_each_other(file):
    with pytest.raises(click.UsageError, match="exclude each other"):
        changed(file, folder="jobs", git_url="https://example.com/jobs")


def test_a_text_of_a_new_cluster_needs_no_quotes(file):
    spec = changed(file, new_cluster="nodes=3,bodo_version=2026.10")
    assert spec.new_cluster is not None
    assert (spec.new_cluster.nodes, spec.new_cluster.bodo_version) == (3, "2026.10")


def test_a_new_cluster_takes_the_place_of_the_one_in_the_file(file):
    spec = changed(file, new_cluster="nodes=3,ranks_per_node=1")

    assert spec.cluster is None
    assert (spec.new_cluster.nodes, spec.new_cluster.ranks_per_node) == (3, 1)


def test_a_cluster_takes_the_place_of_the_new_one_in_the_file(tmp_path):
    file = tmp_path / "job.yaml"
    file.write_text("new_cluster: {nodes: 2}\nsource: {kind: folder, path: jobs}\ncommand: pi.py\n")

    spec = changed(file, cluster="demo")

    assert (spec.cluster, spec.new_cluster) == ("demo", None)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"cron": "30 6 * * *", "timezone": "Europe/Berlin"}, {"cron": "30 6 * * *", "timezone": "Europe/Berlin"}),
        ({"at": "2026-12-31T18:00:00"}, {"at": "2026-12-31T18:00:00"}),
    ],
    ids=["cron", "at"],
)
def test_a_schedule_is_made_of_its_flags(flags, expected):
    assert from_flags(**flags).schedule.plain() == expected


@pytest.mark.parametrize(
    ("command", "name"),
    [("pi.py 1", "pi"), ("src/Load_Data.v2.py", "load-data-v2"), ("___.py", "job")],
    ids=["script", "path and capitals", "nothing left"],
)
def test_a_job_without_a_name_is_named_after_its_script(command, name):
    assert from_flags(command=command).name == name


def test_the_only_cluster_is_the_one_that_is_meant():
    assert from_flags(clusters=["etl"]).cluster == "etl"


def test_of_several_clusters_none_is_guessed():
    with pytest.raises(InputError) as caught:
        from_flags(clusters=["dev", "etl"])

    assert "there are dev, etl" in caught.value.message
    assert "--cluster NAME" in caught.value.fix


def test_without_a_cluster_the_way_to_one_is_told():
    with pytest.raises(InputError) as caught:
        from_flags(clusters=[])

    assert "there is none" in caught.value.message
    assert "`bodo-infra up`" in caught.value.fix


@pytest.mark.parametrize("flags", [{"env": ("MODE",)}, {"env": ("=1",)}, {"new_cluster": "nodes"}])
def test_a_pair_without_its_key_or_equals_is_shown(flags):
    with pytest.raises(click.BadParameter, match="has no form KEY=VALUE"):
        from_flags(**flags)


@pytest.mark.parametrize(
    ("content", "flags", "path"),
    [
        ("env: [MODE=full]", {"env": ("YEAR=2013",)}, "env"),
        ("source: https://example.com/jobs", {"reference": "v2"}, "source"),
    ],
    ids=["env", "source"],
)
def test_a_part_of_the_file_that_is_no_mapping_is_told_though_a_flag_changes_it(tmp_path, content, flags, path):
    file = tmp_path / "job.yaml"
    file.write_text(f"cluster: demo\ncommand: pi.py\n{content}\n")

    with pytest.raises(InputError) as caught:
        changed(file, **flags)

    assert path in [problem.path for problem in caught.value.problems]


def test_a_file_that_is_a_list_is_no_job(tmp_path):
    file = tmp_path / "job.yaml"
    file.write_text("- a\n- b\n")

    with pytest.raises(InputError, match="holds no mapping of fields"):
        changed(file)


def test_every_problem_of_file_and_flags_is_told_at_once_with_the_file(file):
    with pytest.raises(InputError) as caught:
        changed(file, ranks=0, timeout_minutes=-1.0)

    assert sorted(problem.path for problem in caught.value.problems) == ["ranks", "timeout_minutes"]
    assert all(problem.file and problem.file.endswith("job.yaml") for problem in caught.value.problems)
