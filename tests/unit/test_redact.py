"""What is hidden from a reader, and what is left for him to understand."""

import pytest

from bodo_infra.redact import is_secret_key, redact

HIDDEN = [
    "https://jane:hunter2@example.com/a",
    "https://hunter2@example.com",
    "http://x:hunter2@127.0.0.1:80/a?b=c",
    "ssh://git:hunter2@example.com/a",
    "fatal: unable to access 'https://jane:hunter2@example.com/a/': 403",
    "password=hunter2",
    "--token hunter2".replace(" ", "="),
    "client_secret: hunter2",
    "https://example.com/a?access_token=hunter2&b=c",
    "API-KEY = hunter2",
    "password:hunter2 is wrong",
    "external_id: hunter2 must be 2 to 1224 letters",
    "external_id = hunter2: must be 2 to 1224 letters",
    "password: mustard-hunter2",
]
KEPT = [
    "https://example.com/a@b",
    "ssh://git@example.com/a",
    "git@example.com:a/b.git",
    "nodes = 0: must be at least 1",
    "2026-01-01T10:00:00",
    "file:///srv/a",
    "token is missing",
    "the passport: blue",
    "password = ***: must be a reference",
    "aws.external_id: must be 2 to 1224 letters",
    "env.DB_PASSWORD: is missing",
    "token: holds a NUL character",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_secrets_are_hidden(text):
    assert "hunter2" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize("text", KEPT)
def test_plain_text_is_kept(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "key", ["password", "DB_PASSWORD", "token", "GITHUB_TOKEN", "client-secret", "AWS_SECRET_ACCESS_KEY", "external_id"]
)
def test_keys_of_secrets_are_known(key):
    assert is_secret_key(key)


@pytest.mark.parametrize("key", ["name", "nodes", "tokenizer", "PASSPORT", "secretary", "PATH", "command"])
def test_other_keys_are_not_taken_for_secrets(key):
    assert not is_secret_key(key)
