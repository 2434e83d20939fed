"""The sentences of a report by the part they stand in, and what is asked of them together. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.evidence.article.result.clauses import (
    COMPARED,
    GOOD,
    clauses,
    is_better,
    is_null,
    is_null_primary,
    tells_apart,
)
from monitor.evidence.article.result.patterns import find
from monitor.evidence.article.result.plain import is_of_one_arm
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import lowered

#: Signs of a result that was found.
FOUND = GOOD | {"p_low", "signif", "up", "down"}
_BETWEEN_ARMS = frozenset({"than", "against", "between"})
_NOT_FOUND = frozenset({"null", "p_high", "trend"})


class Parts:
    """The sentences by the part of the record they stand in."""

    def __init__(self, said: Sequence[Spoken]) -> None:
        self.title = next(one for one in said if one.part == "title")
        self.results = [one for one in said if one.part == "result"]
        self.conclusion = [one for one in said if one.part == "conclusion"]
        self.told = [*self.conclusion, *self.results]
        self.body = [one for one in said if one.part != "title"]

    def concludes(self, *names: str) -> bool:
        """Whether a concluding sentence has one of these signs."""
        return any(not one.signs.isdisjoint(names) for one in self.conclusion)

    def has(self, name: str) -> bool:
        """Whether any sentence of the abstract has an expression of `result.toml`."""
        return any(find(name, lowered(one.text)) for one in self.body)

    @property
    def is_of_a_part(self) -> bool:
        """Whether a concluding sentence is about some of the people only, or about what goes with what."""
        return any(find("direction.part", lowered(one.text)) for one in self.conclusion)

    @property
    def asks_something_else(self) -> bool:
        """Whether the title asks of a part of the people, of what goes with what, or of doses."""
        return bool(find("direction.other_question", lowered(self.title.text)))

    @property
    def has_better_title(self) -> bool:
        """Whether the title says that something is better, and neither asks nor denies it."""
        is_told = self.title.signs & {"improve", "better_than"} and "null" not in self.title.signs
        return bool(is_told) and not find("direction.title_asks", lowered(self.title.text))

    @property
    def is_unsure(self) -> bool:
        """Whether every concluding sentence of a better result only says that it may be so."""
        good = [one for one in self.conclusion if one.signs & GOOD]
        return bool(good) and all("maybe" in one.signs for one in good)

    def says(self, name: str) -> bool:
        """Whether title or conclusion has an expression of `result.toml`."""
        return any(find(name, lowered(one.text)) for one in (self.title, *self.conclusion))

    @property
    def compares_only_null(self) -> bool:
        """Whether a result is null and nothing is called better than in a comparator."""
        return any(map(is_null, self.results)) and not any(map(is_better, self.told))

    @property
    def beats_inactive(self) -> bool:
        """Whether a significant result is better than with an inactive control, and no primary outcome is null."""
        better = (one for one in self.results if is_better(one) and "control_arm" in one.signs)
        return any(one.signs & {"p_low", "signif"} for one in better) and not any(map(is_null_primary, self.body))

    @property
    def is_alike_beside_inactive(self) -> bool:
        """Whether treatments improved alike, which is no lack of an effect where one more arm had none of them."""
        alike = any({"null_same", "improve"} <= one.signs for one in self.conclusion)
        return alike and self.has("direction.inactive")

    @property
    def is_called_effective(self) -> bool:
        """Whether the abstract says that it was found effective, before a conclusion on something else."""
        return self.has("direction.found_effective") and not self.concludes("effective")

    @property
    def tells_arms_one_by_one(self) -> bool:
        """Whether the change of one arm is told by itself, with its probability, and no sentence compares the arms."""
        alone = any(is_of_one_arm(one) for one in self.results)
        return alone and not any(one.signs & _BETWEEN_ARMS and not is_of_one_arm(one) for one in self.told)

    @property
    def has_both_improved(self) -> bool:
        """Whether the arms improved together, and no sentence says that one of them improved significantly more."""
        both = any("both_arms" in one.signs and one.signs & (GOOD | {"p_low", "within"}) for one in self.results)
        return both and not any(map(_is_better_in_one, self.told))

    @property
    def is_one_sided(self) -> bool:
        """Whether no sentence surely states a better result against a comparator."""
        return not any(is_better(one) and "maybe" not in one.signs and is_sure(one) for one in self.told)

    @property
    def has_arms_alike(self) -> bool:
        """Whether no sentence surely tells one arm from another, better or worse."""
        return not any(tells_apart(one) and is_sure(one) for one in self.told)

    @property
    def ends_without_comparison(self) -> bool:
        """Whether a result denies a difference between the arms and no concluding sentence compares anything."""
        is_denied = any(map(_denies_between_arms, self.results))
        return is_denied and not any(one.signs & COMPARED for one in self.conclusion)

    @property
    def has_one_arm(self) -> bool:
        """Whether no word of the record tells of a second arm."""
        return not any(find("direction.second_arm", lowered(one.text)) for one in (self.title, *self.body))

    @property
    def has_only_null_results(self) -> bool:
        """Whether results are given, some of them null or a trend and none of them positive."""
        null = [one for one in self.results if not one.signs.isdisjoint(_NOT_FOUND)]
        good = [one for one in self.results if one.signs & FOUND and one.signs.isdisjoint(_NOT_FOUND)]
        return bool(null) and not good


def _is_better_in_one(one: Spoken) -> bool:
    if one.part == "conclusion":
        return bool(one.signs & _BETWEEN_ARMS and one.signs & GOOD)
    is_found = one.signs & COMPARED and one.signs & {"p_low", "found_so"}
    return bool(is_found) and one.signs.isdisjoint({"null", "both_arms", "within"})


def _denies_between_arms(one: Spoken) -> bool:
    nulls = (clause.signs for clause in clauses(one) if "null" in clause.signs)
    return is_null(one) and any(found & {"between", "both_arms", "against"} for found in nulls)


def is_sure(one: Spoken) -> bool:
    """Whether a sentence concludes, or calls its result significant: figures alone say nothing of one."""
    return one.part != "result" or bool(one.signs & {"p_low", "found_so", "signif"})
