"""Addresses of repositories as people paste them."""

import pytest

from bodo_infra.errors import InputError
from bodo_infra.runtime.git_url import parse_git_url


@pytest.mark.parametrize(
    ("url", "git_url", "reference"),
    [
        ("https://github.com/Bodo-inc/Bodo-examples", "https://github.com/Bodo-inc/Bodo-examples", None),
        ("https://github.com/Bodo-inc/Bodo-examples/", "https://github.com/Bodo-inc/Bodo-examples", None),
        ("https://github.com/a/b.git", "https://github.com/a/b.git", None),
        ("https://github.com/a/b/tree/main", "https://github.com/a/b", "main"),
        ("https://github.com/a/b/tree/feature/x/", "https://github.com/a/b", "feature/x"),
        ("https://github.com/a/b/tree/main?tab=readme#usage", "https://github.com/a/b", "main"),
        ("https://github.com/a/b/commit/0123abc", "https://github.com/a/b", "0123abc"),
        ("https://gitlab.com/group/sub/b/-/tree/v1", "https://gitlab.com/group/sub/b", "v1"),
        ("https://git.example.org:8443/b", "https://git.example.org:8443/b", None),
        ("ssh://git@github.com:22/a/b.git", "ssh://git@github.com:22/a/b.git", None),
        ("git@github.com:a/b.git", "git@github.com:a/b.git", None),
        ("file:///srv/git/b", "file:///srv/git/b", None),
        ("file:///srv/tree/b", "file:///srv/tree/b", None),
        ("http://127.0.0.1:8080/b", "http://127.0.0.1:8080/b", None),
        ("http://localhost/b/tree/x", "http://localhost/b", "x"),
    ],
)
def test_an_address_is_understood_as_people_paste_it(url, git_url, reference):
    place = parse_git_url(url)

    assert (place.url, place.reference) == (git_url, reference)


def test_a_password_is_told_only_to_host_and_port_of_the_address():
    assert parse_git_url("https://git.example.org:8443/a/b").host == "git.example.org:8443"


def test_the_reference_in_the_address_and_beside_it_may_agree():
    assert parse_git_url("https://github.com/a/b/tree/main", "main").reference == "main"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("-uhttps://github.com/a/b", "begin with '-'"),
        ("--upload-pack=touch /tmp/x", "begin with '-'"),
        ("https://github.com/a/b\nc", "no blanks"),
        ("ext::sh -c true", "no blanks"),
        ("ext::true", "no Git address"),
        ("http://github.com/a/b", "unencrypted"),
        ("http://127.0.0.1.example.org/a", "unencrypted"),
        ("ftp://github.com/a", "no Git address"),
        ("/srv/git/b", "no Git address"),
        ("https:///a/b", "no Git address"),
        ("github.com/a/b", "no Git address"),
        ("ssh://", "no Git address"),
    ],
)
def test_an_address_that_git_should_not_get_is_refused(url, says):
    with pytest.raises(InputError) as refused:
        parse_git_url(url)

    assert says in refused.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://anna:hunter2@github.com/a/b",
        "https://hunter2@github.com/a/b",
        "https://hunter2:@github.com/a/b",
        "ssh://git:hunter2@github.com/a/b",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url):
    with pytest.raises(InputError, match="password") as refused:
        parse_git_url(url)

    assert "hunter2" not in str(refused.value), "the text of an error ends up in logs"
    assert "env:GIT_TOKEN" in refused.value.fix


@pytest.mark.parametrize(
    "reference",
    [
        "-x",
        "--upload-pack=x",
        "+main",
        "main:refs/heads/x",
        "a b",
        "a..b",
        "a~1",
        "a^",
        "*",
        "x\n",
        "@{-1}",
        "/a",
        "a/",
    ],
)
def test_a_reference_that_is_an_option_or_an_expression_is_refused(reference):
    with pytest.raises(InputError) as refused:
        parse_git_url("https://github.com/a/b", reference)

    assert repr(reference) in refused.value.message


def test_two_different_references_are_refused():
    with pytest.raises(InputError, match=r"'main'.*'dev'"):
        parse_git_url("https://github.com/a/b/tree/main", "dev")
