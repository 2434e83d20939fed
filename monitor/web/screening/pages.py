"""The screening pages: the queue, and each article with everything known of it and the forms to classify it.

Only a signed link opens these pages, and it names the person. GET and HEAD change nothing; what a POST does is in
`monitor.evidence.screening`, as for `monitor screen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor import evidence, store
from monitor.errors import ConfigError
from monitor.evidence import screening, screening_links
from monitor.evidence.conclude import standing
from monitor.evidence.explain import Explanation, read_explanation
from monitor.language.speech import gettext as _
from monitor.language.speech import later
from monitor.links import LinkError
from monitor.model import AnswerRecord, Article, ChangeKind, Topic
from monitor.render import text, urls
from monitor.web.account.forms import Fields
from monitor.web.pages.topic import kind_in_words
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.screening.forms import InvalidForm, choices, other_pmid_from, parse_pmid, trial_link_from, verdict_from
from monitor.web.site import Site, links_of, pmid_of, site_of, topic_of

_INVALID_LINK = (
    404,
    later("There is nothing at this address"),
    later("It may have been mistyped or cut off, or it has expired. The operator of this service can make a new link."),
)


def screener(request: Request, topic: Topic, token: str) -> str:
    """The person for whom the link was made, "" when it is not one of ours, expired, ended, or for another topic."""
    site = site_of(request)
    try:
        by, made_at = links_of(request).read_screening(token, topic.key, site.now())
    except LinkError:
        return ""
    with site.db.read() as tx:
        return "" if screening_links.is_ended(tx, by, made_at) else by


def queue_page(request: Request) -> Response:
    """The articles to screen, the most important first, those screened already, and a form to open any other."""
    topic, by = _authorize(request)
    if not by:
        return error_page(request, *_INVALID_LINK)
    site, sought = site_of(request), request.query_params.get("pmid", "")
    pmid = parse_pmid({"pmid": sought}, "pmid")
    with site.db.read() as tx:
        if pmid and store.verdicts.current(tx, topic.key, [pmid]):
            path = f"{site.base}/topics/{topic.key}/screening/{request.path_params['token']}/{pmid}"
            return RedirectResponse(path, 303, {"Cache-Control": PRIVATE})
        judged = store.verdicts.judged(tx, topic.key)
        queue = evidence.awaiting(judged, store.screenings.links(tx, topic.key), topic.question)
        record = standing(tx, topic, site.now())
    return page(
        request,
        "screening_queue.html",
        cache=PRIVATE,
        topic=topic,
        token=request.path_params["token"],
        by=by,
        queue=queue,
        answer=record.answer if record else None,
        title_markup=text.title_markup,
        sought=sought,
        problem=_("No search of this topic has found an article with the PMID “%(pmid)s”.", pmid=sought)
        if sought
        else "",
    )


def _not_found(sought: str) -> str:
    return _("No search of this topic has found an article with the PMID “%(pmid)s”.", pmid=sought)


def end_links_submit(request: Request, _fields: Fields) -> Response:
    """End every screening link of this person, this one too."""
    _topic, by = _authorize(request)
    if not by:
        return error_page(request, *_INVALID_LINK)
    site = site_of(request)
    screening_links.end_links(site.db, by, site.now())
    return page(request, "screening_ended.html", cache=PRIVATE, by=by)


def article_form(request: Request) -> Response:
    """Everything known of one article, and the forms."""
    topic, by = _authorize(request)
    return _article_page(request, topic, by, {}, {}) if by else error_page(request, *_INVALID_LINK)


def article_submit(request: Request, fields: Fields) -> Response:
    """Do what the button says, and show the answer that results."""
    topic, by = _authorize(request)
    if not by:
        return error_page(request, *_INVALID_LINK)
    article = _explanation_of(request, topic).article
    try:
        act, message = _ACTIONS.get(fields.get("button", ""), _ACTIONS["screen"])
        answer = act(site_of(request), topic, article, by, fields)
    except InvalidForm as invalid:
        return _article_page(request, topic, by, fields, invalid.problems)
    except ConfigError as error:
        return _article_page(request, topic, by, fields, {"all": str(error)})
    return _article_page(request, topic, by, {}, {}, message=_(message), answer=answer)


# --- what the buttons do -----------------------------------------------------------------------------


def _screen(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.screen(site.db, topic, verdict_from(topic, article, by, fields), site.now())


def _retract(site: Site, topic: Topic, article: Article, by: str, _fields: Fields) -> AnswerRecord | None:
    return screening.retract_screening(site.db, topic, article.pmid, by, site.now())


def _join(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.link(site.db, topic, trial_link_from(article, by, fields, joined=True), site.now())


def _split(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.link(site.db, topic, trial_link_from(article, by, fields, joined=False), site.now())


def _unlink(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.unlink(site.db, topic, article.pmid, other_pmid_from(fields), by, site.now())


_ACTIONS = {
    "screen": (_screen, later("Your judgement is saved.")),
    "withdraw": (_retract, later("Withdrawn: the rules decide again.")),
    "join": (_join, later("Saved: they are one trial.")),
    "split": (_split, later("Saved: they are different trials.")),
    "unlink": (_unlink, later("Withdrawn: the rules decide whether they are one trial.")),
}


# --- the page of one article -------------------------------------------------------------------------


def _article_page(
    request: Request,
    topic: Topic,
    by: str,
    fields: Fields,
    problems: Mapping[str, str],
    **result: Any,
) -> Response:
    """Everything known of the article, and the forms: as they were submitted when there are `problems` with them."""
    explanation = _explanation_of(request, topic)
    return page(
        request,
        "screening_article.html",
        status=422 if problems else 200,
        cache=PRIVATE,
        topic=topic,
        token=request.path_params["token"],
        by=by,
        explanation=explanation,
        article=explanation.article,
        title=text.title_markup(explanation.article, 4_000),
        authors=text.names(explanation.article.authors, is_complete=explanation.article.authors_complete),
        links=urls.article_links(explanation.article),
        kinds={kind: kind_in_words(kind) for kind in ChangeKind},
        problems=problems,
        values=fields or _current_values(explanation),
        **{"message": "", "answer": None, **choices(), **result},
    )


def _current_values(explanation: Explanation) -> dict[str, str]:
    """The fields that give the current screening; empty where nobody has screened the article."""
    screening, rules = explanation.screening, explanation.verdict
    if screening is None:
        return {}
    question = "yes" if screening.relevance.is_match else "no"
    values: dict[str, str] = {"design": screening.design, "question": question, "because": screening.because}
    if screening.control is not rules.control:
        values["control"] = screening.control
    if screening.sample_size is not None and screening.sample_size != rules.sample_size:
        values["people"] = str(screening.sample_size)
    if screening.statement and screening.statement != rules.statement:
        values |= {"direction": screening.statement.direction, "sentence": screening.statement.sentence}
    return values


def _explanation_of(request: Request, topic: Topic) -> Explanation:
    """What is known of the article in the path. Raises HTTPException 404 when no search of the topic ever found it."""
    site, pmid = site_of(request), pmid_of(request)
    try:
        with site.db.read() as tx:
            explanation = read_explanation(tx, topic, pmid, site.now())
    except ConfigError as unknown:
        raise HTTPException(404) from unknown
    if not (explanation.verdicts or explanation.changes):
        raise HTTPException(404)
    return explanation


def _authorize(request: Request) -> tuple[Topic, str]:
    """The topic in the path and the person the link names, "" when it is not valid for that topic."""
    topic = topic_of(request)
    return topic, screener(request, topic, request.path_params["token"])
