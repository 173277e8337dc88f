"""The rules over the directory and the eligibility guides: every name means something, nothing that is not public is shown, cases hold."""

from collections.abc import Iterator
from datetime import date

from bot.content.asking import Questionnaire
from bot.content.problems import Problem
from bot.content.programmes import evaluate
from bot.content.published import Content
from bot.content.review import Where
from bot.content.services import Service

FINDER = "find_office"


def check_directory(content: Content) -> Iterator[Problem]:
    keys = {key for place in content.municipalities.places for key in (place.key, place.key[:2])}
    finder = content.questionnaires.get(FINDER)
    asked = finder.step("need") if finder else None
    needs = {option.value for option in asked.options} if asked else set()
    for service in content.services.values():
        if service.organization_id not in content.organizations:
            yield service.where.problem(
                f"el servicio {service.id} es de «{service.organization_id}», que no está en el directorio",
                "agréguela en flows/directory/organizations",
            )
        for key in service.area:
            if key not in keys:
                yield service.where.problem(
                    f"«{key}» no es una clave del INEGI", "escriba los dos números del estado o los cinco del municipio, entre comillas"
                )
        for need in set(service.needs) - needs if service.review else ():
            yield service.where.problem(
                f"el servicio {service.id} dice que atiende «{need}», que nadie puede escoger",
                f"use uno de estos, o agréguelo al paso need de {FINDER}: {', '.join(sorted(needs))}",
            )
        for language in set(service.languages) - set(content.languages):
            yield service.where.problem(f"«{language}» no es un idioma de Puente", f"use uno de estos: {', '.join(content.languages)}")
        yield from _accepts(content, service)
        for missing in set(service.locations) - set(content.locations):
            yield service.where.problem(f"{service.id} está en «{missing}», que no existe", "agréguelo en flows/directory/locations")
        for name in service.phones:
            yield from _fact(content, service.where, service.id, name, "telephone")
        if service.url:
            yield from _fact(content, service.where, service.id, service.url, "url")
    for location in content.locations.values():
        if content.municipalities.get(location.municipality) is None:
            yield location.where.problem(f"«{location.municipality}» no es la clave de un municipio", "escriba los cinco números del INEGI")
        if location.address:
            yield from _fact(content, location.where, location.id, location.address, "address")
    for organization in content.organizations.values():
        if organization.telephone:
            yield from _fact(content, organization.where, organization.id, organization.telephone, "telephone")
    institution = content.institution
    if institution.where and institution.receives and institution.receives not in content.organizations:
        yield institution.where.problem(
            f"«{institution.receives}» recibe casos y no está en el directorio", "agréguela en flows/directory/organizations"
        )


def _accepts(content: Content, service: Service) -> Iterator[Problem]:
    """What it takes can be answered in the questions about a case."""
    intakes = [each for each in content.questionnaires.values() if each.command.do == "create_referral"]
    asked = {step.id: step for intake in intakes for step in intake.steps}
    for name, values in service.accepts.items():
        step = asked.get(name)
        possible = {option.value for option in step.options} if step else set()
        for value in sorted(set(values) - possible):
            yield service.where.problem(
                f"{service.id} acepta «{name}: {value}», que nadie puede contestar al pedir apoyo", "corrija `accepts:` o quite la línea"
            )
    if (service.accepts or service.capacity is not None) and not service.receives_referrals:
        yield service.where.problem(
            f"{service.id} dice qué casos acepta y no recibe casos", "agregue `receives_referrals: true` o quite `accepts` y `capacity`"
        )


def _fact(content: Content, where: Where, what: str, name: str, kind: str) -> Iterator[Problem]:
    fact = content.facts.get(name)
    if fact is None:
        yield where.problem(f"{what} usa el dato {name}, que no existe", "escríbalo en flows/facts o corrija el nombre")
    elif fact.kind != kind:
        yield where.problem(f"{what} usa {name}, que es «{fact.kind}» y no «{kind}»", "use otro dato")
    elif fact.doubt:
        yield where.problem(f"{what} muestra {name}, que no está confirmado ({fact.doubt})", "quítelo hasta que alguien lo confirme")


def check_eligibility(content: Content) -> Iterator[Problem]:
    for guide in content.questionnaires.values():
        rule = guide.rule
        if rule is None:
            continue
        if rule.office not in content.organizations:
            yield rule.where.problem(f"la oficina «{rule.office}» no está en el directorio", "agréguela en flows/directory/organizations")
        if rule.intent not in content.titles:
            yield rule.where.problem(f"«{rule.intent}» no es una pregunta", "corrija `intent:`")
        for condition in (*rule.all, *rule.any):
            step = guide.step(condition.step)
            possible = {option.value for option in step.options} if step else set()
            for value in {*condition.among, *condition.unknown} - possible:
                yield rule.where.problem(
                    f"la condición de {condition.step} espera «{value}», que nadie puede contestar", "corrija el valor"
                )
        if not rule.cases:
            yield rule.where.problem(
                f"la guía {rule.name} no tiene casos de ejemplo", "agregue `cases:` con respuestas y el resultado esperado"
            )
        yield from _cases(guide)


def _cases(guide: Questionnaire) -> Iterator[Problem]:
    """Each example comes to the result that its author expects."""
    rule = guide.rule
    assert rule is not None, "the caller has seen to it"
    today = date.today()
    for number, case in enumerate(rule.cases, 1):
        answers = {step: [today.isoformat() if value == "today" else value, ""] for step, value in case.answers.items()}
        unknown = set(answers) - {step.id for step in guide.steps}
        if unknown:
            yield rule.where.problem(f"el caso {number} contesta «{sorted(unknown)[0]}», que no se pregunta", "corrija el caso")
            continue
        met = evaluate(rule, answers, today).met
        if met != case.met:
            yield rule.where.problem(f"el caso {number} da «{met}» y no «{case.met}»", "corrija las condiciones o el caso")
