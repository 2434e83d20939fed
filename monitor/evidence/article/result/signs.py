"""Signs of a result in one sentence: words of difference, of no difference, of comparison, of doubt. Pure.

A sign is a word for the model and a fact for the rules: it says what is written, not yet what it means.
"""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.evidence.article.text import lowered

#: Outcomes that are good when there is more of them or when they last longer, and those that are good when less.
_GOOD = (
    r"(?:survival|remission|quality of life|qol|hrqol|satisfaction|comfort|adherence|compliance|success(?: rate)?|response rate|"
    r"responders?|efficacy|effectiveness|function(?:ing|ality)?|performance|strength|mobility|knowledge|recovery|healing|cure|"
    r"eradication|protection|immunogenicity|well-?being|capacity|endurance|improvements?|quality|scores of knowledge|confidence|"
    r"self-efficacy|abstinence|clearance|time to (?:progression|relapse|recurrence|first rescue|rescue)|progression-free|pfs|"
    r"disease-free|time to treatment failure|duration of (?:analgesia|block|sensory|motor)|analgesia duration|pregnancy rates?|"
    r"live birth|fitness|memory|cognition|muscle (?:mass|strength)|bone mineral density|bmd|hdl|uptake|participation|attendance|"
    r"attention|skills?|range of motion|balance|gait speed|walking|learning|accuracy|retention|sensitivity|visual acuity|"
    r"stability|benefits?|effect|results?|outcomes?|reductions?|decreases?|relief|pain relief)"
)
_BAD = (
    r"(?:pain|mortality|deaths?|relapses?|recurrences?|risk|incidence|rates? of (?:adverse|complications?|nausea|infection)|"
    r"complications?|adverse events?|side effects?|symptoms?|severity|anxiety|depression|depressive|distress|fatigue|stress|nausea|"
    r"vomiting|ponv|bleeding|blood loss|transfusions?|infections?|fever|hospitali[sz]ations?|length of (?:hospital )?stay|stay|"
    r"duration of (?:surgery|operation|hospital\w*|stay|mechanical)|consumption|requirements?|opioid|morphine|fentanyl|time to (?:recovery|"
    r"healing|extubation|onset|discharge)|onset time|recovery time|operati(?:ve|ng|on) time|vas|scores?|weight gain|body weight|"
    r"bmi|fat|cholesterol|ldl|triglycerides?|glucose|hba1c|blood pressure|sbp|hypotension|hypertension|inflammation|crp|il-6|"
    r"tnf|oxidative|malaria|caries|plaque|gingival|falls?|fractures?|disability|impairment|cravings?|smoking|drinking|relapse rate|"
    r"failure|dropout|iop|intraocular pressure|progression|exacerbations?|insomnia|injur(?:y|ies)|inciden\w+|swelling|edema|oedema|"
    r"shivering|agitation|delirium|cough(?:ing)?|headaches?|migraine|hyperglyc\w+|heart rate|cortisol|cost|costs|burden|difficulties)"
)
_UP = r"(?:increas\w+|higher|greater|more|longer|prolong\w+|rais\w+|elevated|enhanc\w+|larger|rose|faster|earlier|superior|better|gain\w*)"
_DOWN = r"(?:decreas\w+|lower(?:ed|s|ing)?|less|fewer|shorter|shorten\w+|reduc\w+|declin\w+|diminish\w+|smaller|fell|attenuat\w+|slow(?:ed|er|s)?|delay(?:ed|s)|worse|inferior)"

_P = re.compile(r"\bp(?:[- ]?values?)?\s?(?:=|<|>|≤|≥|˂|of|was|were)\s?[<=>]?\s?(\d?[.·]\d+)(?:[×x ]|$|\b)")

def _gap(words: int) -> str:
    """Up to so many words in between."""
    return rf"(?:[\w%,'’/()-]+ ){{0,{words}}}?"


_PATTERNS = {
    # no difference
    "null_diff": r"\bno (?:statistically |clinically |overall |such |other |clear |major )*(?:significant(?:ly)? |relevant |meaningful |important )?(?:\w+ ){0,3}?(?:differences?|different)\b|\b(?:differences? (?:\w+ ){0,8}?(?:was|were|is|are|did|reached?)(?: \w+)? ?(?:not|n't) (?:\w+ )?(?:significan\w+|reach\w*|observed|found|differ\w*))",
    "null_effect": r"\bno (?:statistically |clinically |overall |such |clear |apparent |major |additional |added |further |beneficial |evidence of |evidence for |evidence that |significant |marked |measurable |substantial |consistent |obvious |direct |short-term |long-term |or )*(?:\w+ ){0,3}?(?:effects?|benefits?|advantages?|improvements?|impact|influence|changes?|efficacy|reductions?|increases?|role|superiority|evidence|associations?|interactions?)\b",
    "null_differ": r"\b(?:did|do|does|was|were|is|are|has|have|had) ?(?:not|n't) (?:\w+ ){0,3}?(?:differ\w*|different|significan\w+|statistically)",
    "null_verb": r"\b(?:did|does|do|could|would|was|were|is|are|has|have|had|may|can|cannot|unable to)? ?(?:not|n't|cannot|unable to|never) (?:\w+ ){0,4}?(?:improve\w*|reduc\w*|decreas\w*|increas\w*|affect\w*|influenc\w*|alter\w*|chang\w*|prevent\w*|enhanc\w*|benefit\w*|lower\w*|effective|beneficial|superior|better|support\w*|show\w*|demonstrat\w*|provid\w*|confer\w*|prolong\w*|result in|lead to|recommend\w*|protect\w*|produc\w*|modif\w*|appear\w*|seem\w*|found|have (?:a|an|any)|met|meet|reach\w*|achiev\w*|detect\w*|observed|impact\w*|associated|translate|help\w*|useful|justif\w*|outperform\w*|increase|sufficient|more)\b",
    "null_fail": r"\bfail(?:ed|s|ure)? to\b|\black of\b|\blacked\b|\bneither\b|\bnone of\b|\bineffective\b|\binsufficient evidence\b|\bunlikely\b|\bno (?:better|more|less|greater|longer|worse|higher|lower|faster)\b|\bnot (?:more|less|any|as)\b|\bwithout (?:any )?(?:significant |additional )?(?:difference|effect|benefit|change|improv)\w*",
    "null_ns": r"\b(?:non-?|in)significant(?:ly)?\b|\bnot (?:statistically |clinically )?significant\w*|\bp ?= ?ns\b|\bns\b|\bborderline\b|\bunchanged\b|\bunaffected\b",
    "null_same": r"\b(?:similar(?:ly)?|comparable|equivalent|the same|equal(?:ly)?|identical|as (?:effective|good|efficacious) (?:and \w+ )?as|alike|equivalence)\b",
    "noninf": r"\bnon-?inferior\w*|\bnot inferior\b|\bas (?:effective|efficacious|good|safe|successful|accurate) (?:and \w+ )?as\b|\bequally (?:effective|efficacious|safe|good|well)\b|\b(?:good|reasonable|useful|safe|suitable|effective|acceptable|viable|feasible|attractive|valuable|possible) (?:\w+ )?alternative\b|\bat least as\b|\bequivalen(?:t|ce)\b|\binstead of\b",
    # difference
    "better_than": r"\b(?:better|superior|more (?:\w+ )?(?:effective|efficacious|effectively|beneficial|successful|favou?rabl[ey]|efficient|stable|rapid|likely)|favou?r(?:ed|s|ing|able)?|outperform\w*|preferable|advantage\w*|faster|greater (?:\w+ ){0,3}(?:improvement|reduction|decrease|effect|efficacy|benefit|increase|relief|gain)s?)\b",
    "improve": r"\b(?:improv\w+|ameliorat\w+|alleviat\w+|enhanc\w+|accelerat\w+|facilitat\w+|promot\w+|prevent\w+|protect\w+|reliev\w+|relief|restor\w+|stabili[sz]\w+|attenuat\w+|eradicat\w+)\b",
    "effective": r"\b(?:effective(?:ly|ness)?|efficac(?:y|ious)|beneficial|benefits?|benefit(?:ed|ted)|useful|successful(?:ly)?|favou?rable|promising|safe)\b",
    "down_bad": rf"\b{_DOWN}\b {_gap(7)}{_BAD}\b",
    "bad_down": rf"\b{_BAD}\b {_gap(10)}{_DOWN}\b",
    "up_good": rf"\b{_UP}\b {_gap(6)}{_GOOD}\b",
    "good_up": rf"\b{_GOOD}\b {_gap(10)}{_UP}\b",
    "up_bad": rf"\b{_UP}\b {_gap(5)}{_BAD}\b",
    "bad_up": rf"\b{_BAD}\b {_gap(8)}(?:increas\w+|higher|greater|more|longer|prolong\w+|rais\w+|elevated|larger|rose|worse)\b",
    "down_good": rf"\b{_DOWN}\b {_gap(5)}{_GOOD}\b",
    "good_down": rf"\b{_GOOD}\b {_gap(8)}{_DOWN}\b",
    "up": rf"\b{_UP}\b",
    "down": rf"\b{_DOWN}\b",
    "harm": r"\b(?:harm\w*|worse(?:n\w*)?|impair\w*|detriment\w*|deteriorat\w*|inferior|unsafe|adverse effect on|increased (?:mortality|risk|the risk|incidence)|higher (?:mortality|risk|incidence|rate))\b",
    # who against whom
    "than": r"\bthan\b",
    "against": r"\bcompared?(?:d)? (?:with|to)\b|\bin comparison (?:with|to)\b|\bversus\b|\bvs\b\.?|\brelative to\b|\bover (?:placebo|control|standard|sham|the)\b|\bas opposed to\b|\bunlike\b|\bwhen compared\b|\bthan (?:did|those|in|with|the|that)\b",
    "between": r"\bbetween(?: the)?(?: \w+){0,4}? (?:groups?|arms?|treatments?|conditions?|interventions?|cohorts?|two|three|drugs|techniques|regimens|methods)\b|\bamong(?: the)?(?: \w+)? groups\b|\bgroup differences?\b|\bbetween-group\b",
    "in_group": r"\b(?:in|for|of|by|from|to) (?:the )?(?:[\w+/-]+ ){1,4}(?:group|arm)\b|\bgroup [a-z1-4]\b|\b(?:group|arm) (?:had|showed|was|were|experienced|demonstrated|reported|improved|received)\b",
    "control_arm": r"\b(?:placebo|controls?|sham|usual care|standard care|waiting list|waitlist|wait-list|conventional|standard (?:treatment|therapy)|saline|untreated|alone|comparator)\b",
    "both_arms": r"\b(?:both|all|each|either|the two|the three|two) (?:\w+ ){0,2}(?:groups|arms|treatments|drugs|conditions|interventions|techniques|methods|regimens|therapies|protocols|programs|diets|devices|agents|formulations|doses|types|strategies)\b|\beither (?:group|arm)\b|\bregardless of (?:group|treatment)|\birrespective of (?:group|treatment)\b|\bboth\b",
    "within": r"\b(?:from|to|over|versus|vs\.?|than|with) (?:the )?baseline\b|\bover time\b|\bpre-? ?(?:to|and|versus|vs) post\b|\bbefore and after\b|\bcompared (?:with|to) (?:before|pre\w*|baseline)\b|\bwithin(?:-| the )?groups?\b|\bafter treatment\b|\bpre-?(?:treatment|test|intervention|operative)\b|\bfollow-up\b",
    "baseline": r"\bbaseline (?:characteristics|demographic\w*|\w+ )|\bat baseline\b|\bdemographic\w*|\bgroups were (?:similar|comparable|matched|balanced)",
    # how sure, on what
    "signif": r"\bsignifican(?:t|tly|ce)\b",
    "hedge": r"\b(?:may|might|could|seems?|seemed|appears?|appeared|suggest\w*|possibl[ey]|perhaps|(?<!-)(?<!evoked )potential(?:ly)?|probabl[ey]|likely|tend(?:s|ed)?|trends?|indicat\w+ that|promis\w+|encouraging|preliminary|pilot)\b",
    "maybe": r"\b(?:may|might|could|seems?|seemed|appears?|appeared|(?<!-)(?<!evoked )potential(?:ly)?|possibl[ey]|perhaps|promis\w+|tend(?:s|ed)? to)\b",
    "found_so": r"(?<!not )(?<!no )(?<!not statistically )(?<!nor )(?<!without )(?<!non-)(?<!not be )\bsignificantly\b|\ba significant (?!difference was not)",
    "trend": r"\b(?:trends?|tend(?:s|ed)? to|tendency|numerically|approach(?:ed|ing) (?:\w+ )?significance|marginal\w*|modest\w*|slight\w*|did not reach|short of)\b",
    "wish": r"\b(?:further|future|larger|more|additional|longer) (?:[\w-]+,? ){0,4}?(?:stud(?:y|ies)|trials?|research|investigations?|evaluation|work|data)\b|\b(?:needed|warranted|required|necessary|should be|remains? to be|merits?|need to)\b",
    "subgroup": r"\bsub-?groups?\b|\bstratif\w+|\bpost[- ]hoc\b|\bamong (?:those|women|men|patients) (?:with|who)\b|\bonly (?:in|among|for|at|after)\b|\bpatients with (?:\w+ ){1,4}(?:levels?|genotype|mutation|status|expression)\b|\bgenotypes?\b|\bpolymorphisms?\b|\ballele\b|\bmoderat(?:ed|or)\b|\bpredict\w*|\binteraction\b|\bassociated with\b|\bcorrelat\w+",
    "primary": r"\bprimary (?:\w+ ){0,3}?(?:outcomes?|end ?-?points?|efficacy|measures?|analysis|hypothesis|objective|aim|endpoint)\b|\bmain outcomes?\b|\bprimary\b",
    "secondary": r"\bsecondary (?:\w+ ){0,3}?(?:outcomes?|end ?-?points?|measures?|analys[ei]s)\b|\bsecondary\b|\bexploratory\b",
    "safety": r"\b(?:adverse|side effects?|tolerat\w+|tolerability|safety|complications?|safe|toxicit\w+|harms?)\b",
    "contrast": r"\b(?:but|however|although|though|while|whereas|despite|except|nevertheless|yet|in contrast|on the other hand|unlike|only)\b",
    "also": r"\b(?:as well as|respectively|and also|furthermore|moreover|in addition)\b",
    "aim": r"\b(?:aim(?:ed|s)?|objectives?|purpose|to (?:determine|evaluate|compare|assess|investigate|examine|test|explore|study)|hypothesi[sz]\w+|we (?:evaluated|compared|investigated|examined|assessed|tested|hypothesi)|whether)\b",
    "method": r"\b(?:were (?:randomly|randomi[sz]ed|assigned|allocated|recruited|enrol+ed|measured|recorded|assessed|evaluated|collected)|was (?:measured|assessed|performed|recorded|evaluated)|received|underwent)\b",
    "conclude": r"\b(?:conclu\w+|in summary|these (?:results|findings|data)|our (?:results|findings|data|study)|this (?:study|trial)|the present study|findings|results (?:show|suggest|indicate|demonstrate)\w*)\b",
    "feasible": r"\b(?:feasib\w+|acceptab\w+|practicab\w+|well[- ]tolerated|pilot)\b",
    "cost": r"\bcosts?(?:-effective\w*)?\b|\beconomic\w*|\bqaly\w*",
    "equal_like": r"\bnot (?:\w+ )?(?:inferior|worse)\b|\bwithout (?:increas\w+|compromis\w+|affecting|any adverse|adverse|serious)\b|\bno (?:serious |significant |major |severe |increase in )*(?:adverse|side|complication|toxicit|safety|harm)\w*",
    "ci_one": r"\b(?:or|rr|hr|aor|ratio|risk|odds|hazard)\b.{0,25}?\b0[.·]\d+",
}
SIGNS: dict[str, re.Pattern[str]] = {name: re.compile(text) for name, text in _PATTERNS.items()}

NULLS = ("null_diff", "null_effect", "null_differ", "null_verb", "null_fail", "null_ns", "null_same")


def p_values(low: str) -> list[tuple[float, bool]]:
    """The probabilities a sentence states, each with whether it is called larger than the figure ("p > 0.05")."""
    found = []
    for match in _P.finditer(low):
        value = float("0" + match[1].replace("·", ".")) if match[1][0] in ".·" else float(match[1].replace("·", "."))
        if value <= 1:
            found.append((value, bool(re.search(r"[>≥]", match[0]))))
    return found


@lru_cache(maxsize=256)
def signs(sentence: str) -> frozenset[str]:
    """The names of all signs in one sentence, with "p_low" and "p_high" for the probabilities it states."""
    low = lowered(sentence)
    found = {name for name, pattern in SIGNS.items() if pattern.search(low)}
    for value, is_above in p_values(low):
        found.add("p_high" if is_above or value > 0.05 else "p_low")
    if found.intersection(NULLS):
        found.add("null")
    return frozenset(found)
