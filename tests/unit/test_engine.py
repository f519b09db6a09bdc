"""Where the engine is found and how it is installed, against small shell scripts in the place of `pulumi` and `go`."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from bodo_infra.cli.engine import engine as engine_commands
from bodo_infra.driver.engine import Engine, find_engine, require_engine, search_engine
from bodo_infra.driver.engine_build import ENGINE_VERSION, LANGUAGE_HOST, PROGRAM_RUNNER, find_go
from bodo_infra.driver.engine_vendor import Vendor
from bodo_infra.errors import HostError
from tests.fake_machine import FakeMachine, is_alive
from tests.waiting import wait_until


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


def test_an_engine_on_path_is_taken_before_the_cache(machine):
    machine.add_go()
    machine.install()
    path = machine.add_pulumi("v3.270.1")

    assert find_engine(machine.environ) == Engine(path=path, version="3.270.1", origin="PATH")


def test_the_cache_serves_when_path_has_no_engine(machine):
    machine.add_go()
    machine.install()

    found = require_engine(machine.environ)

    assert found == Engine(
        path=machine.folder / "cache/bodo-infra/engine" / f"v{ENGINE_VERSION}" / "bin/pulumi",
        version=ENGINE_VERSION,
        origin="cache",
    )


@pytest.mark.parametrize(
    ("version", "language_host", "reason"),
    [
        pytest.param("v3.180.9", True, "version 3.180.9 is older than 3.181.0", id="too old"),
        pytest.param("v3.270.1", False, f"no {LANGUAGE_HOST} beside it", id="cannot run Python"),
        pytest.param("", True, "gives no version", id="says no version"),
    ],
)
def test_a_useless_engine_on_path_is_passed_over_with_the_reason(machine, version, language_host, reason):
    path = machine.add_pulumi(version, language_host=language_host)

    search = search_engine(machine.environ)

    assert search.engine is None
    assert str(path) in search.passed_over[0]
    assert reason in search.passed_over[0]


def test_a_language_host_beside_the_real_file_of_a_linked_engine_counts(machine):
    elsewhere = machine.folder / "vendor"
    real = machine.add("pulumi", "#!/bin/sh\necho v3.270.1\n", elsewhere)
    machine.add(LANGUAGE_HOST, "#!/bin/sh\n", elsewhere)
    (machine.bin / "pulumi").symlink_to(real)

    assert find_engine(machine.environ) is not None


def test_without_any_engine_the_error_gives_the_three_ways_out(machine):
    with pytest.raises(HostError) as caught:
        require_engine(machine.environ)

    assert "no Pulumi engine" in caught.value.message
    for way in ("PATH", "vendor's site", "Go >= 1.26", "bodo-infra engine install"):
        assert way in caught.value.fix
    assert caught.value.exit_code == 3


def test_installing_without_go_says_what_was_tried(machine):
    with pytest.raises(HostError, match=r"vendor's site cannot be reached\n +no Go on PATH") as caught:
        machine.install()

    assert "Go >= 1.26" in caught.value.fix


@pytest.mark.parametrize("version", ["1.25.9", "1.9", "0.99"])
def test_an_old_go_is_refused_before_anything_is_built(machine, version):
    machine.add_go(version)

    with pytest.raises(HostError, match=rf"is Go {version}, older than the 1\.26"):
        machine.install()

    assert not machine.go_runs("build")


@pytest.mark.parametrize("version", ["1.26", "1.26.8", "1.27rc1", "1.30.0-X:nodwarf5", "2.0"])
def test_a_new_go_is_taken(machine, version):
    machine.add_go(version)

    assert find_go(machine.environ).version == version


def test_installing_builds_once_and_then_costs_nothing(machine):
    machine.add_go()

    first = machine.install()
    machine.reports.clear()
    second = machine.install()

    assert first == second
    assert len(machine.go_runs("build")) == 1
    assert machine.reports == []


def test_a_build_says_how_long_it_takes_and_leaves_three_programs(machine):
    machine.add_go()

    built = machine.install()

    assert any("6 to 12 minutes" in line for line in machine.reports), "whoever waits should know for how long"
    names = {path.name for path in built.path.parent.iterdir() if os.access(path, os.X_OK)}
    assert names == {"pulumi", LANGUAGE_HOST, PROGRAM_RUNNER}
    assert not machine.leftovers


def test_a_failed_build_shows_what_go_said_and_leaves_no_engine(machine):
    machine.add_go()
    (machine.folder / "broken").touch()

    with pytest.raises(HostError, match="no space left on device") as caught:
        machine.install()

    assert "bodo-infra engine install" in caught.value.fix
    assert find_engine(machine.environ) is None
    assert not machine.leftovers


def test_an_engine_of_another_version_than_asked_is_not_installed(machine):
    machine.add_go(built="3.1.0")

    with pytest.raises(HostError, match=r"says version 3\.1\.0 instead of"):
        machine.install()

    assert find_engine(machine.environ) is None


def test_an_engine_that_lost_a_part_is_made_anew(machine):
    machine.add_go()
    (machine.install().path.parent / LANGUAGE_HOST).unlink()

    assert find_engine(machine.environ) is None
    machine.install()

    assert find_engine(machine.environ) is not None


def test_a_cache_that_cannot_be_written_is_named(machine):
    machine.add_go()
    (machine.folder / "cache").write_text("a file where the folder should be")

    with pytest.raises(HostError, match="could not be stored") as caught:
        machine.install()

    assert "XDG_CACHE_HOME" in caught.value.fix


def vendor_that(machine: FakeMachine, *programs: str, failure: str | None = None) -> Vendor:
    """A reachable site whose installer leaves these programs."""

    def download(root: Path) -> str | None:
        for name in programs:
            machine.add(name, "#!/bin/sh\n", root / "bin")
        return failure

    return Vendor(is_reachable=lambda: True, download=download)


def test_a_reachable_vendor_is_asked_before_anything_is_built(machine):
    machine.add_go()

    installed = machine.install(vendor_that(machine, "pulumi", LANGUAGE_HOST))

    assert installed == find_engine(machine.environ)
    assert not machine.go_runs("build")


@pytest.mark.parametrize(
    ("programs", "failure", "reason"),
    [
        pytest.param(("pulumi", LANGUAGE_HOST), "exit code 22", "exit code 22", id="its installer fails"),
        pytest.param(("pulumi",), None, "no whole engine", id="it leaves half an engine"),
    ],
)
def test_when_the_vendor_fails_the_engine_is_built(machine, programs, failure, reason):
    machine.add_go()

    machine.install(vendor_that(machine, *programs, failure=failure))

    assert any(reason in line for line in machine.reports), "why it takes longer now must be said"
    assert len(machine.go_runs("build")) == 1


def test_two_installations_at_once_build_once(machine):
    machine.add_go(waits=True)
    other = FakeMachine(machine.folder)
    found: list[Engine] = []
    threads = [threading.Thread(target=lambda m=m: found.append(m.install())) for m in (machine, other)]

    threads[0].start()
    wait_until(lambda: machine.go_runs("build"), "the first build")
    threads[1].start()
    wait_until(lambda: any("waiting for it" in line for line in other.reports), "word that the second one waits")
    machine.open_gate()
    for thread in threads:
        thread.join()

    assert found[0] == found[1]
    assert len(machine.go_runs("build")) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_installation_leaves_no_engine_and_the_next_one_cleans_up(machine, number):
    machine.add_go(waits=True)
    killed = machine.start_install()
    (go,) = wait_until(lambda: machine.go_runs("build"), "the build")

    killed.send_signal(number)
    killed.communicate()

    assert find_engine(machine.environ) is None, "half an engine must not pass for one"
    machine.open_gate()
    wait_until(lambda: not is_alive(go), "the end of the orphaned build")
    machine.install()
    assert find_engine(machine.environ) is not None
    assert not machine.leftovers


def test_an_interrupted_installation_ends_its_build_and_removes_its_files(machine):
    machine.add_go(waits=True)
    interrupted = machine.start_install()
    (go,) = wait_until(lambda: machine.go_runs("build"), "the build")

    interrupted.send_signal(signal.SIGINT)
    said, _ = interrupted.communicate()

    assert "KeyboardInterrupt" in said, "it is the command line that turns this into words"
    assert not is_alive(go)
    assert find_engine(machine.environ) is None
    assert not machine.leftovers


def test_the_engine_the_sdk_and_the_locks_have_one_version():
    repository = Path(__file__).parents[2]
    pinned = (repository / "bodo_infra/driver/engine_module/go.mod").read_text()

    assert f"github.com/pulumi/pulumi/pkg/v3 v{ENGINE_VERSION}" in pinned
    assert f"github.com/pulumi/pulumi/sdk/v3 v{ENGINE_VERSION}" in pinned
    for name in ("constraints.txt", "dev.lock"):
        assert f"pulumi=={ENGINE_VERSION}" in (repository / "requirements" / name).read_text()


def test_show_prints_stable_keys(machine):
    path = machine.add_pulumi("v3.270.1")

    shown = CliRunner().invoke(engine_commands, ["show", "--output", "json"], env=machine.environ)

    assert json.loads(shown.output) == {"path": str(path), "version": "3.270.1", "origin": "PATH"}


def test_env_puts_the_engine_on_the_path_of_a_shell(machine):
    machine.add_go()
    built = machine.install()

    printed = CliRunner().invoke(
        engine_commands, ["env"], env={**machine.environ, "XDG_CONFIG_HOME": str(machine.folder / "config")}
    )
    shell = subprocess.run(
        ["/bin/sh", "-c", f'{printed.output}\ncommand -v pulumi; echo "$PULUMI_CONFIG_PASSPHRASE_FILE"'],
        env=machine.environ,
        capture_output=True,
        text=True,
    )

    pulumi, passphrase = shell.stdout.split()
    assert pulumi == str(built.path)
    assert Path(passphrase).stat().st_size > 0


def test_looking_for_the_engine_loads_no_pulumi():
    heavy = "('pulumi', 'grpc', 'urllib.request')"
    code = f"import bodo_infra.cli.engine, sys; print([name for name in {heavy} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert loaded.stdout.strip() == "[]"
