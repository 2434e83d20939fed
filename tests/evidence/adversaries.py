"""Small literatures written to mislead the headline, by kind, each with what it must say and what it must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import Article
from tests.evidence.article.test_question_kinds import NOT_OF_THE_QUESTION
from tests.evidence.question.test_reports_of_one_trial import ALIKE, FINAL, NO_BENEFIT, TOLD
from tests.support.articles import article

TITLE = "Venous angioplasty in multiple sclerosis: a randomised sham-controlled trial"
ALLOCATED = "{} patients with multiple sclerosis were randomly assigned to venous angioplasty or a sham procedure."
#: The same in an abstract of more than a hundred words, which is read another way.
LONG = (
    "Narrowed veins have been described in multiple sclerosis, and their meaning is debated. We conducted a "
    "double-blind trial at six centres between 2012 and 2014. Eligible adults were aged 18 to 65 years, had relapsing "
    "or progressive disease and at least one narrowed vein on ultrasound and venography. "
    f"{ALLOCATED.format(40)} "
    "The primary outcome was walking speed over 25 feet at twelve months; secondary outcomes were fatigue, bladder "
    "control, quality of life and new lesions on magnetic resonance imaging, read by assessors who did not know the "
    "allocation. Analyses were by intention to treat and adjusted for centre."
)
BENEFIT, NULL, HARM = "reports benefit", "shows no benefit", "reports harm"
NO_TRIAL = "One randomised"


@dataclass(frozen=True, slots=True)
class Adversary:
    """One literature: `says` must stand in the headline, nothing of `never` may."""

    name: str
    records: tuple[Article, ...]
    says: str = ""
    never: tuple[str, ...] = ()


NOT_BENEFIT = [
    "Venous angioplasty was no better than sham.",
    "Walking did not improve significantly with venous angioplasty compared with sham.",
    "Venous angioplasty failed to improve walking.",
    "The trial did not meet its primary end point.",
    "A lack of benefit of venous angioplasty was found.",
    "There is insufficient evidence that venous angioplasty improves walking.",
    "Walking tended to improve with venous angioplasty.",
    "Venous angioplasty may improve walking.",
    "Venous angioplasty is a promising treatment.",
    "Whether venous angioplasty improves walking is uncertain.",
    "Walking improved in both groups.",
    "Walking improved from baseline in the angioplasty group.",
    "The primary outcome did not differ; fatigue, a secondary outcome, improved with venous angioplasty.",
    "Venous angioplasty improved walking only in women under 30.",
    "Sham was better than venous angioplasty.",
    "Venous angioplasty was as effective as sham.",
    "Improvement with venous angioplasty did not reach significance (p = 0.07).",
    "Venous angioplasty could improve walking in selected patients.",
    "A trend to better walking was seen with venous angioplasty.",
    "Time to relapse was shorter with venous angioplasty than with sham.",
    "Quality of life was lower with venous angioplasty than with sham.",
    "Patients given sham walked better than those given venous angioplasty.",
    "Sham-treated patients had fewer relapses.",
    "Walking improved after venous angioplasty (p = 0.01) and after sham (p = 0.02).",
    "Venous angioplasty and sham improved walking equally.",
    "Although the primary outcome was not met, venous angioplasty improved fatigue (p = 0.03).",
    "Venous angioplasty improved venous flow but not disability.",
    "Post hoc, venous angioplasty improved walking in women.",
    "Venous angioplasty improved walking at 1 month, an effect not sustained at 12 months.",
    "We hypothesised that venous angioplasty improves walking.",
    "Venous angioplasty was superior neither for walking nor for fatigue.",
    "The superiority of venous angioplasty could not be shown.",
    "Previous studies found that venous angioplasty improved walking.",
    "Venous angioplasty improved walking within its group (p < 0.001), without a difference between groups.",
    "Compared with sham, venous angioplasty resulted in a smaller improvement in walking.",
    "The benefit of venous angioplasty over sham was not clinically relevant.",
    "The improvement in walking was greater in the sham group than in the angioplasty group.",
    "Relapse-free survival was shorter after venous angioplasty than after sham (p = 0.02).",
    "Patients believed that venous angioplasty had helped.",
]
NOT_NULL = [
    "Venous angioplasty did not increase adverse events.",
    "Venous angioplasty improved walking and had no adverse effects.",
    "At baseline the groups did not differ. Venous angioplasty significantly improved walking compared with sham.",
    "Follow-up was six months.",
    "Safety did not differ between groups.",
    "Venous angioplasty significantly improved walking; mortality did not differ.",
    "The trial was stopped early; no conclusion can be drawn.",
    "No patient was lost to follow-up.",
    "Patients could not distinguish venous angioplasty from sham.",
]
NOT_HARM = [
    "Disability worsened less with venous angioplasty than with sham.",
    "Venous angioplasty reduced deterioration of walking compared with sham.",
    "Venous angioplasty was less detrimental than sham.",
    "Venous angioplasty was not harmful.",
    "Mortality was lower with venous angioplasty than with sham.",
    "Mortality was higher with sham than with venous angioplasty.",
    "Sham was harmful compared with venous angioplasty.",
    "More patients in the sham group died.",
]
STATED = [
    ("Venous angioplasty significantly improved walking compared with sham.", BENEFIT),
    ("Time to relapse was significantly longer with venous angioplasty than with sham.", BENEFIT),
    ("Relapses were significantly fewer with venous angioplasty than with sham.", BENEFIT),
    ("Venous angioplasty showed no benefit over sham.", NULL),
    ("Disability did not differ between venous angioplasty and sham.", NULL),
    ("Venous angioplasty was not more effective than sham.", NULL),
]
SIZES = [
    ("Of 300 patients screened, 64 patients with multiple sclerosis were randomly assigned to PTVA or sham.", 64),
    ("We randomly assigned 59 patients with multiple sclerosis to PTVA and 62 to sham.", None),
    ("One hundred and twenty patients with multiple sclerosis were randomly assigned to PTVA or sham.", 120),
    ("Patients with multiple sclerosis aged 19 years were randomly assigned to PTVA or sham.", None),
    ("Patients with multiple sclerosis after COVID-19 were randomly assigned to PTVA or sham.", None),
    ("1,200 patients with multiple sclerosis were randomly assigned to PTVA or sham.", 1200),
    ("Patients with multiple sclerosis on 240 mg dimethyl fumarate were randomly assigned to PTVA or sham.", None),
    ("Patients with multiple sclerosis were randomly assigned to PTVA or sham; 400 patients are planned.", None),
    ("Patients with multiple sclerosis were randomly assigned to PTVA or sham for 52 weeks.", None),
    ("In 2014, patients with multiple sclerosis were randomly assigned to PTVA or sham.", None),
    ("60 patients with multiple sclerosis, 120 veins, were randomly assigned to PTVA or sham.", 60),
    ("Patients with multiple sclerosis were randomly assigned to PTVA (n = 30) or sham (n = 31).", 61),
]
WITHDRAWN = [
    f"WITHDRAWN: {TITLE}",
    f"{TITLE} [RETRACTED]",
    f"Retracted Article: {TITLE}",
    f"REMOVED - {TITLE}",
    f"Temporary Removal: {TITLE}",
    f"{TITLE}: Retraction.",
    f"Correction to: {TITLE}",
    f"{TITLE} – CORRIGENDUM",
    f"Erratum: {TITLE}",
    f"Withdrawal: {TITLE}",
]


def trial(says: str, allocated: str = ALLOCATED.format(40), title: str = TITLE) -> tuple[Article, ...]:
    """One report of a sham-controlled trial of the question."""
    return (article("1", title, f"{allocated} {says}", authors=("Doe",)),)


def literatures() -> Iterator[Adversary]:
    """All of them."""
    for name, sentences, never in (
        ("benefit", NOT_BENEFIT, BENEFIT),
        ("null", NOT_NULL, NULL),
        ("harm", NOT_HARM, HARM),
    ):
        for says in sentences:
            yield Adversary(f"not {name}: {says}", trial(says), NO_TRIAL, (f"{never}.",))
            yield Adversary(f"not {name}, long: {says}", trial(says, LONG), NO_TRIAL, (f"{never}.",))
    yield from (Adversary(f"stated: {says}", trial(says), said) for says, said in STATED)
    for allocated, people in SIZES:
        told = f"({people:,} people)" if people else "One randomised sham-controlled trial shows no benefit."
        yield Adversary(f"size: {allocated}", trial(STATED[4][0], allocated), told)
    yield from (
        Adversary(f"not a trial: {title}", trial(STATED[0][0], title=title), never=(NO_TRIAL,)) for title in WITHDRAWN
    )
    for number, (_, title, text) in enumerate(NOT_OF_THE_QUESTION):
        yield Adversary(f"another question {number}: {title}", (article("1", title, text),), never=(NO_TRIAL,))
    for one in ALIKE:
        if not one.languages:
            yield Adversary(f"one trial: {one.title} {one.journal}", (FINAL, one), NO_BENEFIT)
    for number, (title, text, types) in enumerate(TOLD):
        told = article("9", title, text, types=("Journal Article", *types), authors=("Doe",))
        yield Adversary(f"only told of {number}: {title}", (told,), never=(NO_TRIAL,))
        yield Adversary(f"told of beside the trial {number}: {title}", (FINAL, told), NO_BENEFIT)
