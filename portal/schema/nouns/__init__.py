"""One small file per kind of document; `KINDS` says which folder holds which."""

from portal.schema.nouns.assignment import AssignmentNoun
from portal.schema.nouns.base import COLOURS, Colour, Duration, Noun, Span
from portal.schema.nouns.calendar import CalendarNoun
from portal.schema.nouns.condition import When
from portal.schema.nouns.confirmation import ConfirmationNoun
from portal.schema.nouns.coupon import CouponNoun
from portal.schema.nouns.duplicates import DuplicatesNoun
from portal.schema.nouns.entity import PANELS, Declaration, DetailNoun, EntityNoun, FieldNoun, ListNoun, Retention
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.nouns.message import MessageNoun
from portal.schema.nouns.metric import MetricNoun
from portal.schema.nouns.provider import ProviderNoun
from portal.schema.nouns.quality import QualityNoun
from portal.schema.nouns.report import ReportNoun
from portal.schema.nouns.role import RoleNoun
from portal.schema.nouns.scoring import ScoringNoun
from portal.schema.nouns.segment import SegmentNoun
from portal.schema.nouns.survey import SurveyNoun
from portal.schema.nouns.tags import TagsNoun
from portal.schema.nouns.tier import TierNoun
from portal.schema.nouns.workflow import Until, WorkflowNoun

KINDS: dict[str, type[Noun]] = {  # folder → model; the model knows the key that names a document
    "entities": EntityNoun,
    "tags": TagsNoun,
    "metrics": MetricNoun,
    "tiers": TierNoun,
    "scoring": ScoringNoun,
    "assignment": AssignmentNoun,
    "duplicates": DuplicatesNoun,
    "quality": QualityNoun,
    "confirmations": ConfirmationNoun,
    "surveys": SurveyNoun,
    "coupons": CouponNoun,
    "providers": ProviderNoun,
    "workflows": WorkflowNoun,
    "calendars": CalendarNoun,
    "segments": SegmentNoun,
    "messages": MessageNoun,
    "reports": ReportNoun,
    "roles": RoleNoun,
}

__all__ = [
    "COLOURS",
    "KINDS",
    "PANELS",
    "AssignmentNoun",
    "CalendarNoun",
    "Colour",
    "ConfirmationNoun",
    "CouponNoun",
    "Declaration",
    "DetailNoun",
    "DuplicatesNoun",
    "Duration",
    "EntityNoun",
    "FieldNoun",
    "ListNoun",
    "MessageNoun",
    "MetricNoun",
    "Noun",
    "ProvenNoun",
    "ProviderNoun",
    "QualityNoun",
    "ReportNoun",
    "Retention",
    "RoleNoun",
    "ScoringNoun",
    "SegmentNoun",
    "Span",
    "SurveyNoun",
    "TagsNoun",
    "TierNoun",
    "Until",
    "When",
    "WorkflowNoun",
]
