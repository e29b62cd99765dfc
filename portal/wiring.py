"""The one table of who hears what: event listeners, job kinds."""

from dataclasses import asdict

from flask import Flask, has_request_context
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import (
    audit,
    backups,
    campaigns,
    confirmations,
    coupons,
    desk,
    duplicates,
    events,
    foresight,
    insights,
    integrations,
    jobs,
    looks,
    mail,
    providers,
    receipts,
    records,
    rules,
    sales,
    schema,
    surveys,
)
from portal.fields import FieldType
from portal.jobs import scheduler
from portal.security import SYSTEM, Actor, offices, sessions


def connect(app: Flask) -> None:
    """Connect the rooms; called by create_app, harmless when repeated."""
    _jobs()
    _looks()
    _backups()
    _retention()
    _events()
    _duplicates()
    _rules()
    _foresight()
    _assignment()
    _sales()
    _records()
    _insights()
    _integrations()
    _campaigns()
    _confirmations()
    _surveys()
    _coupons()
    _providers()


def _jobs() -> None:
    jobs.register("events.deliver", _deliver, _l("Pass on what happened"))
    jobs.register("desk.post", desk.posting.post, _l("Mail an answer"), attempts=8)
    jobs.register("desk.acknowledge", desk.posting.acknowledge, _l("Acknowledge a request"))
    jobs.register("audit.verify", _verify_audit, _l("Check the audit log against its seals"))
    jobs.register(jobs.retention.JOB, jobs.retention.forget, _l("Forget what is long over"))


def _looks() -> None:
    """What a job shows to whom is gathered as in a request; the job `looks.tidy` forgets what is long over."""
    jobs.register("looks.tidy", looks.seals.forget, _l("Forget who saw what long ago"))
    if looks.of_job not in jobs.kinds.AROUND:
        jobs.kinds.AROUND.append(looks.of_job)


def _backups() -> None:
    jobs.register(backups.nightly.JOB, backups.nightly.make, _l("Make a backup"))
    jobs.register(backups.nightly.WATCH, backups.nightly.watch, _l("See that backups are made"))


def _retention() -> None:
    jobs.retention.keep(jobs.retention.Kept(jobs.Job, "keep_jobs_days", jobs.retention.finished))
    jobs.retention.keep(jobs.retention.Kept(events.Event, "keep_events_days", events.model.passed_on))
    jobs.retention.keep(jobs.retention.Kept(mail.Notice, "keep_notices_days", mail.notices.read))
    jobs.retention.keep(jobs.retention.Kept(receipts.Receipt, "keep_receipts_days", receipts.over))
    jobs.retention.keep(jobs.retention.Kept(sessions.SignIn, "keep_sign_ins_days", sessions.over))


def _events() -> None:
    events.on_pending(_ask_delivery)
    for sweeper in (_sweep_events, audit.seals.seal, looks.seals.seal):
        if sweeper not in scheduler.SWEEPERS:
            scheduler.SWEEPERS.append(sweeper)


def _records() -> None:
    schema.releases.on_publish(records.provision.apply, records.preparation.is_due)
    schema.layers.descents.told_by(offices.descents)
    FieldType.use_links(records.links.Links(_who))
    jobs.register(records.publishing.KIND, records.publishing.carry_out, _l("Publish a release"))
    jobs.register("records.index", records.provision.build_indexes, _l("Build indexes of a new release"))
    jobs.register(records.examination.JOB, records.examination.examine, _l("Examine a file"), attempts=6)
    jobs.register(records.upkeep.JOB, records.upkeep.tidy, _l("Tidy up stored files"))
    jobs.register(records.resealing.JOB, records.resealing.run, _l("Seal encrypted fields"), attempts=20)
    jobs.register(records.reindexing.JOB, records.reindexing.rebuild, _l("Index all records for the search"))


def _who() -> Actor:
    """In whose name references are looked up: whoever asks for the page, or the portal itself."""
    if has_request_context() and current_user.is_authenticated:
        person: Actor = current_user._get_current_object()
        return person
    return SYSTEM


def _rules() -> None:
    for action in (rules.record_actions.SetFields(), rules.record_actions.Tag(), rules.record_actions.Assign()):
        rules.actions.register(action)
    for message in (rules.message_actions.Notify(), rules.message_actions.Mail()):
        rules.actions.register(message)
    rules.actions.register(rules.approvals.Approve())
    changes, matters = rules.bulk_changes, rules.approvals.matters
    matters.register(matters.Matter(changes.MATTER, changes.go))
    jobs.register(changes.JOB, changes.make, _l("Change many records"))
    rules.actions.register(rules.webhooks.Webhook())
    jobs.register(rules.webhooks.JOB, rules.webhooks.deliver, _l("Call a webhook"))
    jobs.register(rules.metrics.JOB, rules.metrics.recompute, _l("Work out metrics and tiers"))
    jobs.register(rules.nightly.JOB, rules.nightly.recompute, _l("Work out scores and tags"))
    jobs.register(rules.quality.totals.JOB, rules.quality.totals.count, _l("Count the quality of data"))
    jobs.register(rules.quality.reminders.JOB, rules.quality.reminders.remind, _l("Remind owners of stale records"))
    events.on("pairs.moved", rules.quality.hear)
    events.on("pairs.searched", rules.quality.totals.hear)
    jobs.register(rules.triggers.JOB, rules.triggers.start_by_clock, _l("Start a workflow"))
    jobs.register(rules.workflows.engine.JOB, rules.workflows.engine.drain, _l("Take the due steps of workflows"))
    jobs.register(rules.workflows.sweep.JOB, rules.workflows.sweep.sweep, _l("Look for workflows that stand still"))
    calls = rules.webhooks
    jobs.retention.keep(jobs.retention.Kept(calls.WebhookCall, "keep_webhooks_days", calls.deliveries.over))
    jobs.register(rules.message_actions.JOB, rules.message_actions.send, _l("Send the mail of a workflow"), attempts=1)
    for kind in ("record.*", "records.*"):
        events.on(kind, rules.following.hear)
        events.on(kind, rules.triggers.hear, "after")
    events.on("deed.done", rules.scoring.settling.hear)
    for kind in ("tier.moved", "tags.changed", "score.moved"):
        events.on(kind, rules.following.hear)
        events.on(kind, rules.triggers.hear, "after")
    events.on("tier.held", rules.grace.tell, "after")
    events.on("*", rules.workflows.engine.mark)
    events.on("workflow.stuck", rules.workflows.sweep.tell, "after")
    events.on("release.published", rules.triggers.plan_schedules, "after")
    events.on("release.published", rules.metrics.follow_release, "after")
    records.timeline.register(rules.tier_timeline.SOURCE)
    records.beginnings.register("rules", rules.first.First())


def _foresight() -> None:
    jobs.register(foresight.impact.KIND, foresight.impact.look, _l("Look at the effect of a draft"))
    jobs.register(foresight.backtest.KIND, foresight.backtest.run, _l("Ask a rule of the past"))


def _duplicates() -> None:
    """Before the rules, so that they see the figures of a merged record."""
    jobs.register(duplicates.finding.JOB, duplicates.finding.find, _l("Look for duplicates"), attempts=20)
    jobs.register(duplicates.queue.JOB, duplicates.queue.merge_sure, _l("Merge sure duplicates"), attempts=20)
    for kind in ("record.created", "record.changed", "record.archived", "record.restored"):
        events.on(kind, duplicates.index.hear)
    events.on("relations.moved", _figures_of_both)
    duplicates.carrying.register(records.files.StoredFile)
    duplicates.carrying.register(rules.tags.TagMark, unique=("field", "tag"))
    duplicates.carrying.register(rules.scoring.Deed)
    duplicates.carrying.register(confirmations.Confirmation)
    duplicates.carrying.register(coupons.Coupon)
    duplicates.carrying.register(campaigns.models.Delivery, campaigns.models.deliveries_of, unique=("campaign_id",))
    records.timeline.register(duplicates.merging.SOURCE)


def _figures_of_both(event: events.Event) -> None:
    """What was rolled up over the relations of a record is rolled up anew once they are with another."""
    if event.record_id is not None and event.entity is not None:
        rules.metrics.refresh(event.entity, [event.record_id])


def _assignment() -> None:
    share, owners = rules.assignment.sharing, rules.assignment.owners
    for kind in ("record.created", "records.created"):
        events.on(kind, share.hear)
    for kind in ("record.changed", "records.changed"):
        events.on(kind, owners.hear)
    for source in rules.handling.SOURCES:
        records.timeline.register(source)
    jobs.register(rules.assignment.recycling.JOB, rules.assignment.recycling.recycle, _l("Refill the public pool"))


def _sales() -> None:
    rules.actions.register(sales.CreateTask())
    events.on("record.changed", sales.tasks.hear)
    events.on("record.created", sales.follow_ups.hear)


def _insights() -> None:
    jobs.register(insights.making.KIND, insights.making.make, _l("Make a report"))
    jobs.register(insights.weekly.KIND, insights.weekly.ask, _l("Ask for the scheduled reports"))
    events.on("release.published", insights.weekly.plan, "after")


def _confirmations() -> None:
    jobs.register(confirmations.POST.job, confirmations.POST.send, _l("Send a confirmation letter"), attempts=8)
    rules.actions.register(confirmations.Confirm())


def _surveys() -> None:
    jobs.register(surveys.POST.job, surveys.POST.send, _l("Send a survey"), attempts=8)
    rules.actions.register(surveys.Survey())
    records.timeline.register(surveys.timeline.SOURCE)
    duplicates.carrying.register(surveys.SurveyLetter)


def _coupons() -> None:
    jobs.register(coupons.issuing.JOB, coupons.issuing.send, _l("Mail a coupon"), attempts=1)
    rules.actions.register(coupons.Give())
    records.timeline.register(coupons.story.SOURCE)


def _providers() -> None:
    jobs.register(providers.asking.JOB, providers.asking.run, _l("Ask another system for values"), attempts=6)
    jobs.register(providers.asking.REFRESH, providers.asking.refresh, _l("See which records to ask about"))
    for kind in ("record.changed", "records.changed"):
        events.on(kind, providers.beside.hear)
    duplicates.carrying.register(providers.OutsideValue, unique=("provider", "field"))
    duplicates.carrying.register(providers.OutsideFetch, unique=("provider",))


def _campaigns() -> None:
    jobs.register("campaigns.send", campaigns.send, _l("Send a campaign"), attempts=20)
    records.timeline.register(campaigns.review.SOURCE)
    insights.measures.provide("campaigns", _campaign_rows)


def _campaign_rows(lens: insights.lens.Lens) -> list[dict[str, object]]:
    if lens.period is None:
        return []
    first, after = lens.period.moments
    return campaigns.review.between(lens.person, first, after)


def _ask_delivery() -> None:
    jobs.enqueue("events.deliver", unique_key="events.deliver")


def _sweep_events() -> None:
    if events.undelivered():
        from portal.extensions import transaction

        with transaction():
            _ask_delivery()


def _verify_audit(work: jobs.Work) -> dict[str, object]:
    found = asdict(audit.verify(lambda lines: work.advance(done=lines)))
    found["faults"] += list(looks.seals.verify())
    return found


def _deliver(work: jobs.Work) -> int:
    failed = events.deliver(lambda count: work.advance(done=count))
    if failed:
        raise RuntimeError(f"{failed} events wait for another try")
    return failed


def _integrations() -> None:
    jobs.register(integrations.takeouts.JOB, integrations.takeouts.make, _l("Take a list out"))
    takeouts = integrations.takeouts
    rules.approvals.matters.register(rules.approvals.matters.Matter(takeouts.MATTER, takeouts.go))
    jobs.register("imports.check", integrations.passes.check, _l("Check a file"))
    jobs.register("imports.run", integrations.passes.run, _l("Import a file"), attempts=20)
    jobs.register(integrations.undoing.KIND, integrations.undoing.run, _l("Undo an import"), attempts=20)
