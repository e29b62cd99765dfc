"""The table of field types."""

from portal.fields.address import Address
from portal.fields.auto_number import AutoNumber
from portal.fields.boolean import Boolean
from portal.fields.choice import Choice
from portal.fields.credit_code import CreditCode
from portal.fields.date import Date
from portal.fields.datetime import DateTime
from portal.fields.decimal import Decimal
from portal.fields.email import Email
from portal.fields.field_type import FieldType
from portal.fields.file import File
from portal.fields.formula import Formula
from portal.fields.integer import Integer
from portal.fields.long_text import LongText
from portal.fields.money import Money
from portal.fields.multi_choice import MultiChoice
from portal.fields.office import Office
from portal.fields.percent import Percent
from portal.fields.person import Person
from portal.fields.phone import Phone
from portal.fields.reference import Reference
from portal.fields.resident_id import ResidentId
from portal.fields.rollup import Rollup
from portal.fields.tags import Tags
from portal.fields.team import Team
from portal.fields.text import Text
from portal.fields.url import Url

_ALL: tuple[type[FieldType], ...] = (
    Text, LongText, Integer, Decimal, Money, Percent, Boolean, Date, DateTime, Choice, MultiChoice,
    Tags, Phone, Email, Url, ResidentId, CreditCode, Address, Reference, Person, Office, Team, File, AutoNumber,
    Formula, Rollup,
)  # fmt: skip

FIELD_TYPES: dict[str, type[FieldType]] = {kind.key: kind for kind in _ALL}
