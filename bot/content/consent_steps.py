"""The rules over steps that ask for leave: whatever was answered, exactly one consent is asked for, last, and says what it is about."""

import itertools
from collections.abc import Iterator, Mapping

from bot.content.asking import Questionnaire, Step, is_offered
from bot.content.problems import Problem

SAYS = ("summary", "recipient", "expires_in")


def check_consents(questionnaire: Questionnaire) -> Iterator[Problem]:
    consents = [step for step in questionnaire.steps if step.type == "consent"]
    if any(step.asks_leave for step in questionnaire.steps) and not questionnaire.consent_version:
        yield questionnaire.where.problem(
            f"el cuestionario {questionnaire.name}: el consentimiento no tiene versión",
            "agregue `consent_version: 2026-11-21` y cámbiela cuando cambie el texto",
        )
    yield from _last(questionnaire)
    yield from _without(questionnaire)
    for step in consents:
        for name in SAYS:
            if "{" + name + "}" not in step.ask:
                yield step.where.problem(f"el paso {step.id} no dice {{{name}}}", "sin eso nadie sabe qué autoriza: agréguelo")
    if consents:
        yield from _one_for_each_answer(questionnaire, consents)


def _last(questionnaire: Questionnaire) -> Iterator[Problem]:
    after_consent = itertools.dropwhile(lambda step: step.type != "consent", questionnaire.steps)
    for step in after_consent:
        if step.type != "consent":
            yield step.where.problem(
                f"el paso {step.id}: está después del permiso y nunca se pregunta", "ponga los pasos `consent` al final"
            )


def _without(questionnaire: Questionnaire) -> Iterator[Problem]:
    for step in questionnaire.steps:
        for other, values in step.without.items():
            asked = questionnaire.step(other)
            if asked is None or any(asked.option(value) is None for value in values):
                yield step.where.problem(
                    f"el paso {step.id}: «without» contesta {other} con algo que no se puede contestar",
                    "use una opción de un paso `choice`",
                )


def _one_for_each_answer(questionnaire: Questionnaire, consents: list[Step]) -> Iterator[Problem]:
    """Every combination of the answers they depend on, in the chat and at a desk."""
    asked = [step for step in questionnaire.steps if any(step.id in each.only_if for each in consents)]
    for at_desk in (False, True):
        possible = [_values(step, at_desk) for step in asked]
        for values in itertools.product(*possible):
            given = dict(zip((step.id for step in asked), values, strict=True))
            fitting = [step for step in consents if _fits(step, given, at_desk)]
            if len(fitting) != 1:
                where, said = (fitting or consents)[-1].where, ", ".join(f"{name} = {value}" for name, value in given.items())
                place = "en la mesa" if at_desk else "en el chat"
                yield where.problem(
                    f"con «{said}», {place}, se piden {len(fitting)} permisos", "corrija «only_if» o «at_desk»: debe tocar uno y solo uno"
                )


def _values(step: Step, at_desk: bool) -> list[str | None]:
    offered: list[str | None] = [option.value for option in step.options if is_offered(option, at_desk) and option.done is None]
    return [*offered, None] if step.optional or step.only_if or not offered else offered


def _fits(step: Step, given: Mapping[str, str | None], at_desk: bool) -> bool:
    return is_offered(step, at_desk) and all(given.get(name) in wanted for name, wanted in step.only_if.items())
