"""Who may do what, and see what: one table of roles by actions and one of roles by fields.

Every door asks `require` (through `staff.acting`) before it calls a service, and shows a field only as `sight` says. The tests of every
cell are generated from the same tables. What each door needs stands in `doors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import RefusedError
from bot.records.staff import Role


@dataclass(frozen=True)
class Actor:
    """Somebody who does something. `organization_id`: whose referrals a partner sees; none: the operator's own staff."""

    name: str
    role: Role | None = None
    organization_id: str | None = None


PERSON = Actor("person")
ASSISTANT = Actor("assistant")


class Action(StrEnum):
    """The names stand in the audit too."""

    TICKET_LIST = "ticket.list"
    TICKET_READ = "ticket.read"
    TICKET_CLAIM = "ticket.claim"
    TICKET_REPLY = "ticket.reply"
    TICKET_CLOSE = "ticket.close"
    TICKET_NOTE = "ticket.note"
    TICKET_SORT = "ticket.sort"  # topic, urgency and tags
    TICKET_SNOOZE = "ticket.snooze"
    TICKET_ASSIGN = "ticket.assign"  # to somebody else, or back to the queue
    TICKET_APPROVE = "ticket.approve"  # what another one wrote on a sensitive topic
    TICKET_EXPORT = "ticket.export"
    FILE_OPEN = "file.open"
    REFERRAL_LIST = "referral.list"
    REFERRAL_READ = "referral.read"
    REFERRAL_CREATE = "referral.create"  # at a desk, for the person in front of it
    REFERRAL_ANSWER = "referral.answer"  # received, accepted, rejected, in service, done
    REFERRAL_REVOKE = "referral.revoke"
    REFERRAL_SHARE = "referral.share"  # a link or a sheet of paper for the institution
    IDENTITY_OPEN = "identity.open"  # what names the person, with a reason
    CASE_READ = "case.read"
    CASE_ADVANCE = "case.advance"
    PERSON_EXPORT = "person.export"
    PERSON_ERASE = "person.erase"
    PERSON_CORRECT = "person.correct"  # of an official who learns: name, office, municipality, post, reminders
    ARCO_LIST = "arco.list"
    ARCO_ANSWER = "arco.answer"
    HOLD_PLACE = "hold.place"
    RETENTION_RUN = "retention.run"
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    STAFF_LIST = "staff.list"
    STAFF_MANAGE = "staff.manage"
    BACKUP_MAKE = "backup.make"
    KEYS_ROTATE = "keys.rotate"
    REPORT = "report"
    REVIEW_READ = "review.read"
    REVIEW_WRITE = "review.write"
    REVIEW_SETTLE = "review.settle"  # which label counts where readers differ
    EXAMPLE_DECIDE = "example.decide"
    DIRECTORY_READ = "directory.read"
    DIRECTORY_EDIT = "directory.edit"
    OFFICIAL_INVITE = "official.invite"  # to learn, for an office and a municipality
    LEARNING_REACH = "learning.reach"  # how many are trained in each municipality, of all offices
    LEARNING_REPORT = "learning.report"  # how many finished what, by office; never answers
    CERTIFICATE_REVOKE = "certificate.revoke"


_DESK = {Role.AGENT, Role.SUPERVISOR}
_OPERATORS = {Role.ADMIN, Role.DATA_OFFICER}
_REVIEWERS = {Role.REVIEWER, Role.SUPERVISOR}

MAY: Mapping[Action, frozenset[Role]] = {
    Action.TICKET_LIST: frozenset(_DESK),
    Action.TICKET_READ: frozenset(_DESK),
    Action.TICKET_CLAIM: frozenset(_DESK),
    Action.TICKET_REPLY: frozenset(_DESK),
    Action.TICKET_CLOSE: frozenset(_DESK),
    Action.TICKET_NOTE: frozenset(_DESK),
    Action.TICKET_SORT: frozenset(_DESK),
    Action.TICKET_SNOOZE: frozenset(_DESK),
    Action.TICKET_ASSIGN: frozenset({Role.SUPERVISOR}),
    Action.TICKET_APPROVE: frozenset({Role.SUPERVISOR}),
    Action.TICKET_EXPORT: frozenset({Role.SUPERVISOR, Role.DATA_OFFICER}),
    Action.FILE_OPEN: frozenset(_DESK),
    Action.REFERRAL_LIST: frozenset({*_DESK, Role.PARTNER}),
    Action.REFERRAL_READ: frozenset({*_DESK, Role.PARTNER}),
    Action.REFERRAL_CREATE: frozenset(_DESK),
    Action.REFERRAL_ANSWER: frozenset({*_DESK, Role.PARTNER}),
    Action.REFERRAL_REVOKE: frozenset(_DESK),
    Action.REFERRAL_SHARE: frozenset(_DESK),
    Action.IDENTITY_OPEN: frozenset({*_DESK, Role.DATA_OFFICER}),
    Action.CASE_READ: frozenset({*_DESK, Role.PARTNER}),
    Action.CASE_ADVANCE: frozenset({*_DESK, Role.PARTNER}),
    Action.PERSON_EXPORT: frozenset({Role.DATA_OFFICER}),
    Action.PERSON_ERASE: frozenset({Role.DATA_OFFICER}),
    Action.PERSON_CORRECT: frozenset({Role.DATA_OFFICER}),
    Action.ARCO_LIST: frozenset({Role.DATA_OFFICER, Role.SUPERVISOR}),
    Action.ARCO_ANSWER: frozenset({Role.DATA_OFFICER}),
    Action.HOLD_PLACE: frozenset({Role.DATA_OFFICER}),
    Action.RETENTION_RUN: frozenset(_OPERATORS),
    Action.AUDIT_READ: frozenset({Role.DATA_OFFICER}),
    Action.AUDIT_VERIFY: frozenset(_OPERATORS),
    Action.STAFF_LIST: frozenset({*_OPERATORS, Role.SUPERVISOR}),
    Action.STAFF_MANAGE: frozenset({Role.ADMIN}),
    Action.BACKUP_MAKE: frozenset({Role.ADMIN}),
    Action.KEYS_ROTATE: frozenset({Role.ADMIN}),
    Action.REPORT: frozenset({*_OPERATORS, Role.SUPERVISOR, Role.REVIEWER}),
    Action.REVIEW_READ: frozenset(_REVIEWERS),
    Action.REVIEW_WRITE: frozenset(_REVIEWERS),
    Action.REVIEW_SETTLE: frozenset({Role.SUPERVISOR}),
    Action.EXAMPLE_DECIDE: frozenset({Role.EDITOR}),
    Action.DIRECTORY_READ: frozenset({*_DESK, Role.EDITOR, Role.REVIEWER, Role.ADMIN}),
    Action.DIRECTORY_EDIT: frozenset({Role.EDITOR}),
    Action.OFFICIAL_INVITE: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.LEARNING_REACH: frozenset({*_OPERATORS, Role.SUPERVISOR}),
    Action.LEARNING_REPORT: frozenset({*_OPERATORS, Role.SUPERVISOR, Role.PARTNER}),  # a partner sees their own office's
    Action.CERTIFICATE_REVOKE: frozenset({Role.SUPERVISOR}),
}


class Field(StrEnum):
    """What a record shows of a person and a case."""

    FOLIO = "folio"
    STATE = "state"
    NEED = "need"
    PLACE = "place"
    LANGUAGE = "language"
    TRANSCRIPT = "transcript"
    STORY = "story"
    NAME = "name"
    TELEPHONE = "telephone"
    DOCUMENTS = "documents"
    OTHER = "other"  # any answer that no other name covers


class Sight(StrEnum):
    CLEAR = "clear"
    CONSENTED = "consented"  # only of a referral to their own organization, and only what the person agreed to share with it
    ON_REASON = "on_reason"  # hidden until they say why they need it, which is written down
    MASKED = "masked"  # single messages on the pages of review, without what identifies the person (`review.masking`); nowhere else
    HIDDEN = "hidden"


_CASE = {Field.FOLIO: Sight.CLEAR, Field.STATE: Sight.CLEAR, Field.NEED: Sight.CLEAR, Field.PLACE: Sight.CLEAR, Field.LANGUAGE: Sight.CLEAR}
_NOBODY = dict.fromkeys(Field, Sight.HIDDEN)
_ON_DUTY = {
    **_NOBODY, **_CASE, Field.TRANSCRIPT: Sight.CLEAR, Field.STORY: Sight.CLEAR, Field.NAME: Sight.ON_REASON,
    Field.TELEPHONE: Sight.ON_REASON, Field.DOCUMENTS: Sight.ON_REASON, Field.OTHER: Sight.ON_REASON,
}  # fmt: skip

SEES: Mapping[Role, Mapping[Field, Sight]] = {
    Role.AGENT: _ON_DUTY,
    Role.SUPERVISOR: _ON_DUTY,
    Role.DATA_OFFICER: {**_ON_DUTY, Field.TRANSCRIPT: Sight.ON_REASON, Field.STORY: Sight.ON_REASON},
    Role.PARTNER: {
        **_NOBODY, Field.FOLIO: Sight.CLEAR, Field.STATE: Sight.CLEAR, Field.LANGUAGE: Sight.CLEAR,
        **dict.fromkeys((Field.NEED, Field.PLACE, Field.STORY, Field.NAME, Field.TELEPHONE, Field.DOCUMENTS, Field.OTHER), Sight.CONSENTED),
    },
    Role.EDITOR: {**_NOBODY, Field.TRANSCRIPT: Sight.MASKED},  # the phrases that readers propose as examples
    Role.REVIEWER: {**_NOBODY, Field.TRANSCRIPT: Sight.MASKED},
    Role.ADMIN: _NOBODY,
}  # fmt: skip


def may(role: Role | None, action: Action) -> bool:
    return role in MAY[action]


def require(actor: Actor, action: Action) -> None:
    """Raises RefusedError when the actor's role may not do that."""
    if not may(actor.role, action):
        raise RefusedError(f"{actor.name} no tiene permiso para «{action}»; pídalo a quien administra las cuentas")


def sight(role: Role | None, field: Field) -> Sight:
    return SEES[role][field] if role else Sight.HIDDEN
