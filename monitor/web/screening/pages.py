"""Where a named person screens: what awaits them, each article with all that is known of it, and the forms.

Only the signed link opens these pages, and it says who is speaking. GET and HEAD only show; what a
POST does is in `monitor.evidence.screening`, as for `monitor screen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor import evidence, store
from monitor.errors import ConfigError
from monitor.evidence import screening
from monitor.evidence.conclude import standing
from monitor.evidence.explain import Explanation, read_explanation
from monitor.links import LinkError
from monitor.model import AnswerRecord, Article, Topic
from monitor.render import text, urls
from monitor.web.account.forms import Fields
from monitor.web.pages.topic import KINDS
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.screening.forms import Unfit, choices, link_of, other_of, pmid_in, verdict_of
from monitor.web.site import Site, links_of, pmid_of, site_of, topic_of

_NOTHING_HERE = (
    404,
    "There is nothing at this address",
    "It may have been mistyped, or cut off, or its time is over. Whoever runs this service can make a new link.",
)


def screener(request: Request, topic: Topic, token: str) -> str:
    """The person for whom the link was made, "" when it is none of ours, for another topic, or too old."""
    try:
        return links_of(request).read_screening(token, topic.key, site_of(request).now())
    except LinkError:
        return ""


def queue_page(request: Request) -> Response:
    """The articles that await a person, the weightiest first, those that one has judged, and the way to any other."""
    topic, by = _opened(request)
    if not by:
        return error_page(request, *_NOTHING_HERE)
    site, asked = site_of(request), request.query_params.get("pmid", "")
    pmid = pmid_in({"pmid": asked}, "pmid")
    with site.db.read() as tx:
        if pmid and store.verdicts.current(tx, topic.key, [pmid]):
            path = f"{site.base}/topics/{topic.key}/screening/{request.path_params['token']}/{pmid}"
            return RedirectResponse(path, 303, {"Cache-Control": PRIVATE})
        judged = store.verdicts.judged(tx, topic.key)
        piles = evidence.awaiting(judged, store.screenings.links(tx, topic.key))
        record = standing(tx, topic, site.now())
    return page(
        request,
        "awaiting.html",
        cache=PRIVATE,
        topic=topic,
        token=request.path_params["token"],
        by=by,
        piles=piles,
        answer=record.answer if record else None,
        title_markup=text.title_markup,
        asked=asked,
        problem=f"No search of this topic has found an article with the PMID “{asked}”." if asked else "",
    )


def article_form(request: Request) -> Response:
    """Everything known of one article, and the forms."""
    topic, by = _opened(request)
    return _article_page(request, topic, by, {}, {}) if by else error_page(request, *_NOTHING_HERE)


def article_submit(request: Request, fields: Fields) -> Response:
    """Do what the button says, and show what became of the answer."""
    topic, by = _opened(request)
    if not by:
        return error_page(request, *_NOTHING_HERE)
    article = _explained(request, topic).article
    try:
        act, said = _ACTS.get(fields.get("button", ""), _ACTS["screen"])
        answer = act(site_of(request), topic, article, by, fields)
    except Unfit as unfit:
        return _article_page(request, topic, by, fields, unfit.problems)
    except ConfigError as error:
        return _article_page(request, topic, by, fields, {"all": str(error)})
    return _article_page(request, topic, by, {}, {}, said=said, answer=answer)


# --- what the buttons do -----------------------------------------------------------------------------


def _screen(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.screen(site.db, topic, verdict_of(topic, article, by, fields), site.now())


def _withdraw(site: Site, topic: Topic, article: Article, by: str, _fields: Fields) -> AnswerRecord | None:
    return screening.retract_screening(site.db, topic, article.pmid, by, site.now())


def _join(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.link(site.db, topic, link_of(article, by, fields, joined=True), site.now())


def _split(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.link(site.db, topic, link_of(article, by, fields, joined=False), site.now())


def _unlink(site: Site, topic: Topic, article: Article, by: str, fields: Fields) -> AnswerRecord | None:
    return screening.unlink(site.db, topic, article.pmid, other_of(fields), by, site.now())


_ACTS = {
    "screen": (_screen, "Your judgement is kept."),
    "withdraw": (_withdraw, "Withdrawn: the rules count again."),
    "join": (_join, "Kept: they are one trial."),
    "split": (_split, "Kept: they are not one trial."),
    "unlink": (_unlink, "Taken back: the rules decide about the two."),
}


# --- the page of one article -------------------------------------------------------------------------


def _article_page(
    request: Request,
    topic: Topic,
    by: str,
    fields: Fields,
    problems: Mapping[str, str],
    **done: Any,
) -> Response:
    """All that is known, and the forms: as they were sent where something is wrong with them."""
    found = _explained(request, topic)
    return page(
        request,
        "screening.html",
        status=422 if problems else 200,
        cache=PRIVATE,
        topic=topic,
        token=request.path_params["token"],
        by=by,
        found=found,
        article=found.article,
        title=text.title_markup(found.article, 4_000),
        authors=text.names(found.article.authors, is_complete=found.article.authors_complete),
        links=urls.of_article(found.article),
        kinds=KINDS,
        problems=problems,
        chosen=fields or _held(found),
        **{"said": "", "answer": None, **choices(), **done},
    )


def _held(found: Explanation) -> dict[str, str]:
    """The form as the person's word that counts now would fill it in; empty where nobody has spoken."""
    said = found.screening
    if said is None:
        return {}
    kept = {"design": said.design, "question": "yes" if said.relevance.is_match else "no", "because": said.because}
    if said.control is not found.verdict.control:
        kept["control"] = said.control
    if said.sample_size is not None and said.sample_size != found.verdict.sample_size:
        kept["people"] = str(said.sample_size)
    if said.statement and said.statement != found.verdict.statement:
        kept |= {"direction": said.statement.direction, "sentence": said.statement.sentence}
    return kept


def _explained(request: Request, topic: Topic) -> Explanation:
    """What is known of the article in the path; 404 when no search of the topic ever found it."""
    site, pmid = site_of(request), pmid_of(request)
    try:
        with site.db.read() as tx:
            found = read_explanation(tx, topic, pmid, site.now())
    except ConfigError as unknown:
        raise HTTPException(404) from unknown
    if not (found.verdicts or found.changes):
        raise HTTPException(404)
    return found


def _opened(request: Request) -> tuple[Topic, str]:
    """The topic in the path and who is speaking, "" when the link does not open it."""
    topic = topic_of(request)
    return topic, screener(request, topic, request.path_params["token"])
