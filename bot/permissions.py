"""Who may do what, and see what: one table of roles by actions and one of roles by fields.

Every door asks `require` (through `staff.acting`) before it calls a service, and shows a field only as `sight` says. The tests of every
cell are generated from the same tables, and a command or page that is not in DOORS fails them.
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

OPEN = "open"  # shows and changes nothing about any person, or only to that person
SIGNED_IN = "signed in"  # of the member's own account, whatever their role
BEGUN = "begun"  # the same, for who has given the password and not yet all the rest: what they finish with

DOORS: Mapping[str, Action | str] = {
    "up": OPEN, "serve": OPEN, "train": OPEN, "chat": OPEN, "parse": OPEN, "check": OPEN, "translations": OPEN, "directory": OPEN,
    "tickets list": Action.TICKET_LIST, "tickets show": Action.TICKET_READ, "tickets claim": Action.TICKET_CLAIM,
    "tickets reply": Action.TICKET_REPLY, "tickets file": Action.FILE_OPEN, "tickets close": Action.TICKET_CLOSE,
    "referrals list": Action.REFERRAL_LIST, "referrals show": Action.REFERRAL_READ, "referrals set": Action.REFERRAL_ANSWER,
    "referrals revoke": Action.REFERRAL_REVOKE,
    "desk": Action.REFERRAL_CREATE,
    "cases list": Action.CASE_READ, "cases show": Action.CASE_READ, "cases advance": Action.CASE_ADVANCE,
    "cases document": Action.CASE_ADVANCE, "cases file": Action.CASE_READ,
    "staff list": Action.STAFF_LIST, "staff add": Action.STAFF_MANAGE, "staff revoke": Action.STAFF_MANAGE,
    "staff invite": Action.STAFF_MANAGE, "staff reset": Action.STAFF_MANAGE,
    "person export": Action.PERSON_EXPORT, "person erase": Action.PERSON_ERASE, "person verify": OPEN,
    "arco list": Action.ARCO_LIST, "arco show": Action.ARCO_LIST, "arco extend": Action.ARCO_ANSWER, "arco grant": Action.ARCO_ANSWER,
    "arco deny": Action.ARCO_ANSWER, "arco done": Action.ARCO_ANSWER,
    "holds place": Action.HOLD_PLACE, "holds lift": Action.HOLD_PLACE, "holds list": Action.HOLD_PLACE,
    "audit verify": Action.AUDIT_VERIFY, "audit show": Action.AUDIT_READ,
    "links make": Action.REFERRAL_SHARE, "links list": Action.REFERRAL_SHARE, "links revoke": Action.REFERRAL_SHARE,
    "links paper": Action.REFERRAL_SHARE,
    "/caso/{token}": OPEN,  # what stands in the link is the permission: for one case, one institution and some days
    "/invitacion/{token}": OPEN,  # so is this one: for one account, until it has a password and a second factor
    "/paginas": OPEN,  # how they look
    "keys rotate": Action.KEYS_ROTATE, "keys check": Action.KEYS_ROTATE, "retention": Action.RETENTION_RUN,
    "backup": Action.BACKUP_MAKE, "restore": Action.BACKUP_MAKE,
    "/": OPEN, "/mensaje": OPEN,  # the chat on this machine: whoever has the cookie has that chat and no other
    "/static": OPEN, "/health": OPEN, "/healthz": OPEN, "/metrics": OPEN,  # counts and durations
    "/telegram": OPEN,  # Telegram alone knows the secret of the header
    "review save": Action.REVIEW_WRITE,
    "report": Action.REPORT, "seed": OPEN,  # refuses a database with real people
    "/consola": SIGNED_IN, "/consola/alta": BEGUN, "/consola/alta/dibujo.svg": BEGUN, "/consola/ayuda": SIGNED_IN,
    "/consola/bandeja": Action.TICKET_LIST, "/consola/casos": Action.REFERRAL_LIST, "/consola/casos/{folio}": Action.REFERRAL_READ,
    "/consola/casos/{folio}/anular": Action.REFERRAL_REVOKE, "/consola/casos/{folio}/enlace": Action.REFERRAL_SHARE,
    "/consola/casos/{folio}/etapa": Action.CASE_ADVANCE, "/consola/casos/{folio}/foto": Action.CASE_READ,
    "/consola/casos/{folio}/hoja": Action.REFERRAL_SHARE, "/consola/casos/{folio}/identidad": Action.IDENTITY_OPEN,
    "/consola/casos/{folio}/papel": Action.CASE_ADVANCE, "/consola/casos/{folio}/respuesta": Action.REFERRAL_ANSWER,
    "/consola/casos/{folio}/sin-enlaces": Action.REFERRAL_SHARE, "/consola/codigo": BEGUN, "/consola/conducta": BEGUN,
    "/consola/cuenta": SIGNED_IN, "/consola/cuenta/ausencia": SIGNED_IN, "/consola/cuenta/avisos": SIGNED_IN,
    "/consola/cuenta/codigos": SIGNED_IN, "/consola/cuenta/contrasena": SIGNED_IN, "/consola/cuenta/sesiones": SIGNED_IN,
    "/consola/cuenta/telefono": SIGNED_IN, "/consola/cuenta/telefono/confirmar": SIGNED_IN, "/consola/cuenta/telegram": SIGNED_IN,
    "/consola/cuenta/telegram/quitar": SIGNED_IN, "/consola/derechos": Action.ARCO_LIST, "/consola/derechos/borrar": Action.PERSON_ERASE,
    "/consola/derechos/copia": Action.PERSON_EXPORT, "/consola/derechos/ordenes": Action.HOLD_PLACE,
    "/consola/derechos/ordenes/levantar": Action.HOLD_PLACE, "/consola/derechos/ordenes/poner": Action.HOLD_PLACE,
    "/consola/derechos/que-se-borra": Action.PERSON_ERASE, "/consola/derechos/recibo": Action.ARCO_LIST,
    "/consola/derechos/{folio}": Action.ARCO_LIST, "/consola/derechos/{folio}/respuesta": Action.ARCO_ANSWER,
    "/consola/directorio": Action.DIRECTORY_READ, "/consola/directorio/{service}/cambiar": Action.DIRECTORY_EDIT,
    "/consola/directorio/{service}/guardar": Action.DIRECTORY_EDIT, "/consola/ejemplos": Action.EXAMPLE_DECIDE,
    "/consola/ejemplos/{example}/aceptar": Action.EXAMPLE_DECIDE, "/consola/ejemplos/{example}/descartar": Action.EXAMPLE_DECIDE,
    "/consola/entrar": OPEN, "/consola/equipo": Action.STAFF_LIST, "/consola/equipo/enlace": Action.STAFF_MANAGE,
    "/consola/equipo/invitar": Action.STAFF_MANAGE, "/consola/equipo/quitar": Action.STAFF_MANAGE,
    "/consola/equipo/reponer": Action.STAFF_MANAGE, "/consola/equipo/sesiones": Action.STAFF_MANAGE, "/consola/estilo": OPEN,
    "/consola/exportar": Action.TICKET_EXPORT, "/consola/exportar/hacer": Action.TICKET_EXPORT,
    "/consola/exportar/{token}": Action.TICKET_EXPORT, "/consola/peticiones/{ticket}": Action.TICKET_READ,
    "/consola/peticiones/{ticket}/archivo/{file}": Action.FILE_OPEN,
    "/consola/peticiones/{ticket}/archivo/{file}/abrir": Action.FILE_OPEN, "/consola/peticiones/{ticket}/borrador": Action.TICKET_REPLY,
    "/consola/peticiones/{ticket}/caso": Action.REFERRAL_CREATE, "/consola/peticiones/{ticket}/caso/leer": Action.REFERRAL_CREATE,
    "/consola/peticiones/{ticket}/caso/mandar": Action.REFERRAL_CREATE, "/consola/peticiones/{ticket}/caso/pedir": Action.REFERRAL_CREATE,
    "/consola/peticiones/{ticket}/cerrar": Action.TICKET_CLOSE, "/consola/peticiones/{ticket}/nota": Action.TICKET_NOTE,
    "/consola/peticiones/{ticket}/ordenar": Action.TICKET_SORT, "/consola/peticiones/{ticket}/pasar": Action.TICKET_ASSIGN,
    "/consola/peticiones/{ticket}/posponer": Action.TICKET_SNOOZE,
    "/consola/peticiones/{ticket}/propuesta/{proposal}/aprobar": Action.TICKET_APPROVE,
    "/consola/peticiones/{ticket}/propuesta/{proposal}/devolver": Action.TICKET_APPROVE,
    "/consola/peticiones/{ticket}/reenviar/{message}": Action.TICKET_REPLY, "/consola/peticiones/{ticket}/responder": Action.TICKET_REPLY,
    "/consola/peticiones/{ticket}/soltar": Action.TICKET_CLAIM, "/consola/peticiones/{ticket}/tomar": Action.TICKET_CLAIM,
    "/consola/peticiones/{ticket}/traducir": Action.TICKET_READ, "/consola/peticiones/{ticket}/traducir/{message}": Action.TICKET_NOTE,
    "/consola/por-revisar": Action.TICKET_APPROVE, "/consola/registro": Action.AUDIT_READ,
    "/consola/registro/cadena": Action.AUDIT_VERIFY, "/consola/registro/verificar": Action.AUDIT_VERIFY,
    "/consola/revision": Action.REVIEW_READ, "/consola/revision/acuerdo": Action.REVIEW_READ,
    "/consola/revision/{message}": Action.REVIEW_READ, "/consola/revision/{message}/decidir": Action.REVIEW_SETTLE,
    "/consola/revision/{message}/opinar": Action.REVIEW_WRITE, "/consola/revision/{message}/prueba": Action.REVIEW_WRITE,
    "/consola/salir": BEGUN, "/consola/tablero": Action.REPORT, "/consola/tablero/{chart}.csv": Action.REPORT,
    "/consola/tablero/{chart}.svg": Action.REPORT, "/consola/vivo": Action.TICKET_LIST, "/consola/vivo/{ticket}": Action.TICKET_READ,
}  # fmt: skip
"""What each command and page needs: its words or its path, and the action."""


def may(role: Role | None, action: Action) -> bool:
    return role in MAY[action]


def require(actor: Actor, action: Action) -> None:
    """Raises RefusedError when the actor's role may not do that."""
    if not may(actor.role, action):
        raise RefusedError(f"{actor.name} no tiene permiso para «{action}»; pídalo a quien administra las cuentas")


def sight(role: Role | None, field: Field) -> Sight:
    return SEES[role][field] if role else Sight.HIDDEN
