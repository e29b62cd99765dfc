"""The names of audited deeds for people."""

from flask_babel import lazy_gettext as _l

DEEDS = {
    "person.added": _l("Person added"),
    "person.changed": _l("Person changed"),
    "person.disabled": _l("Person disabled"),
    "person.enabled": _l("Person let in again"),
    "person.password_changed": _l("Password changed"),
    "person.password_reset": _l("One-time password given"),
    "person.disguised": _l("Looked as a role"),
    "person.undisguised": _l("Stopped looking as a role"),
    "person.signed_in": _l("Signed in"),
    "person.signed_out": _l("Signed out"),
    "person.sign_in_refused": _l("Sign-in refused"),
    "office.added": _l("Office added"),
    "office.changed": _l("Office changed"),
    "team.added": _l("Team added"),
    "team.changed": _l("Team changed"),
    "record.created": _l("Record created"),
    "record.changed": _l("Record changed"),
    "record.archived": _l("Record archived"),
    "record.restored": _l("Record restored"),
    "records.exported": _l("Records exported"),
    "job.cancelled": _l("Job cancelled"),
    "job.retried": _l("Job run again"),
    "schedule.run": _l("Held job run"),
    "schedule.dismissed": _l("Held job let pass"),
    "workflow.moved": _l("Workflow run moved to another release"),
    "workflow.retried": _l("Workflow step tried again"),
    "workflow.cancelled": _l("Workflow run cancelled"),
    "approval.approved": _l("Approved"),
    "approval.rejected": _l("Rejected"),
    "approval.delegated": _l("Approval handed on"),
    "import.done": _l("Import finished"),
    "schema.published": _l("Release published"),
    "schema.retyped": _l("Field changed its type"),
    "view.saved": _l("View saved"),
    "view.dropped": _l("View deleted"),
    "ticket.reply": _l("Ticket answered"),
    "ticket.note": _l("Ticket noted"),
    "ticket.incoming": _l("Ticket written to"),
    "ticket.handed_over": _l("Ticket handed over"),
    "campaign.saved": _l("Campaign saved"),
    "campaign.tested": _l("Campaign tested"),
    "campaign.scheduled": _l("Campaign scheduled"),
    "campaign.started": _l("Campaign started"),
    "campaign.sending": _l("Campaign resumed"),
    "campaign.paused": _l("Campaign paused"),
    "campaign.cancelled": _l("Campaign cancelled"),
    "campaign.unsubscribed": _l("Unsubscribed from mail"),
}


def deed(action: str) -> str:
    """The name of a deed, or its key where nobody named it."""
    return str(DEEDS.get(action, action))
