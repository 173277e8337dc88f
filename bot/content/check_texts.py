"""The rules over what people read and press: no promise, no telephone outside the facts, nothing longer than Telegram carries."""

import re
from collections.abc import Iterator

from bot.content import spoken
from bot.content.asking import Step
from bot.content.canned import check_canned
from bot.content.problems import Problem
from bot.content.published import LONGEST_TEXT, PLACEHOLDER, Content, Response
from bot.content.review import Where

LONGEST_PAYLOAD = 64  # bytes, Telegram's callback_data
QUESTIONNAIRE_VARIABLES = {"summary", "recipient", "expires_in", "privacy"}

PROMISES = (
    "te garantiz", "le garantiz", "garantizamos", "usted califica", "sí califica", "si califica", "será aprobad", "sera aprobad",
    "es seguro que", "con toda seguridad", "le aseguramos", "le prometemos", "sin duda", "le van a dar", "tiene derecho seguro",
)  # fmt: skip
_NUMBER_OF_TELEPHONE = re.compile(r"(?<![\d/{])(?:\+?\d[\d .()-]{6,}\d)(?![\d/}])")


def check_texts(content: Content) -> Iterator[Problem]:
    for response in content.responses.values():
        yield from check_text(content, response.where, response.name, response.text, set(response.variables))
        yield from _variables(response)
        yield from _buttons(response)
        yield from _command(content, response)
    for questionnaire in content.questionnaires.values():
        if questionnaire.course:  # check_courses
            continue
        for step in questionnaire.steps:
            yield from check_text(content, step.where, f"el paso {step.id}", step.ask, QUESTIONNAIRE_VARIABLES)
            yield from check_text(content, step.where, f"la ayuda del paso {step.id}", step.help, set())
            if PLACEHOLDER.search(step.help):
                yield step.where.problem(f"la ayuda del paso {step.id} lleva un nombre entre llaves", "escriba ahí la ayuda sin datos")
            yield from _options(questionnaire.name, step)
    for programme in content.programmes.values():
        for stage in programme.stages.values():
            yield from check_text(content, programme.where, f"la etapa {stage.name} de {programme.name}", stage.says, set())
    for simulation in content.simulations.values():
        for what, said in simulation.texts:
            yield from check_text(content, simulation.where, f"{what} del caso {simulation.name}", said, set())
    for each in content.canned.values():
        yield from check_text(content, each.where, f"la respuesta preparada «{each.id}»", each.text, set(each.variables))
    yield from check_canned(content.canned, content.topics, {each.id: PLACEHOLDER.findall(each.text) for each in content.canned.values()})
    for fact in content.facts.values():
        yield from _promises(fact.where, f"el dato {fact.name}", fact.value)


def check_text(content: Content, where: Where, what: str, text: str, variables: set[str]) -> Iterator[Problem]:
    longest = text
    for name in PLACEHOLDER.findall(text):
        fact = content.facts.get(name)
        if fact:
            longest = longest.replace("{" + name + "}", fact.value)
            if fact.doubt:
                yield where.problem(f"{what} muestra {name}, que no está confirmado ({fact.doubt})", "diga mejor a quién preguntar")
        elif name not in variables:
            yield where.problem(f"{what} usa {{{name}}}, que no es un dato", "escriba el dato en flows/facts o corrija el nombre")
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        yield where.problem(
            f"{what} tiene llaves que no llevan un nombre", "escriba el nombre de un dato así: {nombre_del_dato}, sin espacios"
        )
    if len(longest) > LONGEST_TEXT:
        yield where.problem(f"{what} tiene {len(longest)} caracteres", f"deje menos de {LONGEST_TEXT}")
    yield from _promises(where, what, text)
    for number in _NUMBER_OF_TELEPHONE.findall(text):
        if len(re.sub(r"\D", "", number)) >= 8:
            yield where.problem(
                f"{what} tiene el número {number} en su texto", "escríbalo una sola vez como dato en flows/facts, con su fuente"
            )


def _promises(where: Where, what: str, text: str) -> Iterator[Problem]:
    for promise in PROMISES:
        if promise in text.lower():
            yield where.problem(f"{what} hace una promesa («{promise}»)", "escriba «puede que sí; confirme con …»")


def _variables(response: Response) -> Iterator[Problem]:
    for name in response.variables:
        if name not in spoken.VARIABLES.get(response.name, ()):
            yield response.where.problem(f"{response.name} declara la variable {name}, que aquí nadie llena", "quítela y use un dato")
        elif name not in PLACEHOLDER.findall(response.text):
            yield response.where.problem(f"{response.name} declara la variable {name} y no la usa", "úsela o quítela")


def _buttons(response: Response) -> Iterator[Problem]:
    for button in response.buttons:
        if not button.payload.startswith("/") or " " in button.payload:
            yield response.where.problem(
                f"el botón «{button.title}» de {response.name} tiene el payload «{button.payload}»",
                "escriba `/` y el nombre de una pregunta o de un comando",
            )
        if len(button.payload.encode()) > LONGEST_PAYLOAD:
            yield response.where.problem(f"el payload de «{button.title}» pasa de {LONGEST_PAYLOAD} bytes", "acórtelo")


def _command(content: Content, response: Response) -> Iterator[Problem]:
    command = response.command
    if command and command.do not in spoken.ACTIONS:
        yield response.where.problem(
            f"{response.name} pide hacer «{command.do}», que no se conoce", f"use uno de estos: {', '.join(spoken.ACTIONS)}"
        )
    elif command and command.do == "start_questionnaire" and command.arguments.get("name") not in content.questionnaires:
        yield response.where.problem(f"{response.name} empieza un cuestionario que no existe", "corrija `name:`")


def _options(questionnaire: str, step: Step) -> Iterator[Problem]:
    for option in step.options:
        if len(f"{questionnaire}.{step.id}={option.value}".encode()) > LONGEST_PAYLOAD:
            yield step.where.problem(f"la opción «{option.title}» da un payload de más de {LONGEST_PAYLOAD} bytes", "acorte los nombres")
