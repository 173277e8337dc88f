"""One row for each conversation and for each case, for who reckons further with them: without names, telephones or anything that was said.

A column is there only if the role sees that field, and what a case was about only while the person's consent to share it stands.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.marking import N_
from bot.content.published import Content
from bot.numbers.names import STATUS, Names
from bot.numbers.period import Period
from bot.permissions import Actor, Field, Sight, sight
from bot.records.conversations import Conversation, Message, of_migrants
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralState
from bot.records.tickets import Ticket

KINDS = {"conversations": N_("Conversaciones"), "referrals": N_("Casos")}
FORMATS = {"csv": N_("CSV, para hojas de cálculo"), "jsonl": N_("JSONL, para programas")}
NEED, PLACE = "need", "municipality"  # as the consent names them

type Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    name: str
    tag: str  # HXL's
    field: Field
    of: Callable[[Any], Any]


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(MEXICO):%Y-%m-%d}" if moment else ""


CONVERSATION = (
    Column("referencia", "#meta+id", Field.FOLIO, lambda each: each.reference),
    Column("idioma", "#meta+lang", Field.LANGUAGE, lambda each: each.language),
    Column("empezo", "#date+start", Field.STATE, lambda each: _day(each.created_at)),
    Column("ultimo_dia", "#date+end", Field.STATE, lambda each: _day(each.updated_at)),
)
COUNTS = (
    ("contestadas", "#indicator+answered+num", "answer"), ("propuestas", "#indicator+suggested+num", "suggest"),
    ("no_entendidas", "#indicator+missed+num", "fallback"), ("peticiones", "#indicator+requests+num", "ticket"),
    ("casos", "#indicator+referrals+num", "referral"),
)  # fmt: skip


def conversation_rows(session: Session, actor: Actor, period: Period) -> list[Row]:
    begun = (Conversation.created_at >= period.begins, Conversation.created_at < period.ends)
    inside = (*begun, Conversation.leaves_at.is_(None), of_migrants())
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    asked = select(Message.conversation_id, Message.decision, func.count()).join(Conversation, Conversation.id == Message.conversation_id)
    for number, decision, count in session.execute(
        asked.where(*inside, Message.decision.is_not(None)).group_by(Message.conversation_id, Message.decision)
    ):
        counts[number][decision or ""] = count
    for name, model in (("ticket", Ticket), ("referral", Referral)):
        query = select(model.conversation_id, func.count()).join(Conversation, Conversation.id == model.conversation_id).where(*inside)
        for number, count in session.execute(query.group_by(model.conversation_id)):
            counts[number][name] = count
    found = select(Conversation.id, Conversation.reference, Conversation.language, Conversation.created_at, Conversation.updated_at)
    shown = [each for each in CONVERSATION if sight(actor.role, each.field) is Sight.CLEAR]
    return [
        {
            **{column.name: column.of(each) for column in shown},
            **{name: counts[each.id].get(of, 0) for name, _, of in COUNTS if sight(actor.role, Field.STATE) is Sight.CLEAR},
        }
        for each in session.execute(found.where(*inside).order_by(Conversation.id))
    ]


def referral_rows(session: Session, actor: Actor, period: Period, content: Content, organization: str, now: datetime) -> list[Row]:
    names = Names(content)
    query = select(
        Referral.id, Referral.folio, Referral.organization_id, Referral.state, Referral.need, Referral.municipality, Referral.priority,
        Referral.created_at, Referral.changed_at, Referral.answer_by, Referral.attended,
    ).where(Referral.created_at >= period.begins, Referral.created_at < period.ends, Referral.state != ReferralState.DRAFT)  # fmt: skip
    query = query.where(of_migrants(Referral.conversation_id))
    query = query.where(Referral.organization_id == organization) if organization else query
    agreed = _agreed(session, period, now)
    return [_of_referral(each, actor, agreed.get(each.id, frozenset()), names) for each in session.execute(query.order_by(Referral.id))]


def _agreed(session: Session, period: Period, now: datetime) -> dict[int, frozenset[str]]:
    """The fields whose sharing the person agreed to and has not taken back."""
    query = (
        select(Consent.referral_id, Consent.fields)
        .join(Referral, Referral.id == Consent.referral_id)
        .where(
            Consent.kind == ConsentKind.SHARE, Consent.withdrawn_at.is_(None), Consent.expires_at > now,
            Referral.created_at >= period.begins, Referral.created_at < period.ends,
        )
    )  # fmt: skip
    return {referral_id: frozenset(fields or ()) for referral_id, fields in session.execute(query) if referral_id is not None}


def _of_referral(each: Any, actor: Actor, agreed: frozenset[str], names: Names) -> Row:
    def clear(field: Field) -> bool:
        return sight(actor.role, field) is Sight.CLEAR

    row: Row = {}
    if clear(Field.FOLIO):
        row["folio"] = each.folio
    if clear(Field.STATE):
        row |= {
            "institucion": names.organization(each.organization_id), "como_esta": STATUS.get(str(each.state), str(each.state)),
            "prioridad": str(each.priority), "enviado": _day(each.created_at), "cambio": _day(each.changed_at),
            "contestar_antes_de": _day(each.answer_by), "atendida": {True: "sí", False: "no", None: ""}[each.attended],
        }  # fmt: skip
    if clear(Field.NEED):
        row["necesidad"] = names.need(each.need) if NEED in agreed else ""
    if clear(Field.PLACE):
        row["clave_municipio"] = each.municipality or "" if PLACE in agreed else ""
    return row


TAGS = {
    **{each.name: each.tag for each in CONVERSATION}, **{name: tag for name, tag, _ in COUNTS}, "folio": "#meta+id",
    "institucion": "#org+name", "como_esta": "#status", "prioridad": "#severity", "enviado": "#date+start", "cambio": "#date+changed",
    "contestar_antes_de": "#date+due", "atendida": "#indicator+attended", "necesidad": "#sector", "clave_municipio": "#adm2+code",
}  # fmt: skip


def written(rows: Sequence[Row], form: str) -> bytes:
    """CSV with HXL's row of tags, or a line of JSON for each."""
    if form == "jsonl":
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    made = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.writer(made)
    writer.writerow(names)
    writer.writerow([TAGS[name] for name in names])
    writer.writerows([harmless(value) for value in row.values()] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def harmless(value: Any) -> Any:
    """A spreadsheet takes what begins with one of these for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value
