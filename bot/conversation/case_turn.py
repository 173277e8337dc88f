"""A case in the chat: it is opened, leave to keep photographs is given or refused, a photograph comes, and all of it is shown."""

from collections.abc import Mapping
from dataclasses import replace

from bot.cases import checklist, consent, opening, stages
from bot.content.asking import Questionnaire
from bot.content.programme_files import Programme
from bot.content.published import Button
from bot.conversation.context import Turn
from bot.conversation.replies import PERSON, Reply, provenance
from bot.file_types import LARGEST, is_paper
from bot.permissions import PERSON as THE_PERSON
from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.records.cases import CaseFile, DocumentState, Stage
from bot.records.referrals import Referral
from bot.referrals import creation
from bot.referrals.consent import to_share

LINES: Mapping[DocumentState, str] = {
    DocumentState.MISSING: "utter_case_document_missing",
    DocumentState.SENT: "utter_case_document_sent",
    DocumentState.ACCEPTED: "utter_case_document_taken",
    DocumentState.REJECTED: "utter_case_document_again",
}


def open_case(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """The application, as a referral to the programme's office, and its case. Somebody who has one open gets no second."""
    programme = turn.content.programme_of(questionnaire.name)
    if programme is None:
        turn.say("utter_button_old")
        return
    if opening.open_of(turn.session, turn.conversation, programme.name):
        show_cases(turn)
        return
    consented = to_share(questionnaire, progress, programme.office, turn.language, consent_text)
    referral = creation.create(
        turn.session,
        turn.conversation,
        turn.claimed.key,
        programme.need,
        consented.fields.get("municipality"),
        consented,
        turn.now,
        content=turn.content,
    )
    case = opening.open_file(turn.session, referral, programme.name, turn.now)
    stages.change(turn.session, case, Stage.APPLICATION, THE_PERSON, None, turn.now)
    turn.say("utter_case_opened", programme=_said(turn, programme.title), recipient=_office(turn, programme), folio=referral.folio)
    show_case(turn, case, referral, programme)


def allow_documents(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """Leave to keep photographs; then the one that waits is asked for."""
    programme = turn.content.programme_of(questionnaire.name)
    found = opening.open_of(turn.session, turn.conversation, programme.name) if programme else None
    if programme is None or found is None:
        leave_photos(turn)
        turn.say("utter_case_none")
        return
    agreed = consent.Allowed(questionnaire.consent_version, consent_text, turn.language, questionnaire.expires_in)
    consent.allow(turn.session, found[0], programme, agreed, turn.now)
    if turn.progress:
        turn.ask_step()
    else:
        show_case(turn, *found, programme)


def refuse_documents(turn: Turn) -> None:
    leave_photos(turn)
    turn.say("utter_case_papers_in_person")


def receive_document(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """What was sent is taken for that document. Nothing is fetched in the turn."""
    programme = turn.content.programme_of(questionnaire.name)
    found = opening.open_of(turn.session, turn.conversation, programme.name) if programme else None
    if programme is None or found is None:
        turn.say("utter_case_none")
        return
    if not _may_be_kept(turn):
        turn.keeps_file = False
        turn.say("utter_case_document_refused", megabytes=str(LARGEST // 1_000_000))
        turn.begin_questionnaire(run.start(questionnaire))
        turn.ask_step()
        return
    case, referral = found
    name = questionnaire.command.arguments["document"]
    row = checklist.row_of(turn.session, case, programme, name, turn.now)
    if row.state is DocumentState.ACCEPTED or consent.standing_consent(turn.session, case, turn.now) is None:
        show_case(turn, case, referral, programme)  # decided or taken back since it was asked for; it is treated as any other
        return
    turn.keeps_file = False  # it belongs to the case, not to whoever holds a ticket
    checklist.receive(turn.session, case, row, str(progress.value("photo")), turn.now)
    document = programme.document(name)
    turn.say("utter_case_document_received", document=_said(turn, document.title if document else name))
    see_it = Button(turn.sentence("utter_button_my_case"), "/my_case")
    turn.replies[-1] = replace(turn.replies[-1], buttons=(see_it, *_choices(turn, case, programme)))


def _may_be_kept(turn: Turn) -> bool:
    """As far as the door says; what is in it is looked at when it is fetched."""
    came = turn.incoming
    return (came.size is None or came.size <= LARGEST) and (not came.mime_type or is_paper(came.mime_type))


def leave_photos(turn: Turn) -> None:
    """No photograph is waited for any more."""
    while turn.progress and turn.content.questionnaires[turn.progress.name].command.do in ("receive_document", "allow_documents"):
        turn.leave_questionnaire()


def show_cases(turn: Turn) -> None:
    """The open case of each programme; without one, how the last one ended."""
    found = opening.of_conversation(turn.session, turn.conversation)
    known = [(*pair, turn.content.programmes[pair[0].programme]) for pair in found if pair[0].programme in turn.content.programmes]
    open_ones = [each for each in known if opening.is_open(each[0], each[1])]
    for case, referral, programme in open_ones:
        show_case(turn, case, referral, programme)
    if known and not open_ones:
        _, referral, programme = known[0]
        turn.say(
            "utter_case_closed", programme=_said(turn, programme.title), folio=referral.folio, recipient=_office(turn, programme),
            says=_said(turn, programme.stages[Stage.CLOSED].says),
        )  # fmt: skip
    elif not known:
        turn.say("utter_case_none")


def show_case(turn: Turn, case: CaseFile, referral: Referral, programme: Programme) -> None:
    """Stage, what comes next, and the checklist with a button for each document that is missing."""
    stage = programme.stages[case.stage]
    says = "" if programme.review.has_expired(turn.today) else _said(turn, stage.says)
    text = turn.sentence(
        "utter_case_status", programme=_said(turn, programme.title), folio=referral.folio, recipient=_office(turn, programme),
        stage=_said(turn, stage.title), says=says, checklist="\n".join(_lines(turn, case, programme)),
    )  # fmt: skip
    sources = [source.title for source in programme.review.sources[:1]]
    office, review = turn.content.organizations[programme.office].short_name, programme.review
    closing = provenance(turn.content, turn.language, turn.today, [review], sources, [office], review.reviewed_on)
    shown = (turn.content.responses["utter_case_status"].text, stage.says, stage.title)
    unreviewed = any(turn.content.is_unreviewed(each, turn.language) for each in shown)
    whole = Reply("\n\n".join([text, *closing]), _choices(turn, case, programme), "utter_case_status", unreviewed)
    turn.replies.append(whole)


def _lines(turn: Turn, case: CaseFile, programme: Programme) -> list[str]:
    found = []
    for line in checklist.lines(turn.session, case, programme, turn.now):
        if_any = line.document.optional and line.row.state is DocumentState.MISSING
        name = "utter_case_document_if_any" if if_any else LINES[line.row.state]
        found.append(turn.sentence(name, document=_said(turn, line.document.title), why=line.row.why or ""))
    return found


def _choices(turn: Turn, case: CaseFile, programme: Programme) -> tuple[Button, ...]:
    to_send = [
        Button(_said(turn, line.document.title), f"/send_document={programme.name}.{line.document.name}")
        for line in checklist.lines(turn.session, case, programme, turn.now)
        if line.row.state in checklist.TO_SEND
    ]
    if consent.standing_consent(turn.session, case, turn.now):
        to_send.append(Button(turn.sentence("utter_button_withdraw_photos"), "/withdraw_photos"))
    return (*to_send, Button(turn.sentence("utter_button_person"), PERSON))


def start_button(turn: Turn, programme: str) -> Button:
    return Button(turn.sentence("utter_button_start_application"), f"/start_application={programme}")


def _office(turn: Turn, programme: Programme) -> str:
    return turn.content.organizations[programme.office].name


def _said(turn: Turn, text: str) -> str:
    return turn.content.translate(text, turn.language)
