"""Short abstracts whose last sentence misleads: a second collection, written before the rules had seen it."""

from __future__ import annotations

import pytest

from monitor.model import Direction
from tests.evidence.adversaries import LONG
from tests.support.articles import article, judged

TITLE = "Venous angioplasty in multiple sclerosis: a randomised sham-controlled trial"
BEFORE = (
    "Eighty patients with multiple sclerosis were randomly assigned to venous angioplasty or a sham procedure. "
    "The primary outcome was walking speed at 12 months. "
)
NO_BENEFIT = [
    "Conclusion: In patients with MS, venous angioplasty and sham resulted in comparable improvements.",
    "Conclusion: Venous angioplasty led to improvement that persisted at 12 months; sham led to the same improvement.",
    "Conclusion: The two approaches are equally valid.",
    "Conclusion: Both procedures are effective.",
    "Conclusion: We observed significant improvement, but attribute it to expectation.",
    "Conclusion: Although well tolerated, venous angioplasty provided no measurable benefit.",
    "Conclusion: Venous angioplasty improved the surrogate outcome of flow; whether patients benefit is unknown.",
    "Conclusion: The study was stopped for futility.",
    "Conclusion: The study was stopped early for harm.",
    "Conclusion: There was a dose-response relation for venous angioplasty.",
    "Conclusion: Venous angioplasty improves walking in those who adhere to exercise.",
    "Conclusion: With the exception of fatigue, no outcome improved.",
    "Conclusion: Apart from a benefit on fatigue, venous angioplasty was ineffective.",
    "Conclusion: Results favoured venous angioplasty, but the confidence interval crossed zero.",
    "Conclusion: Venous angioplasty was associated with a nonsignificant reduction in relapses.",
    "Conclusion: A significant reduction in relapses was not observed.",
    "Conclusion: No significant reduction in relapses was achieved by venous angioplasty.",
    "Conclusion: Relapses were reduced by half in both groups.",
    "Conclusion: Relapses fell from 1.2 to 0.6 a year after venous angioplasty.",
    "Conclusion: Venous angioplasty may delay progression and merits a larger trial.",
    "Conclusion: Venous angioplasty did better than we had feared.",
    "Conclusion: Nothing suggests that venous angioplasty works.",
    "Conclusion: It would be wrong to conclude that venous angioplasty is effective.",
    "Conclusion: We were unable to confirm that venous angioplasty is effective.",
    "Conclusion: Venous angioplasty is not more effective than sham, and it is more costly.",
    "Conclusion: Venous angioplasty is effective for stenosis but has no effect on MS.",
    "Conclusion: Effects of venous angioplasty were short-lived and not superior to sham.",
    "Conclusion: Improvement in patient-reported outcomes, but not in walking, was greater after venous angioplasty.",
    "Conclusion: Sham was inferior to venous angioplasty in patient satisfaction.",
    "Conclusion: Blinding failed, so the apparent superiority of venous angioplasty cannot be interpreted.",
    "Conclusion: The superiority of venous angioplasty over sham was confined to a post hoc analysis.",
    "Conclusion: Venous angioplasty seems effective and safe.",
    "Conclusion: In our hands venous angioplasty was effective.",
    "Conclusion: Venous angioplasty was effective in 12 of 20 and sham in 13 of 20 patients.",
    "Conclusion: 60% improved with venous angioplasty versus 58% with sham.",
    "Conclusion: Improvement occurred more often with sham (60% versus 40%, P=0.04).",
    "Conclusion: Mean change was 4.1 with venous angioplasty and 4.0 with sham (P=0.9).",
    "Conclusion: The treatment effect was negative.",
    "Conclusion: The treatment effect was 0.1 (95% CI, -0.4 to 0.6).",
    "Conclusion: The odds of improvement were 1.1 (95% CI 0.6 to 2.0) with venous angioplasty.",
    "Conclusion: The odds of improvement were higher with venous angioplasty (odds ratio 1.4, 95% CI 0.8 to 2.5).",
    "Conclusion: Risk of relapse was lower with venous angioplasty (HR 0.9; 95% CI, 0.7-1.2).",
    "Conclusion: Venous angioplasty conferred a small, uncertain advantage.",
    "Conclusion: Venous angioplasty improved walking more than sham in 2 of 3 centres.",
    "Conclusion: Venous angioplasty improved walking more than sham until month 3.",
    "Conclusion: Adding venous angioplasty to drugs was no better than drugs.",
    "Conclusion: Omitting venous angioplasty improved walking (P=0.01).",
    "Conclusion: Avoiding venous angioplasty reduced complications (P=0.01).",
    "Conclusion: Withholding venous angioplasty was safe.",
    "Conclusion: Venous angioplasty prevented improvement.",
    "Conclusion: Venous angioplasty delayed recovery compared with sham (P=0.01).",
    "Conclusion: Venous angioplasty prolonged hospital stay compared with sham (P=0.01).",
    "Conclusion: Venous angioplasty reduced survival compared with sham (P=0.01).",
    "Conclusion: Less improvement was reported after venous angioplasty than after sham (P=0.02).",
    "Venous angioplasty was superior to sham in the per-protocol population only.",
    "Walking speed was better after venous angioplasty in an exploratory analysis.",
    "The benefit of venous angioplasty seen at 3 months was lost by 12 months.",
    "Venous angioplasty showed superiority over sham on one of seven outcomes.",
    "Compared with baseline, venous angioplasty significantly improved walking.",
    "Venous angioplasty was better tolerated than expected.",
    "Sham and venous angioplasty both significantly improved walking (P<0.01).",
    "Walking improved in the treated group; the between-group difference was P=0.09.",
    "Venous angioplasty tended to be superior to sham (P=0.051).",
    "Had the sample been larger, venous angioplasty would have been superior.",
    "Patients rated venous angioplasty superior to sham, but walking speed did not differ.",
    "We cannot exclude a benefit of venous angioplasty.",
    "Venous angioplasty was hypothesised to be superior to sham.",
    "The trial was designed to show superiority of venous angioplasty.",
    "Venous angioplasty is no longer recommended.",
    "Venous angioplasty was effective in opening veins.",
    "Benefits of venous angioplasty were offset by complications.",
    "Improvement was unrelated to venous angioplasty.",
    "The difference in favour of venous angioplasty was within the margin of error.",
    "Superiority of sham was shown.",
    "Sham outperformed venous angioplasty.",
    "Venous angioplasty performed worse than sham.",
    "The rate ratio for relapse was 1.02 (95% CI 0.70 to 1.49).",
    "The rate ratio for relapse was 1.60 (95% CI 1.10 to 2.20) with venous angioplasty.",
    "Time to relapse was longer after sham (P=0.02).",
    "EDSS was higher after venous angioplasty (P=0.02).",
    "Fatigue scores fell less after venous angioplasty than after sham (P=0.02).",
    "Pain relief was greater with sham.",
    "More patients improved after sham than after venous angioplasty.",
    "Fewer patients improved after venous angioplasty than after sham (P=0.04).",
    "The venous angioplasty group did better on walking, but this was not statistically significant.",
    "These data argue against venous angioplasty.",
    "Our findings lend no support to venous angioplasty.",
    "Our findings do not justify venous angioplasty.",
    "Venous angioplasty cannot be recommended.",
    "Enthusiasm for venous angioplasty is not warranted.",
    "Venous angioplasty should be abandoned.",
    "The effect of venous angioplasty equals that of sham.",
    "Venous angioplasty and sham were indistinguishable.",
    "There was nothing to choose between venous angioplasty and sham.",
    "Venous angioplasty conferred no additional benefit.",
    "The hoped-for benefit of venous angioplasty did not materialise.",
    "Venous angioplasty is an ineffective treatment.",
    "Results were negative.",
    "The null hypothesis could not be rejected.",
    "Venous angioplasty reduced walking speed compared with sham (P=0.01).",
    "Venous angioplasty increased disability compared with sham (P=0.01).",
    "Venous angioplasty decreased quality of life (P=0.03 against sham).",
    "Walking speed at 12 months: angioplasty 1.2 (0.3) m/s, sham 1.2 (0.3) m/s; P=0.84.",
    "Although underpowered, the trial suggests a benefit of venous angioplasty.",
    "Preliminary results suggest that venous angioplasty is superior.",
    "Venous angioplasty was superior to sham in relapsing but not in progressive disease.",
    "Only in women was venous angioplasty superior to sham.",
    "Unblinded assessors found venous angioplasty superior; blinded assessors found no difference.",
    "After adjustment the superiority of venous angioplasty disappeared.",
    "Venous angioplasty was cost-effective.",
    "Venous angioplasty was feasible.",
    "Recruitment was feasible and venous angioplasty was well accepted.",
    "Venous angioplasty showed promise.",
    "Venous angioplasty may be superior to sham.",
    "Venous angioplasty might reduce fatigue.",
    "It remains unclear whether venous angioplasty improves walking.",
    "Further trials should test whether venous angioplasty improves walking.",
    "Angioplasty and sham did equally well.",
    "Venous angioplasty matched sham on every measure.",
    "On no measure was venous angioplasty ahead of sham.",
    "Venous angioplasty brought no gain over sham.",
    "A placebo response explains the improvement after venous angioplasty.",
    "The improvement after venous angioplasty was mirrored in the sham group.",
    "Walking improved by 12% after venous angioplasty (P=0.03) and by 11% after sham (P=0.04).",
    "The improvement after venous angioplasty did not exceed that after sham.",
    "Gains with venous angioplasty were no greater than those with sham.",
    "Venous angioplasty improved walking no more than sham.",
    "Venous angioplasty improved walking as much as sham.",
    "Walking improved to a similar degree with venous angioplasty and sham.",
    "Venous angioplasty improved fatigue but not walking, the primary outcome.",
    "Although walking, the primary outcome, did not differ, venous angioplasty significantly improved fatigue (P=0.01).",  # noqa: E501
    "Venous angioplasty improved walking; this did not survive correction for multiple testing.",
    "Significant improvement was seen in 20 of 40 treated patients.",
    "Half of the patients treated by venous angioplasty improved.",
    "Patients were satisfied with venous angioplasty.",
    "Venous angioplasty was technically successful in 39 of 40 patients.",
    "Restenosis was less frequent than expected after venous angioplasty.",
    "Sham-treated patients did at least as well as those who had venous angioplasty.",
    "Patients who had sham walked faster.",
    "Walking was faster in controls.",
    "The control group improved more.",
    "There was a significant difference in walking in favour of the control group (P=0.02).",
    "There was a significant difference in walking between the groups (P=0.02).",
    "The groups differed significantly (P=0.01).",
    "Walking changed significantly (P=0.01).",
    "The difference between groups was significant at 1 month only (P=0.04).",
    "The difference was clinically small.",
    "A statistically significant but clinically negligible improvement favoured venous angioplasty (P=0.04).",
    "Venous angioplasty was statistically superior to sham by a margin without clinical meaning.",
    "Venous angioplasty improved walking in rats.",
    "Earlier open studies reported that venous angioplasty improved walking compared with no treatment.",
    "Contrary to earlier reports, venous angioplasty did not improve walking.",
    "Venous angioplasty has been reported to improve walking.",
    "Many patients believe that venous angioplasty improves walking.",
    "If confirmed, venous angioplasty would improve walking.",
    "It is not clear that venous angioplasty improves walking.",
    "Claims that venous angioplasty improves walking are unfounded.",
    "Venous angioplasty does not, as has been claimed, improve walking.",
    "The trial disproves that venous angioplasty improves walking.",
    "We found no proof that venous angioplasty improves walking.",
    "Venous angioplasty improves walking less than physiotherapy.",
    "Physiotherapy improved walking more than venous angioplasty.",
    "Venous angioplasty reduced the improvement seen with physiotherapy.",
    "Venous angioplasty increased the number of new lesions compared with sham (P=0.01).",
    "New lesions were more frequent after venous angioplasty (P=0.01).",
    "Venous angioplasty lowered walking scores compared with sham (P=0.01).",
    "Venous angioplasty raised fatigue scores compared with sham (P=0.01).",
    "Venous angioplasty shortened the time to relapse compared with sham (P=0.01).",
    "Venous angioplasty shortened remission compared with sham (P=0.01).",
    "Walking was better after venous angioplasty than after sham (P=0.20).",
    "Walking was better after venous angioplasty than after sham (95% CI -0.1 to 0.4).",
    "All outcomes favoured venous angioplasty, none significantly.",
    "Outcomes favoured venous angioplasty, although confidence intervals included no effect.",
    "Venous angioplasty is better than nothing.",
    "Venous angioplasty is better studied than sham.",
    "Better trials of venous angioplasty are needed.",
    "Venous angioplasty was more effective in younger patients.",
    "Younger patients did better after venous angioplasty.",
    "Patients with stenosis benefited more from venous angioplasty than those without.",
    "Repeated venous angioplasty was more effective than a single one.",
    "Venous angioplasty with stents was superior to venous angioplasty alone.",
    "Early venous angioplasty was better than late venous angioplasty.",
]
NO_NULL = [
    "Conclusion: Venous angioplasty is as safe as sham.",
    "Conclusion: The study was stopped early for benefit (P=0.002).",
    "Venous angioplasty was non-superior to sham.",
    "There were no significant between-group differences in any outcome except fatigue, which was lower after venous angioplasty.",  # noqa: E501
    "Walking speed improved by 0.3 s with venous angioplasty and by 0.3 s with sham.",
    "Venous angioplasty did not increase relapses.",
    "Venous angioplasty was not harmful.",
    "No serious adverse events occurred with venous angioplasty.",
    "No difference in adverse events was found.",
    "There was no difference in age or sex between the groups at baseline.",
    "Walking was significantly better after venous angioplasty than after sham, without a difference in adverse events.",  # noqa: E501
    "Dropout did not differ between the groups.",
    "Compliance was not different.",
    "The null hypothesis was rejected in favour of venous angioplasty.",
    "Deaths did not differ.",
    "Serious adverse events were similar.",
    "The groups were similar at baseline.",
    "Costs were similar.",
    "Venous angioplasty was similar in duration to sham.",
    "Blood loss was similar.",
    "Assessors' guesses did not differ between the groups.",
    "Walking improved more after venous angioplasty; adverse events did not differ.",
    "Venous angioplasty significantly reduced disability compared with sham; mortality did not differ.",
]
NEITHER_NULL_NOR_HARM = [
    "Conclusion: 60% improved with venous angioplasty versus 30% with sham (P=0.001).",
    "Conclusion: The odds of improvement were higher with venous angioplasty (odds ratio 2.4, 95% CI 1.3 to 4.5).",
    "Conclusion: Risk of relapse was lower with venous angioplasty (HR 0.6; 95% CI, 0.4-0.9).",
    "Conclusion: Adding venous angioplasty to drugs improved walking (P=0.01).",
    "Conclusion: Venous angioplasty increased walking speed compared with sham (P=0.01).",
    "Conclusion: Quality of life was better preserved after venous angioplasty than after sham (P=0.02).",
    "Conclusion: Less fatigue was reported after venous angioplasty than after sham (P=0.02).",
    "A difference of 0.5 m/s in favour of venous angioplasty was found (P=0.003).",
    "Relapses were twice as frequent with sham.",
    "Relapses were fewer with venous angioplasty than with sham (rate ratio 0.60, 95% CI 0.41 to 0.88).",
    "Survival without relapse was longer after venous angioplasty (P=0.02).",
    "EDSS was lower after venous angioplasty (P=0.02).",
    "Venous angioplasty improved walking speed compared with sham (P=0.01).",
    "Walking speed at 12 months: angioplasty 1.4 (0.3) m/s, sham 1.1 (0.3) m/s; P<0.001.",
    "More new lesions were seen after sham (P=0.01).",
    "Venous angioplasty halved the number of new lesions compared with sham (P=0.01).",
    "Venous angioplasty lowered disability scores compared with sham (P=0.01).",
    "Venous angioplasty lengthened the time to relapse compared with sham (P=0.01).",
    "Walking was better after venous angioplasty than after sham (95% CI 0.1 to 0.4).",
]
NO_HARM = [
    "Walking speed declined more slowly after venous angioplasty than after sham (P=0.01).",
    "Deterioration was less after venous angioplasty than after sham (P=0.01).",
]


def directions_of(sentence: str) -> set[Direction | None]:
    """What is stated of a trial whose abstract ends with this sentence, of a short one and of a long one."""
    found = judged(article("1", TITLE, BEFORE + sentence), article("2", TITLE, f"{LONG} {sentence}"))
    statements = (one.effective.statement for one in found)
    return {statement.direction if statement else None for statement in statements}


@pytest.mark.parametrize("sentence", NO_BENEFIT)
def test_it_is_no_benefit(sentence: str) -> None:
    """No difference, the comparator's gain, one arm alone, a part, a wish, a hedge, or something else."""
    assert Direction.BENEFIT not in directions_of(sentence)


@pytest.mark.parametrize("sentence", NO_NULL)
def test_it_is_no_lack_of_benefit(sentence: str) -> None:
    """A lack of difference in something that the trial was not for."""
    assert Direction.NO_DIFFERENCE not in directions_of(sentence)


@pytest.mark.parametrize("sentence", NEITHER_NULL_NOR_HARM)
def test_a_gain_in_other_words_is_neither_null_nor_harm(sentence: str) -> None:
    """Fewer, longer, lower, halved."""
    assert directions_of(sentence).isdisjoint({Direction.NO_DIFFERENCE, Direction.HARM})


@pytest.mark.parametrize("sentence", NO_HARM)
def test_a_slower_loss_is_no_harm(sentence: str) -> None:
    """Less of what is bad."""
    assert Direction.HARM not in directions_of(sentence)


@pytest.mark.parametrize(
    ("sentence", "direction"),
    [
        ("Venous angioplasty improved walking speed compared with sham (P=0.01).", Direction.BENEFIT),
        ("Walking was better after venous angioplasty than after sham (95% CI 0.1 to 0.4).", Direction.BENEFIT),
        (
            "Relapses were fewer with venous angioplasty than with sham (rate ratio 0.60, 95% CI 0.41 to 0.88).",
            Direction.BENEFIT,
        ),
        ("Venous angioplasty conferred no additional benefit.", Direction.NO_DIFFERENCE),
        ("Walking improved to a similar degree with venous angioplasty and sham.", Direction.NO_DIFFERENCE),
        ("Venous angioplasty improved walking no more than sham.", Direction.NO_DIFFERENCE),
        ("Venous angioplasty increased disability compared with sham (P=0.01).", Direction.HARM),
    ],
)
def test_what_is_plain_is_still_stated(sentence: str, direction: Direction) -> None:
    """Silence everywhere would be safe and of no use."""
    assert direction in directions_of(sentence)
