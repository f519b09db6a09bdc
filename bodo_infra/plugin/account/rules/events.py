"""Rules of schedules, alarms, parameters and secrets."""

import re
from collections.abc import Iterator

from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

_EXPRESSION = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)|rate\((\d+) (minute|hour|day)s?\)|cron\((.+)\)")


def check_schedule(inputs: Bag, view: View) -> Iterator[Failure]:
    """An expression of EventBridge Scheduler, and a window where it is flexible."""
    yield from _check_expression(inputs.get("scheduleExpression"))
    window = inputs.get("flexibleTimeWindow")
    if isinstance(window, dict):
        flexible, minutes = window.get("mode") == "FLEXIBLE", window.get("maximumWindowInMinutes")
        if flexible and minutes is None:
            yield Failure(name="flexibleTimeWindow.maximumWindowInMinutes", reason="mode FLEXIBLE needs it")
        if window.get("mode") == "OFF" and minutes is not None:
            yield Failure(name="flexibleTimeWindow.maximumWindowInMinutes", reason="mode OFF does not take it")


def check_event_rule(inputs: Bag, view: View) -> Iterator[Failure]:
    """An expression, where there is one."""
    yield from _check_expression(inputs.get("scheduleExpression"))


def check_alarm(inputs: Bag, view: View) -> Iterator[Failure]:
    """A period that CloudWatch has."""
    period = inputs.get("period")
    if isinstance(period, int) and period not in (10, 20, 30) and (period <= 0 or period % 60):
        yield Failure(name="period", reason=f"{period} must be 10, 20, 30 or a multiple of 60")


def check_parameter(inputs: Bag, view: View) -> Iterator[Failure]:
    """A path begins with a slash; a secure value is not kept in clear; standard ones are short."""
    name, value = inputs.get("name"), inputs.get("value")
    if isinstance(name, str) and "/" in name and not name.startswith("/"):
        yield Failure(name="name", reason=f"{name!r} has a slash inside, so it must begin with one")
    if inputs.get("type") == "SecureString" and inputs.get("insecureValue") is not None:
        yield Failure(name="insecureValue", reason="type SecureString does not take it: use value")
    most = 8192 if inputs.get("tier") == "Advanced" else 4096
    if isinstance(value, str) and len(value.encode()) > most:
        yield Failure(name="value", reason=f"it has {len(value.encode())} bytes, and may have {most}")


def check_secret(inputs: Bag, view: View) -> Iterator[Failure]:
    """How long a deleted secret can be had back."""
    days = inputs.get("recoveryWindowInDays")
    if isinstance(days, int) and days != 0 and not 7 <= days <= 30:
        yield Failure(name="recoveryWindowInDays", reason=f"{days} must be 0, or 7 to 30")


def check_function(inputs: Bag, view: View) -> Iterator[Failure]:
    """A zip needs to know what runs it."""
    if inputs.get("packageType", "Zip") == "Zip":
        for name in ("handler", "runtime"):
            if inputs.get(name) is None:
                yield Failure(name=name, reason="packageType Zip (the default) needs it")


def _check_expression(value: Value) -> Iterator[Failure]:
    if not isinstance(value, str) or value is UNKNOWN:
        return
    match = _EXPRESSION.fullmatch(value)
    if match is None:
        form = "at(2026-01-31T12:00:00), rate(5 minutes) or cron(0 12 * * ? *)"
        yield Failure(name="scheduleExpression", reason=f"{value!r} must be of the form {form}")
    elif match[3] and len(match[3].split()) != 6:
        yield Failure(name="scheduleExpression", reason=f"{value!r}: a cron expression of AWS has six fields")
