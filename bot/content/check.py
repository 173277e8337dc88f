"""The publish gate: rules over the content that no single file can see. Without Rasa, in about a second."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.content import spoken
from bot.content.check_examples import check_examples
from bot.content.danger import PatternError, parse_pattern
from bot.content.load import institution_names, load_content
from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content, Fact, Response, Where

LONGEST_MESSAGE = 4096  # Telegram's limit for a text
LONGEST_PAYLOAD = 64  # bytes, Telegram's callback_data
LONGEST_TITLE = 40  # characters that a telephone shows on a button
QUESTIONNAIRE_VARIABLES = {"summary", "recipient", "expires_in"}

PROMISES = (
    "te garantiz", "le garantiz", "garantizamos", "usted califica", "sí califica", "si califica", "será aprobad", "sera aprobad",
    "es seguro que", "con toda seguridad", "le aseguramos", "le prometemos", "sin duda", "le van a dar", "tiene derecho seguro",
)  # fmt: skip
_NUMBER_OF_TELEPHONE = re.compile(r"(?<![\d/{])(?:\+?\d[\d .()-]{6,}\d)(?![\d/}])")


def check_all(flows: Path, nlu: Path) -> list[Problem]:
    """Everything wrong with the content, base and every institution, and with the examples."""
    problems: list[Problem] = []
    base: Content | None = None
    for institution in [None, *institution_names(flows)]:
        content, found = load_content(flows, institution)
        base = base or content
        problems += found + check_content(content, flows)
    assert base is not None, "the base is always read"
    problems += check_examples(base, nlu)
    return sorted(set(problems))


def check_content(content: Content, flows: Path) -> list[Problem]:
    found = [*_texts(content), *_names(content), *_buttons(content), *_reviews(content), *_questionnaires(content), *_danger(content)]
    return [*found, *_rules(content), *_directory(content), *_titles(content, flows), *_translations(content, flows)]


def _problem(where: Where, wrong: str, todo: str) -> Problem:
    return Problem(where.file, where.line, wrong, todo)


def _texts(content: Content) -> Iterator[Problem]:
    for response in content.responses.values():
        longest = response.text
        for name in PLACEHOLDER.findall(response.text):
            fact = content.facts.get(name)
            if fact:
                longest = longest.replace("{" + name + "}", fact.value)
                if fact.doubt:
                    yield _problem(
                        response.where,
                        f"{response.name} muestra {name}, que no está confirmado ({fact.doubt})",
                        "diga mejor a quién preguntar",
                    )
            elif name not in response.variables:
                yield _problem(
                    response.where,
                    f"{response.name} usa {{{name}}}, que no es un dato",
                    "escriba el dato en flows/facts o corrija el nombre",
                )
        if len(longest) > LONGEST_MESSAGE - 400:  # the source line and the cautions come after it
            yield _problem(response.where, f"{response.name} tiene {len(longest)} caracteres", f"deje menos de {LONGEST_MESSAGE - 400}")
        yield from _words(response)
        for name in set(response.variables) - set(PLACEHOLDER.findall(response.text)):
            yield _problem(response.where, f"{response.name} declara la variable {name} y no la usa", "úsela o quítela")


def _words(response: Response) -> Iterator[Problem]:
    lowered = response.text.lower()
    for promise in PROMISES:
        if promise in lowered:
            yield _problem(response.where, f"{response.name} hace una promesa («{promise}»)", "escriba «puede que sí; confirme con …»")
    for number in _NUMBER_OF_TELEPHONE.findall(response.text):
        if len(re.sub(r"\D", "", number)) >= 8:
            yield _problem(
                response.where,
                f"{response.name} tiene el número {number} en su texto",
                "escríbalo una sola vez como dato en flows/facts, con su fuente",
            )


def _names(content: Content) -> Iterator[Problem]:
    defined, intents = content.responses, {intent for names in content.topics.values() for intent in names}
    used = set(spoken.RESPONSES) | {f"utter_{intent}" for intent in intents}
    for name in spoken.RESPONSES:
        if name not in defined:
            yield Problem(Path("flows/domain"), 1, f"falta la respuesta {name}", "agréguela: el programa la dice")
    ruled = {intent for rule in content.rules for intent in rule.intents}
    for topic, names in content.topics.items():
        for intent in names:
            if f"utter_{intent}" not in defined and intent not in ruled:
                yield Problem(
                    Path(f"flows/domain/{topic}.yml"),
                    1,
                    f"la pregunta {intent} no tiene respuesta",
                    f"agregue utter_{intent} o una regla en flows/rules",
                )
    for owner, name, where in _uses(content):
        used.add(name)
        if name not in defined:
            yield _problem(where, f"{owner} usa {name}, que no existe", "agréguela en flows/domain o corrija el nombre")
    for name, response in defined.items():
        if name not in used:
            yield _problem(response.where, f"{name} no se dice nunca", "úsela en un botón, en una regla o en followups, o quítela")


def _uses(content: Content) -> Iterator[tuple[str, str, Where]]:
    for response in content.responses.values():
        for kind, target in response.followups.items():
            yield f"{response.name} (followups {kind})", target, response.where
        for button in response.buttons:
            name = button.payload.removeprefix("/").partition("=")[0]
            if name not in spoken.ACTIONS and name not in content.commands:
                yield f"{response.name} (botón {button.title})", f"utter_{name}", response.where
    for rule in content.rules:
        for action in rule.actions:
            yield f"la regla «{rule.name}»", action, rule.where
    for command in content.commands.values():
        if command.response:
            yield f"el comando {command.name}", command.response, command.where
    for category in content.safety.categories:
        yield f"la categoría de peligro {category.name}", category.response, category.where


def _buttons(content: Content) -> Iterator[Problem]:
    for response in content.responses.values():
        for button in response.buttons:
            if not button.payload.startswith("/") or " " in button.payload:
                yield _problem(
                    response.where,
                    f"el botón «{button.title}» de {response.name} tiene el payload «{button.payload}»",
                    "escriba `/` y el nombre de una pregunta o de un comando",
                )
            if len(button.payload.encode()) > LONGEST_PAYLOAD:
                yield _problem(response.where, f"el payload de «{button.title}» pasa de {LONGEST_PAYLOAD} bytes", "acórtelo")
            if len(button.title) > LONGEST_TITLE or not re.search(r"\w", button.title):
                yield _problem(
                    response.where,
                    f"el botón «{button.title}» de {response.name} no se lee bien",
                    f"escriba de 1 a {LONGEST_TITLE} caracteres, con palabras",
                )
        if response.command and response.command.do not in spoken.ACTIONS:
            yield _problem(
                response.where,
                f"{response.name} pide hacer «{response.command.do}», que no se conoce",
                f"use uno de estos: {', '.join(spoken.ACTIONS)}",
            )
        elif (
            response.command
            and response.command.do == "start_questionnaire"
            and response.command.arguments.get("name") not in content.questionnaires
        ):
            yield _problem(response.where, f"{response.name} empieza un cuestionario que no existe", "corrija `name:`")


def _reviews(content: Content) -> Iterator[Problem]:
    tomorrow = date.today() + timedelta(days=1)
    every: list[Response | Fact] = [*content.responses.values(), *content.facts.values()]
    reviewed = [(each.name, each.review, each.where) for each in every if each.review]
    for name, review, where in reviewed:
        if review.reviewed_on > tomorrow:
            yield _problem(where, f"{name} tiene una fecha de revisión que aún no llega", "corrija «reviewed_on»")
    for response in content.responses.values():
        if response.review and response.office not in content.organizations:
            yield _problem(
                response.where,
                f"la oficina «{response.office}» de {response.name} no está en el directorio",
                "agréguela en flows/directory/organizations",
            )
        for kind in set(response.followups) - set(spoken.FOLLOWUPS):
            yield _problem(
                response.where,
                f"{response.name} tiene en followups «{kind}», que no se conoce",
                f"use uno de estos: {', '.join(spoken.FOLLOWUPS)}",
            )
    used = {name for response in content.responses.values() for name in PLACEHOLDER.findall(response.text)}
    for fact in content.facts.values():
        if fact.name not in used and not fact.doubt and fact.kind != "telephone":  # the list of help lines stands for itself
            yield _problem(fact.where, f"ninguna respuesta dice el dato {fact.name}", "úselo o quítelo")


def _questionnaires(content: Content) -> Iterator[Problem]:
    for questionnaire in content.questionnaires.values():
        if questionnaire.command.do not in spoken.ENDINGS:
            yield _problem(
                questionnaire.where,
                f"el cuestionario {questionnaire.name} termina con «{questionnaire.command.do}», que no se conoce",
                f"use uno de estos: {', '.join(spoken.ENDINGS)}",
            )
        for step in questionnaire.steps:
            for name in PLACEHOLDER.findall(step.ask):
                if name not in QUESTIONNAIRE_VARIABLES and name not in content.facts:
                    yield _problem(
                        step.where,
                        f"el paso {step.id} usa {{{name}}}, que no se conoce",
                        f"use un dato o uno de estos: {', '.join(sorted(QUESTIONNAIRE_VARIABLES))}",
                    )
            for option in step.options:
                payload = f"{questionnaire.name}.{step.id}={option.value}"
                if len(payload.encode()) > LONGEST_PAYLOAD:
                    yield _problem(
                        step.where, f"la opción «{option.title}» da un payload de más de {LONGEST_PAYLOAD} bytes", "acorte los nombres"
                    )


def _danger(content: Content) -> Iterator[Problem]:
    where = Where(Path("flows/safety.yml"), 1)
    groups = [(each.where, (*each.patterns, *each.unless)) for each in content.safety.categories]
    for place, patterns in [*groups, (where, content.safety.harmless)]:
        for pattern in patterns:
            try:
                parse_pattern(pattern)
            except PatternError as error:
                yield _problem(place, str(error), "lea las notas al principio de flows/safety.yml")
    if not content.safety.categories:
        yield _problem(where, "no hay patrones de peligro", "vuelva a poner el archivo: nadie debe quedarse sin ellos")


def _rules(content: Content) -> Iterator[Problem]:
    intents = {intent for names in content.topics.values() for intent in names}
    for rule in content.rules:
        for intent in rule.intents:
            if intent not in intents:
                yield _problem(rule.where, f"la regla «{rule.name}» espera {intent}, que no es una pregunta", "corrija el nombre")


def _directory(content: Content) -> Iterator[Problem]:
    for service in content.services.values():
        if service.organization_id not in content.organizations:
            yield _problem(
                service.where,
                f"el servicio {service.id} es de «{service.organization_id}», que no está en el directorio",
                "agréguela en flows/directory/organizations",
            )
        for key in service.area:
            if content.municipalities.get(key) is None and not any(place.key.startswith(key) for place in content.municipalities.places):
                yield _problem(
                    service.where,
                    f"«{key}» no es una clave del INEGI",
                    "escriba los dos números del estado o los cinco del municipio, entre comillas",
                )
    receives = content.institution.receives
    if receives and receives not in content.organizations:
        yield Problem(
            Path("flows/institutions"),
            1,
            f"«{receives}» recibe casos y no está en el directorio",
            "agréguela en flows/directory/organizations",
        )


def _titles(content: Content, flows: Path) -> Iterator[Problem]:
    intents = {intent for names in content.topics.values() for intent in names}
    for intent in sorted(intents - set(content.titles)):
        yield Problem(flows / "titles.yml", 1, f"la pregunta {intent} no tiene título", "agregue una línea: el texto de su botón")
    for intent, title in content.titles.items():
        if intent not in intents:
            yield Problem(flows / "titles.yml", 1, f"«{intent}» no es una pregunta", "corrija el nombre o quite la línea")
        if len(title) > LONGEST_TITLE:
            yield Problem(flows / "titles.yml", 1, f"el título de {intent} pasa de {LONGEST_TITLE} caracteres", "acórtelo")


def _translations(content: Content, flows: Path) -> Iterator[Problem]:
    for language, texts in content.catalogues.items():
        for source, translated in texts.items():
            if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(translated)):
                yield Problem(
                    flows / "translations" / f"{language}.po",
                    1,
                    f"«{source[:40]}…» tiene otros {{nombres}} en su traducción",
                    "copie sin cambios los nombres entre llaves",
                )
