"""Throwing away by age: what `flows/retention.yml` says, in small transactions, with a report by class. The audit stays.

Files are deleted before the transaction that forgets them ends: cut off in between, the next run finds the row and finishes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import files
from bot.content.retention import Kept
from bot.courses import learners
from bot.handoff import attachments
from bot.keeping.ages import DOCUMENTS, RULES, TRANSCRIPTS, Rule
from bot.keeping.belongings import belongings, remove
from bot.permissions import Action, Actor
from bot.records.cases import CaseDocument
from bot.records.conversations import ButtonOffer, Conversation, Message
from bot.records.database import Database
from bot.records.learning import Learner

WINDOW = 2000  # numbers looked at in one transaction
AT_ONCE = 20  # rows thrown away in one transaction, with all that belongs to them


@dataclass
class ClassReport:
    """Of one class: what went, or would; what is old enough and stays because of a hold or something open; the oldest that is kept."""

    days: int
    gone: Counter[str] = field(default_factory=Counter[str])
    held: int = 0
    open: int = 0
    oldest: datetime | None = None


type Report = dict[str, ClassReport]


@dataclass(frozen=True)
class Run:
    """`is_trial`: nothing is changed."""

    retention: Mapping[str, Kept]
    now: datetime
    folder: Path
    is_trial: bool = False

    def before(self, rule: Rule) -> datetime:
        return self.now - timedelta(days=self.retention[rule.kept].days)

    def report(self) -> Report:
        return {name: ClassReport(kept.days) for name, kept in self.retention.items()}


def steps(run: Run, report: Report) -> Iterator[tuple[Any, ...]]:
    """Each is a function of a Session and its arguments, for one transaction; the last one of each rule fills in what stays."""
    for rule in RULES:
        last: list[int] = []
        yield _last_number, rule, last
        for after in range(0, last[0] + 1, WINDOW):
            more = [True]
            while more[0]:
                yield throw_away, run, rule, after, report, more
            yield look_at_the_rest, run, rule, after, report


def run_now(database: Database, run: Run, actor: Actor) -> Report:
    """For a command: it has its own process."""
    report = run.report()
    for function, *arguments in steps(run, report):
        database.call(function, *arguments)
    if not run.is_trial:
        database.call(write_down, report, actor, run.now)
    return report


def write_down(session: Session, report: Report, actor: Actor, now: datetime) -> None:
    gone = sum((each.gone for each in report.values()), Counter[str]())
    audit.write(session, actor, Action.RETENTION_RUN, None, now, " ".join(f"{name}={count}" for name, count in sorted(gone.items())) or "0")


def _last_number(session: Session, rule: Rule, last: list[int]) -> None:
    last.append(session.scalar(select(func.max(rule.table.c.id))) or 0)


def throw_away(session: Session, run: Run, rule: Rule, after: int, report: Report, more: list[bool]) -> None:
    """Some of what is due in this window. A row that another process is at is left for the next night."""
    query = select(rule.table.c.id).where(_in_window(rule, after), rule.due(run.before(rule))).order_by(rule.table.c.id)
    if not run.is_trial:
        query = query.limit(AT_ONCE).with_for_update(of=rule.of, skip_locked=True)
    ids = list(session.scalars(query))
    report[rule.kept].gone += _forget(session, run, rule, ids)
    more[0] = len(ids) == AT_ONCE and not run.is_trial


def _forget(session: Session, run: Run, rule: Rule, ids: list[int]) -> Counter[str]:
    if rule is DOCUMENTS:
        return _forget_papers(session, run, ids)
    if rule.of is Learner:
        counts = learners.count(session, ids) if run.is_trial else learners.forget(session, ids)
        return Counter({name: number for name, number in counts.items() if number})
    rows = _said_in(session, ids) if rule is TRANSCRIPTS else belongings(session, rule.table, ids)
    gone = Counter({name: len(numbers) for name, numbers in rows.items() if numbers})
    opened = attachments.files_of(run.folder, set(rows.get("attachment", ())))
    if not run.is_trial:
        if rule is TRANSCRIPTS:
            session.execute(update(Conversation).where(Conversation.id.in_(ids)).values(state=None, questionnaire=None, misses=0))
        session.execute(delete(ButtonOffer).where(ButtonOffer.conversation_id.in_(ids if rule.of is Conversation else [])))
        remove(session, rows)
        for each in opened:
            each.unlink(missing_ok=True)
    return gone + Counter({"files": len(opened)} if opened else {})


def _said_in(session: Session, conversations: list[int]) -> dict[str, list[int]]:
    said = list(session.scalars(select(Message.id).where(Message.conversation_id.in_(conversations))))
    return belongings(session, Message.__table__, said)  # type: ignore[arg-type]


def _forget_papers(session: Session, run: Run, ids: list[int]) -> Counter[str]:
    """The photographs; that they were sent, and whether they were accepted, stays with the case."""
    stored = [name for name in session.scalars(select(CaseDocument.stored).where(CaseDocument.id.in_(ids))) if name]
    if not run.is_trial:
        session.execute(update(CaseDocument).where(CaseDocument.id.in_(ids)).values(stored=None, file_id=None))
        files.remove(run.folder, *stored)
    return Counter({name: count for name, count in (("case_document", len(ids)), ("files", len(stored))) if count})


def look_at_the_rest(session: Session, run: Run, rule: Rule, after: int, report: Report) -> None:
    """What is kept in this window although it is old enough, and how old the oldest is."""
    here, aged, into = _in_window(rule, after), rule.aged(run.before(rule)), report[rule.kept]
    into.held += session.scalar(select(func.count()).select_from(rule.table).where(here, aged, rule.held)) or 0
    into.open += session.scalar(select(func.count()).select_from(rule.table).where(here, aged, ~rule.held, rule.open)) or 0
    staying = here & rule.ended & ~rule.due(run.before(rule))
    oldest = session.scalar(select(func.min(rule.since)).select_from(rule.table).where(staying))
    into.oldest = min((each for each in (into.oldest, oldest) if each), default=None)


def _in_window(rule: Rule, after: int) -> ColumnElement[bool]:
    return (rule.table.c.id >= after) & (rule.table.c.id < after + WINDOW)
