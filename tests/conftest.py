"""What holds for every lane."""

import signal

import pytest

# A run that was started in the background inherits SIGINT ignored, and so would every process that a test presses
# Ctrl-C on. A handler is not inherited: they start with the default.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one file run beside each other, as they share what is costly; those of one cloud in it, where it is
    about both."""
    for item in items:
        ready = getattr(item, "callspec", None) and item.callspec.params.get("ready")
        item.add_marker(pytest.mark.xdist_group(f"{item.path}{f' on {ready.target}' if ready else ''}"))
