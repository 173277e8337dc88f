"""How a step is asked: its buttons, its help, what can be corrected, ticked and consented to."""

from dataclasses import replace

from bot.content.asking import Questionnaire
from bot.content.published import Content
from bot.conversation.replies import Reply
from bot.questionnaires import question, run
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import Ambiguous, Answer
from tests.questionnaire import ANSWERS, INTAKE, NEEDS, PAPERS, STEPS, TO_THE_END, after, asked, read, step, stored, take


def payloads(reply: Reply) -> list[str]:
    return [button.payload for button in reply.buttons]


def choices(reply: Reply) -> list[str]:
    """What answers the question, without the ways out of it."""
    return [payload for payload in payloads(reply) if not payload.startswith("/")]


def ways(reply: Reply) -> list[str]:
    """Which of skipping, going back, leaving and correcting are offered."""
    known = (run.SKIP, run.BACK, run.CANCEL, run.CORRECT)
    return [payload.partition("=")[0] for payload in payloads(reply) if payload.startswith(known)]


def ask(content: Content, progress: Progress, questionnaire: Questionnaire = INTAKE, with_help: bool = False) -> Reply:
    return question.ask(content, questionnaire, progress, "es", with_help)


def test_a_choice_is_asked_with_its_options_and_a_way_out(content: Content) -> None:
    shown = ask(content, run.start(INTAKE))
    assert choices(shown) == ["intake.need=documents", "intake.need=work", "intake.need=health", "intake.need=family"]
    assert [button.title for button in shown.buttons][:4] == [option.title for option in NEEDS]
    assert ways(shown) == [run.CANCEL]


def test_the_way_back_is_shown_when_something_was_answered_and_skipping_where_it_may_be(content: Content) -> None:
    assert ways(ask(content, after("need"))) == [run.SKIP, run.BACK, run.CANCEL]
    assert ways(ask(content, after("need", "story"))) == [run.BACK, run.CANCEL]


def test_the_help_stands_before_the_question_when_it_is_wanted(content: Content) -> None:
    assert ask(content, run.start(INTAKE)).text == "¿need?"
    assert ask(content, run.start(INTAKE), with_help=True).text == "help for need\n\n¿need?"


def test_places_to_choose_among_are_shown_until_one_is_chosen(content: Content) -> None:
    reading = read(content, "municipality", "Cuautla")
    assert isinstance(reading, Ambiguous)
    offered = run.offer(after("need", "story"), reading)
    shown = ask(content, offered)
    assert choices(shown) == ["intake.municipality=17006", "intake.municipality=14028"]
    assert [button.title for button in shown.buttons][:2] == [option.title for option in reading.options]
    taken = take(INTAKE, offered, asked("municipality"), ANSWERS["municipality"])
    assert taken is not None and choices(ask(content, run.back(INTAKE, taken))) == []


def test_a_consent_shows_what_is_shared_and_nothing_else(content: Content) -> None:
    summary = replace(INTAKE, steps=(*STEPS[:-1], replace(asked("consent"), ask="{summary} / {expires_in}")))
    shown = ask(content, after(*TO_THE_END), summary)
    for given_value in ("Trabajo", "me corrieron", "Atlixco, Puebla", "Por teléfono", "2221234567", "180"):
        assert given_value in shown.text
    assert "only for us" not in shown.text
    ticks = [f"intake.consent~{name}" for name in ("need", "story", "municipality", "way", "telephone")]
    mark, _ = question.leave_asked(content, summary, after(*TO_THE_END), "es")
    assert choices(shown) == [*ticks, f"intake.consent=yes.{mark}", "intake.consent=no"]
    assert ways(shown) == [run.CORRECT, run.BACK, run.CANCEL]


def test_a_consent_names_who_receives_it(content: Content) -> None:
    named = replace(INTAKE, steps=(*STEPS[:-1], replace(asked("consent"), ask="{recipient}")))
    puebla = ask(content, after(*TO_THE_END), named).text
    naucalpan = ask(content, after(*TO_THE_END, municipality=Answer("15057", "Naucalpan de Juárez, México")), named).text
    assert puebla == content.organizations["ipam"].name
    assert naucalpan == content.organizations["naucalpan"].name


def test_what_can_be_corrected_is_what_is_shared(content: Content) -> None:
    shown = ask(content, run.choose_correction(after(*TO_THE_END)))
    assert payloads(shown)[:5] == [f"{run.CORRECT}={name}" for name in ("need", "story", "municipality", "way", "telephone")]
    assert "/correct=private" not in payloads(shown)
    assert [button.title for button in shown.buttons][:5] == ["Necesidad", "Lo que cuenta", "Municipio", "Cómo", "Teléfono"]


TICKS = replace(INTAKE, steps=(step("toggles", "papers", options=PAPERS), asked("story")))


def test_everything_is_ticked_until_somebody_unticks_it(content: Content) -> None:
    start = run.start(TICKS)
    assert run.ticked_of(start, TICKS.steps[0]) == ["passport", "birth", "visa"]
    without = run.toggle(start, TICKS.steps[0], "birth")
    assert run.ticked_of(without, TICKS.steps[0]) == ["passport", "visa"]
    assert sorted(run.ticked_of(run.toggle(without, TICKS.steps[0], "birth"), TICKS.steps[0])) == ["birth", "passport", "visa"]


def test_everything_may_be_unticked() -> None:
    progress = run.start(TICKS)
    for option in PAPERS:
        progress = run.toggle(progress, TICKS.steps[0], option.value)
    assert run.ticked_of(stored(progress), TICKS.steps[0]) == []
    assert run.ticked_of(run.toggle(stored(progress), TICKS.steps[0], "visa"), TICKS.steps[0]) == ["visa"]


def test_ticks_are_shown_on_the_buttons(content: Content) -> None:
    shown = ask(content, run.toggle(run.start(TICKS), TICKS.steps[0], "birth"), TICKS)
    assert payloads(shown)[:4] == ["intake.papers~passport", "intake.papers~birth", "intake.papers~visa", f"intake.papers={run.DONE}"]
    assert [button.title for button in shown.buttons][:3] == ["☑ Pasaporte", "☐ Acta de nacimiento", "☑ Visa humanitaria"]


def test_ticks_do_not_reach_the_next_step(content: Content) -> None:
    ticked = run.toggle(run.start(TICKS), TICKS.steps[0], "birth")
    taken = take(TICKS, ticked, TICKS.steps[0], Answer(run.ticked_of(ticked, TICKS.steps[0]), "x"))
    assert taken is not None and (taken.step, taken.offered, taken.value("papers")) == ("story", (), ["passport", "visa"])


def test_every_button_of_every_questionnaire_fits_what_telegram_allows(content: Content) -> None:
    longest_place = max((place.key for place in content.municipalities.places), key=len)
    for questionnaire in content.questionnaires.values():
        for each in questionnaire.steps:
            offered = ((longest_place, "place"),) if each.type == "municipality" else ()
            reply = question.ask(
                content, questionnaire, Progress(questionnaire.name, each.id, {"need": ["work", "x"]}, offered=offered), "es"
            )
            assert reply.buttons
            for button in reply.buttons:
                assert 1 <= len(button.payload.encode()) <= 64, button.payload
