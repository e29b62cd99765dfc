"""What a salesperson does today, and the quick form for what was said with a customer."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, forms, records, sales, schema
from portal.blueprints import screens
from portal.blueprints.addresses import local
from portal.errors import Invalid, NotFound
from portal.records import Record
from portal.security import policy

bp = Blueprint("follow_ups", __name__)
FOLLOW_UP, TASK, CUSTOMER = "follow_up", "task", "customer"
QUICK = ("way", "contact", "summary", "feedback", "mood", "file")  # the form in the order of a conversation
NEXT = ("next_step", "next_due")


@bp.get("/today")
@policy.requires_entity("view", TASK)
def today() -> str:
    """Overdue, today, coming and done; 404 for whom the day is not open."""
    if not sales.tasks.is_open_to(screens.me()):
        raise NotFound
    entity = schema.current().entities[TASK]
    return render_template("sales/today.html", day=sales.tasks.of_day(current_user), entity=entity)


@bp.post("/today/<int:task_id>/completion")
@policy.requires_entity("edit", TASK)
def complete(task_id: int) -> Response:
    """Tick a task off; the toast takes it back."""
    task = records.fetch(TASK, task_id, current_user, "edit")
    sales.tasks.complete(task, by=current_user)
    undo = url_for("follow_ups.reopen", task_id=task_id)
    return _day(_("“%(name)s” is done.", name=task.title), undo)


@bp.post("/today/<int:task_id>/reopening")
@policy.requires_entity("edit", TASK)
def reopen(task_id: int) -> Response:
    """Take back that a task is done."""
    task = records.fetch(TASK, task_id, current_user, "edit")
    sales.tasks.reopen(task, by=current_user)
    return _day(_("“%(name)s” is open again.", name=task.title))


def _day(message: str, undo: str | None = None) -> Response:
    """The lists as they are now, for htmx; else the page again."""
    if not screens.is_piece():
        screens.tell(message, undo=undo)
        return redirect(local(request.form.get("back"), url_for("follow_ups.today")), 303)
    answer = make_response(render_template("sales/day.html", day=sales.tasks.of_day(current_user)))
    return screens.toast(answer, message, undo=undo)


@bp.get("/customers/<int:customer_id>/follow-up")
@policy.requires_entity("create", FOLLOW_UP)
def form(customer_id: int) -> str:
    """The quick form, for a customer or (`?task=`) for a task about it."""
    customer, task = _about(customer_id)
    return _page(customer, task, _form(customer, task))


@bp.post("/customers/<int:customer_id>/follow-up")
@policy.requires_entity("create", FOLLOW_UP)
def write(customer_id: int) -> Response | tuple[str, int]:
    """Save the follow-up; its task is closed and the next one planned with it."""
    customer, task = _about(customer_id)
    entered = _form(customer, task)
    if not entered.validate_on_submit():
        return _page(customer, task, entered), 422
    values = {key: value for key, value in entered.values(current_user).items() if key in QUICK + NEXT}
    try:
        values |= {"customer": customer.id, "task": task.id if task else None}
        saved = sales.follow_ups.write(values, by=current_user)
    except Invalid as refused:
        return _page(customer, task, entered, entered.tell(refused.problems)), 422
    screens.tell(_said(saved, task))
    return redirect(local(request.form.get("back"), _customer_address(customer)), 303)


def _about(customer_id: int) -> tuple[Record, Record | None]:
    """The customer and, where one is named, the open task about it."""
    customer = records.fetch(CUSTOMER, customer_id, current_user)
    task_id = request.values.get("task", type=int)
    task = records.fetch(TASK, task_id, current_user) if task_id else None
    return customer, task if task is not None and task[CUSTOMER] == customer.id else None


def _form(customer: Record, task: Record | None) -> forms.RecordForm:
    entity = schema.current().entities[FOLLOW_UP]
    begin: dict[str, Any] = {"customer": customer.id, "at": clock.now(), "way": "visit" if _is_visit(task) else "phone"}
    return forms.record_form(entity, current_user, data=begin | ({"task": task.id} if task else {}))


def _is_visit(task: Record | None) -> bool:
    return task is not None and task["kind"] == "visit"


def _said(saved: Record, task: Record | None) -> str:
    if task and saved["next_due"]:
        return _("Saved. The task is done and the next one planned for %(day)s.", day=saved.text("next_due"))
    if task:
        return _("Saved. The task is done.")
    if saved["next_due"]:
        return _("Saved. The next task is planned for %(day)s.", day=saved.text("next_due"))
    return _("The follow-up is saved.")


def _customer_address(customer: Record) -> str:
    return url_for("records.show", entity=customer.entity, record_id=customer.id)


def _page(customer: Record, task: Record | None, entered: forms.RecordForm, problems: Any = ()) -> str:
    return render_template(
        "sales/follow_up.html",
        customer=customer,
        task=task,
        form=entered,
        quick=[entered[key] for key in QUICK if key in entered],
        following=[entered[key] for key in NEXT if key in entered],
        problems=problems,
        phrases=sales.phrases.PHRASES,
        back=local(request.values.get("back"), _customer_address(customer)),
    )
