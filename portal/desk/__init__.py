"""The service desk: tickets come in, are talked about, handed over, closed."""

from portal.desk import conversation, drafts, intake, models, posting, queues, states

__all__ = ["conversation", "drafts", "intake", "models", "posting", "queues", "states"]
