"""How many people a trial allocated (else studied), as its abstract states it for the whole trial; else nothing.

Every number with a unit ("60 patients", "Subjects (n = 60)") is read with its neighbourhood: said of an act of
allocation or of entering the study, of one arm, of a part, or of something else. A number is stated only
where all that is said of the whole agrees; an arm alone never stands for the trial.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from monitor.evidence.article.result.numbers import Number, numbers
from monitor.evidence.article.text import lowered, sentences

_UNIT = (
    r"(?:in|out)?patients?|participants?|subjects?|people|persons?|wom[ae]n|m[ae]n|child(?:ren)?|adults?|volunteers?|"
    r"individuals?|infants?|newborns?|neonates?|babies|adolescents?|teenagers|youths?|cases|students?|pupils|nurses|"
    r"residents|interns|parturients?|gravidas|girls|boys|females?|males?|veterans|"
    r"mothers|fathers|parents|couples|dyads|famil(?:ies|y)|caregivers|carers|employees|workers|soldiers|recruits|"
    r"athletes|players|cyclists|runners|swimmers|smokers|drinkers|survivors|recipients|outpatients|diabetics|"
    r"asthmatics|seniors|elders|eyes|teeth|knees|"
    r"hips|limbs|nulliparas?|primiparas?|users|respondents|teachers|preschoolers|schoolchildren|dogs|cats|horses|rats|"
    r"mice|sufferers|primigravidas?|primigravidae|multiparas?|toddlers|consumers|attendees|drivers|inmates|preterms"
)
#: Words that may not stand between a number and its unit: the number then counts something else.
_NOT_BETWEEN = (
    r"(?:years?|yrs?|months?|weeks?|days?|hours?|h|hr|min(?:utes)?|s|mg|kg|g|ml|mm|cm|m|l|µg|mcg|iu|u|ng|mmol|mmhg|hz|"
    r"w|kcal|percent|of|in|to|for|from|at|with|were|was|are|by|on|per|times?|doses?|groups?|arms?|cent(?:er|re)s?|"
    r"sites?|countries|visits?|sessions?|cycles|studies|trials|the|a|an|than|that|who|as|had|points?|items?|vs|versus|"
    r"sets?|tablets?|capsules?|nm|db|rpm|degrees|steps|patients|participants|subjects|women|men|children)"
)
_UNIT_AFTER = re.compile(rf"(?: \([^()]{{1,60}}\))?(?:[ -](?!{_NOT_BETWEEN}\b)\(?(?:[a-z]|(?<=type )[12]\b|(?<=grade )[1-4]\b)[\w'’/.-]*\)?,?){{0,8}}?[ -](?P<unit>{_UNIT})\b(?![ -](?:departments?|clinics?|cent(?:er|re)s?|units?|wards?|visits?|years?|days?|episodes?|data|samples?|reports?|records?|groups?|homes?))")
_N_OF = re.compile(r"\(?\b[n]\s?=\s?$")

_ALLOCATED = (
    r"(?:randomi[sz]ed|randomly|randomi[sz]ation|random|allocated|assigned|divided|distributed|categorized|grouped)"
)
_ENTERED = (
    r"(?:enrol+ed|included|recruited|participated|entered|took part|completed|studied|investigated|evaluated|analy[sz]ed|"
    r"underwent|consented|volunteered|selected|took|tested|examined|treated|scheduled|received|undergoing)"
)
_ALLOCATED_AFTER = re.compile(rf"^(?:(?! who declined)[^.;:]){{0,160}}?\b{_ALLOCATED}\b")
_ALLOCATED_AT_ONCE = re.compile(rf"^(?:(?!exclu|withdr|declin|refus|died|lost|dropped)[^.;]){{0,60}}?\b{_ALLOCATED}\b")
_ALLOCATED_BEFORE = re.compile(r"\b(?:randomi[sz](?:ed|ing)|randomly (?:assigned|allocated|divided)|assigned|allocated) (?:a total of )?$")
_ENTERED_AFTER = re.compile(rf"^[^.;:]{{0,90}}?\b{_ENTERED}\b")
_WHOLE_BEFORE = re.compile(
    r"\b(?:total of|totally|total number of|in total|altogether|overall|sample of|population of|cohort of|consisted of|"
    r"comprised|comprising|involving|involved|enrol+ed|enrolling|included|recruited|recruiting|studied|studying|carried out on|"
    r"performed on|conducted on|conducted in|performed in|carried out in|conducted with|conducted among|done on|done in|"
    r"enrollment of) (?:a total of |the |about )?$"
)
_THROUGH = re.compile(r"(?:^|: |\b(?:in|on|of|among|with|data from|from|for) )$")

_NOT_WHOLE_BEFORE = re.compile(
    r"(?:\band|;|\bof (?:whom|these|those|which|them),?|\bamong (?:whom|these|them),?|\bincluding|\bremaining|\bonly|\banother|\bother|"
    r"\bfirst|\blast|\bleast|\bmost|\bthan|\bage[ds]?|\baged? (?:of|from|between)|\bto|\bbetween|\bexcept|\bexcluding|\bexcluded|\bevery|\beach|"
    r"\bper|\bphase|\bstage|\bgrade|\btype|\bclass|\blevel|\bday|\bweek|\bmonth|\byear|\bgroup|\barm|\bexperiment|\bstudy|"
    r"\bvisit|\bof the|\ball|\bother|\bplus|\bup|\bscore|\bdose|\bone in|\bin the|\bpart|\bnext|\badditional|\ba further|\bother|\bthose|"
    r"\bapproximately|\babout|\bfor|\bcompleted by|\bperiod [iv12]+|\basa|\bgroup \(|\barm \(|\bpatient|\bsubject|\bcase|\bsubjects|\bcontrols?|\bhealthy controls) ?$"
)
_NOT_WHOLE_AFTER = re.compile(
    r"^(?: of the\b| from (?:the )?[\w -]+ (?:study|trial)|[^.;]{0,40}?(?:\bin (?:the )?[\w -]{0,40}?(?:group|arm)\b|\bin (?:each|either|both)\b|\bper (?:group|arm)|\beach\b|"
    r"\bwithdr|\bdropped|\bdiscontinu|\bdied|\bwere lost|\blost to|\bwere excluded|\bdeclined|\brefused|\bdid not\b|\bhad\b|\bexperienced|"
    r"\bdeveloped|\breported|\brequired|\bneeded|\bshowed|\bwere needed|\bwere eligible|\bwere screened|\bwere assessed for|\bwere invited|"
    r"\bwere approached|\bwere identified|\bwill be|\bwould be|\bto be\b|\bresponded|\bachieved|\bimproved|\bfailed|\bcomplained|\bwere (?:fe)?male|"
    r"\bwith complete|\bremained|\bcontinued|\bwere planned|\bis needed|\bare needed|\bsuffered|\bpreferred|\bserved as|\bas (?:a )?controls?\b|\bwithdrew))"
)
_PLANNED = re.compile(
    r"screened|assessed for eligib|approached|invited|sample size|power (?:of|calculation|to)|planned|will be|would be|were eligible|"
    r"target|follow(?:ed|ing)?[- ]up (?:data|was|were) (?:available|obtained|completed)|previous (?:study|trial)|questionnaires|required to detect"
)
_ARM = re.compile(
    r"\b(?:group|arm|placebo|control|controls|intervention|treatment|experimental|sham|saline|comparison|cohort|and \d+|received|given|"
    r"assigned to|allocated to|randomi[sz]ed to)\b"
)
_ARMS_WORD = re.compile(
    r"\b(?P<n>two|three|four|five|six|2|3|4|5|6)[ -](?:[\w-]+ ){0,3}?(?:groups|arms|sub-?groups)\b|\b(?P<both>either|both groups)\b"
)
_EACH = re.compile(
    r"(?:groups?|arms?) (?:of|with) (?P<a>\d+)(?: \w+){0,2}(?: each)?\b|(?P<b>\d+) (?:[\w-]+ ){0,3}?(?:in|per|for|to|were in) (?:each|every|either|a|both) ?(?:of the )?(?:\w+ )?(?:groups?|arms?)\b|"
    r"\bn ?= ?(?P<c>\d+)(?: patients| subjects| participants)? ?(?:/|per|in each|for each|each|in every|in both|in either)|(?:each|both) (?:groups?|arms?),? \(?n ?= ?(?P<d>\d+)|\b(?:two|three|four|five|2|3|4|5) (?:\w+ )?groups \(n ?= ?(?P<f>\d+)\)|\b(?P<e>\d+) each\b"
)
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\]]*\]")
_SEVERAL_STUDIES = re.compile(r"\b(?:study|experiment|trial|studies|experiments) (?:1|one|i)\b.*\b(?:study|experiment|trial) (?:2|two|ii)\b|\beach (?:sub-?)?study\b|\bsub-studies\b|\b(?:two|three|both|these) (?:[\w-]+ ){0,4}(?:studies|trials|experiments)\b", re.DOTALL)
_ELSEWHERE = re.compile(r"\b(?:another|previous|earlier|other|prior) (?:stud(?:y|ies)|trials?)\b|\bstudy reported\b|\bmeta-analys")
_NUMBERED_ARM = re.compile(r"\d [\w -]{3,30} ?\((?:group|gr\.?|arm) |\bgroup [12iab],? ?\(?\d+ \w+\)?[ ,]")
_OUTCOME = re.compile(r"^ (?:\([^)]*\) )?(?:who )?(?:died|had|developed|experienced|reported|achieved|withdrew|discontinued|relapsed|responded)\b")
_NEGATED = re.compile(r"\bnot randomi[sz]ed\b|\bnon-?randomi[sz]ed\b|\bfurther randomi[sz]ed\b|\bin the (?:\w+ )?(?:intervention|treatment|control|placebo|experimental) (?:group|arm) were\b|\ba further \d+ |\banother \d+ |\bthe other \d+ ")
_ALLOCATION_NEAR = re.compile(rf"\b(?:{_ALLOCATED}|groups?|arms?|received|placebo|control|assigned|either)\b")
_P_VALUE = re.compile(r"\bp ?[<=>≤]")
_FURTHER = re.compile(rf"\b(?:a further|another|further) \d+ (?:\w+ ){{0,2}}(?:{_UNIT})\b")
_SOCIETY = re.compile(r"american society of an[a]?esthesiolog\w+(?: \(asa\))?(?: physical status| grade| class)?")
_TO_EACH = re.compile(r"(?<![\d·,])(\d[\d,]*) (?:(?:patients|participants|subjects|women|men|children|people) )?(?:were )?(?:(?:randomly )?(?:assigned|allocated|randomi[sz]ed) )?to (?!\d|jan|feb|mar|apr|may\b|jun|jul|aug|sep|oct|nov|dec)")
_BEFORE_ENTRY = re.compile(r"\beligible\b|\bconsecutive\b|\breferred\b|\bregistered\b|\bidentified\b|\binvited\b|\bper \d|\bexclu|\bof (?:the )?\d")
#: Parts of a person, of which there are more than people.
_COUNTED_TWICE = frozenset({"eyes", "teeth", "knees", "hips", "limbs", "cases"})
_N_IN_BRACKETS = re.compile(r"\bn ?= ?(\d{1,3}(?:[, ]\d{3})+|\d+)\b(?![.,]\d|%)")


class _Said(IntEnum):
    """How firmly a number is said to be the whole trial."""

    NAMED = 1
    ENTERED = 2
    ALLOCATED = 3


@dataclass(frozen=True, slots=True)
class _Mention:
    value: int
    said: _Said


def sample_size(abstract: str) -> int | None:
    """The number allocated, else studied, where the abstract says it of the whole trial; None where it is not certain."""
    if _SEVERAL_STUDIES.search(lowered(abstract)) or _FURTHER.search(lowered(abstract)):
        return None
    wholes: list[_Mention] = []
    arms: list[list[int]] = []
    products: list[int] = []
    low = lowered(abstract)
    for start, sentence in sentences(abstract):
        text = _SOCIETY.sub(_as_words, _DECIMAL.sub("·", low[start : start + len(sentence)]))
        if _ELSEWHERE.search(text):
            continue
        wholes += _wholes(text)
        arms.append(_arms(text))
        products += _products(text, low)
    sums = [sum(values) for values in arms if len(values) > 1]
    parts = {value for values in arms if len(values) > 1 for value in values}
    found = _agreed(wholes, sums, products, parts)
    return None if found is None or _has_larger(found, abstract) else found


def _has_larger(found: int, abstract: str) -> bool:
    """Whether a larger group of the study is named, that was not merely screened or planned."""
    if any(int(re.sub(r"\D", "", n)) > found for n in _N_IN_BRACKETS.findall(lowered(abstract))):
        return True
    for _, sentence in sentences(abstract):
        text = _DECIMAL.sub("·", lowered(sentence))
        if _PLANNED.search(text) or _ELSEWHERE.search(text) or _BEFORE_ENTRY.search(text):
            continue
        for number in numbers(text):
            unit = _UNIT_AFTER.match(text[number.end :]) if number.value > found else None
            if unit and not _is_year(number, text) and unit["unit"] not in _COUNTED_TWICE:
                return True
    return False


def _agreed(wholes: list[_Mention], sums: list[int], products: list[int], parts: set[int]) -> int | None:
    """The one value that everything said of the whole trial allows; None where two could stand."""
    computed = {*sums, *products}
    for said in (_Said.ALLOCATED, _Said.ENTERED, _Said.NAMED):
        values = {m.value for m in wholes if m.said is said}
        confirmed = values & computed
        if len(confirmed) == 1:
            return confirmed.pop()
        if len(values) > 1:
            return None
        if values:
            value = values.pop()
            return value if _stands(value, said, wholes, computed, parts) else None
    return computed.pop() if len(computed) == 1 else None


def _stands(value: int, said: _Said, wholes: list[_Mention], computed: set[int], parts: set[int]) -> bool:
    """Whether nothing else in the abstract makes this number a part, or another number the whole."""
    weaker = {m.value for m in wholes if m.said < said}
    if value in parts or any(total > value for total in computed):
        return False
    if said is _Said.ALLOCATED:
        return not any(1.7 * value < other < 2.3 * value for other in weaker)
    return not weaker - {value} and not computed


def _wholes(text: str) -> list[_Mention]:
    found: list[_Mention] = []
    if _NUMBERED_ARM.search(text):
        return found
    for number in numbers(text):
        if 4 <= number.value < 10_000_000 and not _is_year(number, text):
            mention = None if _NEGATED.search(text[: number.start + 80]) else _mention(number, text)
            if mention:
                found.append(mention)
    return found


def _mention(number: Number, text: str) -> _Mention | None:
    before, after = text[: number.start], text[number.end :]
    if bracket := _N_OF.search(before):
        return _in_brackets(number, before[: bracket.start()], after.partition(")")[2])
    if before.count("(") > before.count(")"):
        return None
    unit = _UNIT_AFTER.match(after)
    if not unit or _NOT_WHOLE_BEFORE.search(before) or _PLANNED.search(text):
        return None
    raw_rest = after[unit.end() :]
    if _adds_up(number.value, raw_rest) and not _OUTCOME.match(raw_rest):
        return _Mention(number.value, _Said.ALLOCATED)
    if re.match(r"^ ?\((?:group|gr\.?|arm|\w+ group)\b", raw_rest):
        return None
    rest = _BRACKETED.sub("", raw_rest)
    if re.search(r"\bof (?:the )?$", before) and re.search(rf"\d[\d,]*[^.;]{{0,60}}\b{_ALLOCATED}", rest):
        return None
    if _NOT_WHOLE_AFTER.search(rest) and not _ALLOCATED_AT_ONCE.match(rest):
        return None
    if _is_arm(rest):
        return None
    if _ALLOCATED_BEFORE.search(before):
        return _Mention(number.value, _Said.ALLOCATED)
    if _ALLOCATED_AFTER.search(rest):
        return _Mention(number.value, _Said.ALLOCATED)
    if _WHOLE_BEFORE.search(before):
        return _Mention(number.value, _Said.ENTERED)
    if _ENTERED_AFTER.search(rest):
        return _Mention(number.value, _Said.ENTERED)
    is_named = _THROUGH.search(before) and not re.search(r"\b(?:group|arm)\b", text)
    return _Mention(number.value, _Said.NAMED) if is_named else None


def _as_words(match: re.Match[str]) -> str:
    """ "American Society of Anesthesiologists" as one word of the same length."""
    return match[0].replace(" ", "-")


def _adds_up(whole: int, rest: str) -> bool:
    """True when the next numbers of the sentence are parts of this one: "Of 119 patients, 57 had X and 62 Y"."""
    bracketed = [int(n) for n in re.findall(r"\((?:n ?= ?)?(\d+)\b(?! ?[%·])", rest)]
    if len(bracketed) > 1 and sum(bracketed[:2]) == whole:
        return True
    following = [n.value for n in numbers(rest) if n.value < whole and n.value > 1]
    return any(sum(following[i : i + count]) == whole for count in (2, 3, 4) for i in range(min(3, len(following) - count + 1)))


def _is_arm(rest: str) -> bool:
    """Said of one arm: "30 patients were assigned to placebo and 31 to …"; "received X and 20 patients …"."""
    if re.search(r"\b(?:assigned|allocated|randomi[sz]ed) (?:in)?to (?:the |an? )?(?:[\w-]+ ){1,4}(?:group|arm)\b(?![^.;]*\b(?:or|and|either|versus)\b)", rest):
        return True
    follows = re.search(r"\b(?:and|while|whereas|or|,) (?:the )?(?:other |remaining |another )?(\d[\d,]*)\b(?! ?(?:%|weeks|mg|months|days|years|h\b|min))(?! (?:[\w-]+ ){0,3}(?:completed|analy[sz]ed|finished|withdrew|dropped|were included|were analy))(?: [\w-]+){0,3} (?:to|received|who|in|patients|wom[ae]n|subjects|participants|were|as|controls?|placebo|control)\b", rest)
    return bool(follows)


def _in_brackets(number: Number, before: str, after: str) -> _Mention | None:
    """ "Subjects (n = 79) were randomly assigned": the unit stands before the bracket."""
    unit = re.search(rf"\b(?:{_UNIT})\b(?:[ ,][\w/.,-]+){{0,16}} ?\(?$", before)
    if not unit or re.match(r"^ ?(?:/|per |in each|each)", after) or _N_IN_BRACKETS.search(after[:200]) or _N_IN_BRACKETS.search(before[-200:]):
        return None
    if re.search(r"\b(?:groups?|arms?|placebo|control|each)\b", before[unit.start() :]):
        return None
    if _ALLOCATED_AFTER.search(after) :
        return _Mention(number.value, _Said.ALLOCATED)
    return _Mention(number.value, _Said.ENTERED) if _ENTERED_AFTER.search(after) else None


def _arms(text: str) -> list[int]:
    """The sizes of the arms that one sentence names in brackets, or "59 to X and 62 to Y"."""
    text = re.split(r"\)\.(?=\w)", text)[0]
    found = [(m.start(), int(re.sub(r"\D", "", m[1]))) for m in _N_IN_BRACKETS.finditer(text)]
    if len(found) > 1:
        if not _ALLOCATION_NEAR.search(text) or _P_VALUE.search(text):
            return []
        outcome = re.search(r"\b(?:baseline|completed|complet|withdr|adverse|died|subgroup|of whom)\b", text)
        values = [value for _, value in found]
        if values[0] == sum(values[1:]):
            values = values[1:]
        is_twice = len(values) == 4 and sum(values[:2]) == sum(values[2:]) and len(set(values)) > 2
        is_nested = is_twice or len(values) > 4 or (max(values) > sum(values) / 2 and len(values) > 2)
        return [] if outcome or is_nested or len(values) < 2 else values
    to_each = [int(n.replace(",", "")) for n in _TO_EACH.findall(text)] if re.search(_ALLOCATED, text) else []
    if len(to_each) > 1:
        return to_each
    pair = re.search(
        r"\b(\d+)(?: [\w-]+){0,3} (?:were |was )?(?:randomly )?(?:assigned |allocated |randomi[sz]ed )?(?:to|received|in) [^.;]{3,120}?\b(?:and|or) (?:the )?(?:other |remaining )?(\d+)(?: [\w-]+){0,3} (?:to|received|in|were|as)\b",
        text,
    )
    if pair and re.search(_ALLOCATED, text) and not re.search(r"\b(?:weeks?|mg|months?|years?|days?|min)\b", text[pair.start(1) : pair.start(1) + 12]):
        values = [int(pair[1]), int(pair[2])]
        return [] if max(values) > 5 * min(values) else values
    return []


def _products(text: str, whole: str) -> list[int]:
    """ "n = 60 per group" times the number of arms, where both are said."""
    each = {int(next(g for g in m.groups() if g)) for m in _EACH.finditer(text)}
    counts = {_COUNTS.get(m["n"], 2) for m in _ARMS_WORD.finditer(whole) if m["n"]}
    return [each.pop() * counts.pop()] if len(each) == 1 and len(counts) == 1 else []


_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}


def _is_year(number: Number, text: str) -> bool:
    if number.is_word or not 1900 <= number.value <= 2100:
        return False
    return bool(re.search(r"(?:in|from|to|and|between|since|until|during|of|,|\w{3,9})\s$", text[max(0, number.start - 8) : number.start]))
