"""The real agent with the fake runner: what clusters of the runtime tests start as their nodes."""

import sys
from pathlib import Path

from bodo_infra.runtime.agent import run
from tests.runtime.fake_runner import fake_effects

if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), fake_effects()))
