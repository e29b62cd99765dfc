"""Send one message, or many over one connection; notices for people inside the portal; texts with merge fields."""

from portal.mail.attempt import attempt as attempt
from portal.mail.merge import MergeError, MergeTemplate
from portal.mail.message import Message
from portal.mail.mime import Skeleton
from portal.mail.notices import Notice as Notice
from portal.mail.notices import notify
from portal.mail.send import Permanent as Permanent
from portal.mail.send import Temporary as Temporary
from portal.mail.send import connect, send

__all__ = ["MergeError", "MergeTemplate", "Message", "Skeleton", "connect", "notify", "send"]
