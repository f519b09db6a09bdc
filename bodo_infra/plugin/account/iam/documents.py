"""Policy documents: parsed, checked, and compared by what they mean.

Two documents are equal when AWS would decide the same by both and says the same about them: neither order nor repeats
count, nor one value against a list of one, nor ``*`` against ``{"AWS": "*"}``. Sids count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from bodo_infra.catalog.wildcards import matches
from bodo_infra.errors import InputError, Problem
from bodo_infra.plugin.account.iam.conditions import Condition
from bodo_infra.plugin.account.iam.grammar import (
    DEFAULT_VERSION,
    INLINE_TOTAL,
    Kind,
    check_tree,
    read_tree,
    size_of,
    texts_of,
)
from bodo_infra.plugin.account.iam.principals import Principals, read_principals

Raw = str | Mapping[str, Any]
"""A document as JSON text or as the mapping that it stands for."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. Of each pair such as ``actions`` and ``not_actions`` one may be None: the one not written."""

    index: int
    sid: str | None
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Principals | None
    not_principals: Principals | None
    conditions: tuple[Condition, ...]

    @property
    def label(self) -> str:
        """How a person finds it: ``statement Network (Statement[1])``."""
        place = f"Statement[{self.index}]"
        return f"statement {self.sid} ({place})" if self.sid else place

    def covers(self, action: str) -> bool:
        """Whether it speaks of the action at all; on which resources and when is another question."""
        patterns = self.actions if self.actions is not None else self.not_actions or ()
        return any(matches(each, action, ignore_case=True) for each in patterns) == (self.actions is not None)

    @property
    def meaning(self) -> tuple[object, ...]:
        def names(texts: tuple[str, ...] | None) -> frozenset[str] | None:
            return None if texts is None else frozenset(text.lower() for text in texts)

        def places(texts: tuple[str, ...] | None) -> frozenset[str] | None:
            return None if texts is None else frozenset(texts)

        return (
            self.sid,
            self.effect,
            names(self.actions),
            names(self.not_actions),
            places(self.resources),
            places(self.not_resources),
            self.principals,
            self.not_principals,
            frozenset(condition.meaning for condition in self.conditions),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """A parsed document; on equality see the module. ``id``: the text under ``Id``, which resource policies have."""

    version: str
    id: str | None
    statements: tuple[Statement, ...]

    def speaking_of(self, action: str, effect: str) -> tuple[Statement, ...]:
        """Its statements of this effect about the action. Remembered: an account asks the same few over and over."""
        if (action, effect) not in self._spoken:
            found = (each for each in self.statements if each.effect == effect and each.covers(action))
            self._spoken[action, effect] = tuple(found)
        return self._spoken[action, effect]

    @cached_property
    def _spoken(self) -> dict[tuple[str, str], tuple[Statement, ...]]:
        return {}

    @property
    def meaning(self) -> tuple[object, ...]:
        return self.version, self.id, frozenset(statement.meaning for statement in self.statements)

    def __eq__(self, other: object) -> bool:
        return self.meaning == other.meaning if isinstance(other, Document) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.meaning)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A document under the name by which a person finds it, such as ``deploy`` or ``trust of role etl``."""

    name: str
    document: Document


def parse(raw: Raw, kind: Kind) -> Document:
    """Raises InputError with every problem of the document."""
    tree, problems = read_tree(raw)
    problems = problems or check_tree(tree, kind)
    if problems:
        raise InputError.from_problems(problems)
    return _document(tree)


def check(raw: Raw, kind: Kind) -> list[Problem]:
    """Every problem of a document, each with its path; empty: AWS would take it."""
    tree, problems = read_tree(raw)
    return problems or check_tree(tree, kind)


def check_inline_total(policies: Sequence[Raw]) -> list[Problem]:
    """Whether the inline policies of one role fit: together they have a limit of 10,240 characters."""
    size = sum(size_of(tree) for tree, problems in map(read_tree, policies) if not problems)
    if size <= INLINE_TOTAL:
        return []
    rule = f"the inline policies of a role may have {INLINE_TOTAL} characters in all, without white space"
    return [Problem(path="inline policies", value=str(size), rule=rule, fix="Move some into a managed policy")]


def same_meaning(one: Raw, other: Raw) -> bool:
    """Whether two documents mean the same. False too when one of them cannot be read, unless both are the same text."""
    trees = [read_tree(one), read_tree(other)]
    if any(problems for _, problems in trees):
        return one == other
    try:
        first, second = (_document(tree) for tree, _ in trees)
        return first == second
    except (AttributeError, AssertionError, KeyError, TypeError):
        # Read, but no policy: nothing is known of its meaning beyond the plain values.
        return trees[0][0] == trees[1][0]


def _document(tree: Mapping[str, Any]) -> Document:
    given = tree["Statement"]
    statements = given if isinstance(given, list) else [given]
    return Document(
        version=tree.get("Version", DEFAULT_VERSION),
        id=tree.get("Id"),
        statements=tuple(_statement(index, each) for index, each in enumerate(statements)),
    )


def _statement(index: int, tree: Mapping[str, Any]) -> Statement:
    def texts(key: str) -> tuple[str, ...] | None:
        return tuple(texts_of(tree[key])) if key in tree else None

    return Statement(
        index=index,
        sid=tree.get("Sid") or None,
        effect=tree["Effect"],
        actions=texts("Action"),
        not_actions=texts("NotAction"),
        resources=texts("Resource"),
        not_resources=texts("NotResource"),
        principals=read_principals(tree["Principal"]) if "Principal" in tree else None,
        not_principals=read_principals(tree["NotPrincipal"]) if "NotPrincipal" in tree else None,
        conditions=tuple(
            Condition(operator=operator, key=key, values=tuple(texts_of(values)))
            for operator, pairs in tree.get("Condition", {}).items()
            for key, values in pairs.items()
        ),
    )
