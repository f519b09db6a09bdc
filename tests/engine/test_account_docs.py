"""The example of docs/offline-account.md, run as it stands there."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from bodo_infra.driver.engine import Engine

PAGE = Path(__file__).parents[2] / "docs" / "offline-account.md"
PROGRAM = """
import pulumi_aws as aws

aws.s3.Bucket("data", tags={"team": "data"})
"""


def test_the_example_of_the_page_is_true(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    infra = tmp_path / "infra"
    infra.mkdir()
    (infra / "Pulumi.yaml").write_text("name: infra\nruntime: python\n")
    (infra / "__main__.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{engine.path.parent}{os.pathsep}{os.environ['PATH']}")
    # A program runs with the interpreter of this test, which has the SDK; compiled, or it would compile it each time.
    monkeypatch.setenv("BODO_INFRA_PYTHON", sys.executable)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    example = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}

    exec(compile(example[1], str(PAGE), "exec"), names)
    names["test_the_bucket_is_tagged_again_after_somebody_took_the_tags_away"](tmp_path / "account")
