"""Where the state of the stacks is, and what a move may do with a state that it finds in the new place."""

import json

import pytest

from bodo_infra.driver.backend import (
    COPY_OF,
    MOVED_TO,
    OWN_URL,
    STATE_FOLDER,
    backend_at,
    bucket_url,
    check_url,
    choose_backend,
    moving,
    working,
)
from bodo_infra.driver.checkpoints import UNFINISHED, Mark
from bodo_infra.driver.platform import Platform
from bodo_infra.driver.state import judge
from bodo_infra.driver.state_homes import deletes_home, home_url
from bodo_infra.errors import InputError, LockedError, StackError
from bodo_infra.project.project import read_project, write_backend_url
from bodo_infra.scope import STATE_PREFIX

S3 = "s3://acme/state?region=us-east-2&awssdk=v2"
AZURE = "azblob://bodo/state?storage_account=acme"
PROJECT = (
    "# ours\nname: bodo\nruntime: python\nbackend:\n  # where it is\n  url: file://./.bodo-infra?create_dir=true\n"
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return tmp_path


def at(root, url):
    return backend_at(url, root)


# where it is


def test_a_project_keeps_its_state_in_its_own_folder_whatever_the_current_folder_is(root):
    backend = choose_backend(read_project(root), {})

    assert (backend.url, backend.folder) == (f"file://{root}/.bodo-infra", root / ".bodo-infra")
    assert backend.is_same_place(at(root, OWN_URL))


def test_without_a_word_in_pulumi_yaml_it_is_the_same_folder(root):
    (root / "Pulumi.yaml").write_text("name: bodo\n")

    assert choose_backend(read_project(root), {}).folder == root / ".bodo-infra"


def test_pulumi_yaml_names_a_bucket_and_the_variable_counts_more(root):
    write_backend_url(root, S3)
    project = read_project(root)

    assert choose_backend(project, {}).url == S3
    assert choose_backend(project, {"PULUMI_BACKEND_URL": ""}).url == S3, "empty is as good as unset"
    by_variable = choose_backend(project, {"PULUMI_BACKEND_URL": "file:///elsewhere"})
    assert (by_variable.origin, str(by_variable.folder)) == ("PULUMI_BACKEND_URL", "/elsewhere")


def test_a_backend_that_is_no_text_is_refused_with_its_place(root):
    (root / "Pulumi.yaml").write_text("name: bodo\nbackend: {url: [s3]}\n")

    with pytest.raises(InputError, match=r"backend\.url"):
        read_project(root)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (S3, "s3://acme/state/?region=us-east-2", True),
        (S3, "s3://acme/other?region=us-east-2&awssdk=v2", False),
        (S3, "s3://acme/state?endpoint=http://127.0.0.1:5000", False),
        (S3, "gs://acme/state", False),
        (OWN_URL, "file://./somewhere/../.bodo-infra", True),
        (OWN_URL, "file:///.bodo-infra", False),
    ],
)
def test_two_urls_of_one_place_are_known_as_such(root, one, other, same):
    assert at(root, one).is_same_place(at(root, other)) is same


def test_the_bucket_of_a_state_is_told(root):
    assert (at(root, S3).bucket, at(root, OWN_URL).bucket) == ("acme", None)


def test_the_container_of_a_state_is_told_with_its_account(root):
    assert (at(root, AZURE).container, at(root, S3).container) == (("acme", "bodo"), None)
    assert not at(root, AZURE).is_same_place(at(root, AZURE.replace("=acme", "=another")))


def test_in_the_bucket_of_a_cloud_config_it_lies_where_nodes_cannot_read():
    assert f"{STATE_FOLDER}/" == STATE_PREFIX
    assert bucket_url("acme", "us-east-2") == S3


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://app.pulumi.com/acme", "organization"),
        ("azblub://acme/state", "Did you mean azblob"),
        ("ftp://acme/state", "there are file, s3"),
        ("s3://key:hunter2@acme/state", "password"),
        ("s3:///state", "no bucket"),
    ],
)
def test_places_that_cannot_hold_the_state_are_refused_without_telling_secrets(url, words):
    with pytest.raises(InputError) as refused:
        check_url(url)

    assert words in str(refused.value)
    assert "hunter2" not in str(refused.value)


# Pulumi.yaml


def test_pulumi_yaml_is_changed_in_one_place_only(root):
    write_backend_url(root, S3)

    assert (root / "Pulumi.yaml").read_text() == PROJECT.replace("file://./.bodo-infra?create_dir=true", S3)


def test_pulumi_yaml_without_a_backend_gets_one(root):
    (root / "Pulumi.yaml").write_text("name: bodo # ours\n")

    write_backend_url(root, S3)

    assert (root / "Pulumi.yaml").read_text() == f"name: bodo # ours\nbackend:\n  url: {S3}\n"


# who may do what at once


def test_many_work_at_once_and_a_move_waits_for_none(root):
    project = read_project(root)
    backend = choose_backend(project, {})

    with working(project, backend), working(project, backend), pytest.raises(LockedError, match="works on the stacks"):
        moving(project, backend).__enter__()
    with moving(project, backend):
        for another in (working(project, backend), moving(project, backend)):
            with pytest.raises(LockedError, match=r"moved|moves"):
                another.__enter__()
    with working(project, backend):
        pass


def test_who_has_read_the_project_before_a_move_does_not_work_on_the_old_state(root):
    project = read_project(root)
    backend = choose_backend(project, {})
    write_backend_url(root, S3)

    with pytest.raises(StackError, match="another place"), working(project, backend):
        pass


def test_a_state_that_was_left_behind_in_a_folder_says_where_it_has_gone(root):
    tags = root / ".bodo-infra/.pulumi/stacks/bodo/etl.pulumi-tags"
    tags.parent.mkdir(parents=True)
    backend = choose_backend(read_project(root), {})
    assert backend.moved_to("bodo", "etl") is None

    tags.write_text(json.dumps({"version": 1, "tags": {"a": "b", MOVED_TO: f"abc {S3}"}}))

    assert backend.moved_to("bodo", "etl") == S3


def test_the_state_of_a_rehearsal_does_not_move(root):
    with pytest.raises(InputError, match="rehearsal"):
        Platform(read_project(root), offline=True).move_state("local")


def test_where_the_variable_decides_nothing_is_moved(root, monkeypatch):
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///elsewhere")

    with pytest.raises(InputError, match="Unset it"):
        Platform(read_project(root)).move_state("local")


# states that are in the new place already

HERE, OTHER, EMPTY = {"resources": [1, 2]}, {"resources": [3]}, {}
COPY = Mark(tag=COPY_OF, fingerprint="f", url="here")
UNFINISHED_COPY = Mark(tag=COPY_OF, fingerprint=UNFINISHED, url="here")
LEFT = Mark(tag=MOVED_TO, fingerprint="f", url="here")


@pytest.mark.parametrize(
    ("here", "there", "mark", "returns", "step"),
    [
        # nobody has marked it
        (HERE, HERE, None, False, "keep"),
        (HERE, OTHER, None, False, None),
        (HERE, EMPTY, None, False, "replace"),
        (None, OTHER, None, False, None),
        (EMPTY, OTHER, None, False, None),
        # copies of a move that broke
        (HERE, HERE, COPY, True, "keep"),
        (HERE, OTHER, COPY, True, "replace"),
        (HERE, OTHER, UNFINISHED_COPY, True, "replace"),
        (HERE, HERE, UNFINISHED_COPY, True, "replace"),
        (None, OTHER, COPY, True, "remove"),
        # left behind by a move from there to here: this is the way back
        (HERE, HERE, LEFT, True, "replace"),
        (HERE, OTHER, LEFT, True, "replace"),
        (None, OTHER, LEFT, True, "remove"),
        # the other place that the mark names is not ours
        (HERE, OTHER, COPY, False, None),
        (HERE, OTHER, LEFT, False, None),
        (HERE, HERE, LEFT, False, None),
        (None, OTHER, LEFT, False, None),
    ],
)
def test_only_what_a_move_has_left_or_begun_is_replaced(here, there, mark, returns, step):
    assert judge(here=here, there=there, mark=mark, returns=returns, fingerprint="f") == step


@pytest.mark.parametrize("mark", [COPY, LEFT])
@pytest.mark.parametrize("here", [HERE, None])
def test_what_somebody_has_worked_on_since_it_was_marked_is_not_replaced(here, mark):
    assert judge(here=here, there=OTHER, mark=mark, returns=True, fingerprint="another") is None


def test_a_destroy_deletes_the_bucket_unless_the_stack_keeps_it_or_it_is_anothers(root):
    bucket = {"type": "aws:s3/bucket:Bucket", "id": "acme"}

    assert_deleted_unless_kept_or_anothers("aws", bucket, at(root, S3), at(root, "s3://another"))


def test_a_destroy_deletes_the_container_unless_the_stack_keeps_it_or_it_is_anothers(root):
    group = "/subscriptions/1/resourceGroups/data/providers"
    id = f"{group}/Microsoft.Storage/storageAccounts/acme/blobServices/default/containers/bodo"
    container = {"type": "azure-native:storage:BlobContainer", "id": id}

    other = at(root, AZURE.replace("=acme", "=another"))
    assert_deleted_unless_kept_or_anothers("azure", container, at(root, AZURE), other)


def assert_deleted_unless_kept_or_anothers(target, resource, here, another):
    assert deletes_home(target, {"resources": [resource]}, here)
    assert not deletes_home(target, {"resources": [{**resource, "retainOnDelete": True}]}, here)
    assert not deletes_home(target, {"resources": [resource]}, another)
    assert not deletes_home(target, {}, here)


@pytest.mark.parametrize(
    ("target", "outputs", "url"),
    [
        ("aws", {"bucket": "acme", "region": "us-east-2"}, S3),
        ("azure", {"container": "bodo", "storage_account": "acme"}, AZURE),
        ("azure", {"container": "bodo"}, None),
    ],
)
def test_a_cloud_config_that_is_up_says_where_it_takes_the_state(target, outputs, url):
    assert home_url(target, outputs) == url
