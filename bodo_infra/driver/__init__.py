"""The automation driver: everything that the command line does, for scripts.

from bodo_infra.driver import Platform
from bodo_infra.spec import GitSource, JobSpec

platform = Platform.open("path/of/the/project")
platform.up(["demo-cluster"], report=print)
job = platform.submit(JobSpec(name="pi", cluster="demo", source=GitSource(url="..."), command="pi.py"))
print(platform.jobs.wait(job.uuid).state)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bodo_infra.driver.platform import Platform

__all__ = ["Platform"]


def __getattr__(name: str) -> object:
    # Loaded when asked for: `driver.engine` is used by commands that must not wait for the rest.
    if name == "Platform":
        from bodo_infra.driver.platform import Platform

        return Platform
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
