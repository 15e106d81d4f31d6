"""The operator's pages of roll-outs."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_operator
from webapp.accounts.services import account_by_handle
from webapp.clock import now
from webapp.errors import Invalid, NotFound
from webapp.htmx import go_to
from webapp.rollout import queries, services, words
from webapp.rollout.features import LABELS, label_of
from webapp.rollout.forms import StageForm
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import announced

bp = Blueprint("rollout", __name__, url_prefix="/admin/rollout")


@bp.get("")
def index() -> ResponseReturnValue:
    """The features that can be rolled out."""
    require_operator()
    features = [_summary(feature) for feature in LABELS]
    return render_template("rollout/index.html", features=features)


@bp.get("/<feature>")
def show(feature: str) -> ResponseReturnValue:
    """A feature's programme; with ``?handle=``, who has it and why."""
    require_operator()
    handle = request.args.get("handle", "")
    if not handle:
        return _page(feature)
    try:
        found = account_by_handle(handle)
    except NotFound as error:
        return _page(feature, handle=handle, lookup_error=error.sentence), 404
    verdicts = {platform: queries.verdict(feature, found, platform, now()) for platform in Platform}
    return _page(feature, handle=found.handle, found=found, verdicts=verdicts)


@bp.post("/<feature>/start")
def start(feature: str) -> ResponseReturnValue:
    """The announcement's programme begins."""
    services.start(feature, now(), require_operator())
    return _done(feature)


@bp.post("/<feature>/pause")
def pause(feature: str) -> ResponseReturnValue:
    """The programme's clock stops."""
    services.pause(feature, now(), require_operator())
    return _done(feature)


@bp.post("/<feature>/resume")
def resume(feature: str) -> ResponseReturnValue:
    """The programme's clock goes on."""
    services.resume(feature, now(), require_operator())
    return _done(feature)


@bp.post("/<feature>/open")
def open_to_everybody(feature: str) -> ResponseReturnValue:
    """Everybody has it."""
    services.open_to_everybody(feature, now(), require_operator())
    return _done(feature)


@bp.post("/<feature>/stages/<int:number>/jump")
def jump(feature: str, number: int) -> ResponseReturnValue:
    """A stage begins now."""
    services.jump(feature, number, now(), require_operator())
    return _done(feature)


@bp.get("/<feature>/stages/<int:number>")
def edit_stage(feature: str, number: int) -> ResponseReturnValue:
    """The form that changes a stage."""
    require_operator()
    return _stage_page(feature, number, StageForm.of(queries.programme(feature).stage(number)))


@bp.post("/<feature>/stages/<int:number>")
def change_stage(feature: str, number: int) -> ResponseReturnValue:
    """A stage gets another date, share or platforms."""
    operator, form = require_operator(), StageForm(request.form)
    stage = queries.programme(feature).stage(number)
    if not form.validate():
        return _stage_page(feature, number, form), 422
    try:
        services.change_stage(feature, form.changed(stage), now(), operator)
    except Invalid as error:
        form.form_errors.append(error.sentence)
        return _stage_page(feature, number, form), 422
    return _done(feature)


@bp.post("/<feature>/list")
def put_on_list(feature: str) -> ResponseReturnValue:
    """Somebody has it from the first stage on."""
    operator, handle = require_operator(), request.form.get("handle", "")
    label_of(feature)
    try:
        services.put_on_list(feature, handle, now(), operator)
    except NotFound as error:
        return _page(feature, to_list=handle, list_error=error.sentence), 422
    return _done(feature)


@bp.post("/<feature>/list/<handle>/remove")
def take_off_list(feature: str, handle: str) -> ResponseReturnValue:
    """Somebody is off the list again."""
    services.take_off_list(feature, handle, now(), require_operator())
    return _done(feature)


def _page(feature: str, **more: Any) -> str:
    return render_template("rollout/feature.html", **_summary(feature), **_details(feature), **more)


def _stage_page(feature: str, number: int, form: StageForm) -> str:
    stage = queries.programme(feature).stage(number)
    names = {platform.value: platform.title for platform in Platform}
    return render_template(
        "rollout/stage.html", feature=feature, label=label_of(feature), stage=stage, form=form, names=names
    )


def _summary(feature: str) -> dict[str, Any]:
    programme = queries.programme(feature)
    begun, coming = programme.begun(now()), programme.coming(now())
    return {
        "feature": feature,
        "label": label_of(feature),
        "programme": programme,
        "begun": begun,
        "current": begun[-1] if begun else None,
        "coming": coming,
        "open": programme.everybody_has_it(now()),
    }


def _details(feature: str) -> dict[str, Any]:
    programme = queries.programme(feature)
    return {
        "counts": queries.counts(programme, now()),
        "accounts": len(queries.accounts()),
        "listed": queries.listed(feature),
        "events": queries.events(feature),
        "announced": announced(feature, programme.listed, now()).stages,
        "places": words.places,
        "happened": words.happened,
        "by_whom": words.by_whom,
    }


def _done(feature: str) -> ResponseReturnValue:
    return go_to(f"{bp.url_prefix}/{feature}")
