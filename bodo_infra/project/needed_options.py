"""What a new stack still lacks, said as the options of `bodo-infra new` that give it."""

from collections.abc import Mapping
from dataclasses import replace

from bodo_infra.errors import InputError, Problem
from bodo_infra.project.makeable import MAKEABLE
from bodo_infra.project.stack_file import SPEC, StackFile
from bodo_infra.spec import NOUNS, Spec
from bodo_infra.spec.walk import model_at


def spec_problems(stack: StackFile) -> list[Problem]:
    """Everything that is wrong with the spec itself; what is missing, with all options that it takes."""
    try:
        stack.spec  # noqa: B018  # judged when it is asked for
    except InputError as error:
        return [_with_options(stack, problem) for problem in error.problems]
    return []


def needed_options(model: type[Spec], place: str) -> str:
    """The options for a field and all that is required in it: ``--set aws.region=... --set aws.account_id=...``."""
    inner = model_at(model, place.split("."))
    if inner is None:
        return f"--set {place}=..."
    required = [field for field, info in inner.model_fields.items() if info.is_required()]
    return " ".join(needed_options(model, f"{place}.{field}") for field in required)


def account_options(target: str) -> str:
    """The options for a cloud-config of a target."""
    return needed_options(NOUNS["cloud-config"], target)


def _with_options(stack: StackFile, problem: Problem) -> Problem:
    model = NOUNS[stack.kind]
    place = problem.path.removeprefix(f"{SPEC}.")
    if problem.rule == "is missing" and "[" not in place:
        what = problem.fix.removeprefix("Add it: ")
        return replace(problem, fix=f"Say `{needed_options(model, place)}` ({what})")
    given = stack.spec_data if isinstance(stack.spec_data, Mapping) else {}
    for choice in model.choices:
        if problem.path == SPEC and problem.rule == choice.broken_rule(given) and not given.keys() & {*choice.fields}:
            useful = [field for field in choice.fields if stack.kind != "cloud-config" or field in MAKEABLE]
            ways = " or ".join(f"`{needed_options(model, field)}`" for field in useful)
            return replace(problem, fix=f"Say {ways}")
    return problem
