"""The publish gate: rules over the content that no single file can see. Without Rasa, in about three seconds."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.content import spoken, spoken_learning
from bot.content.check_assessments import check_assessments
from bot.content.check_courses import check_courses
from bot.content.check_directory import check_directory, check_eligibility
from bot.content.check_examples import check_examples
from bot.content.check_programmes import check_programmes
from bot.content.check_protocols import check_protocols
from bot.content.check_simulations import check_simulations
from bot.content.check_texts import check_texts
from bot.content.load import institution_names, load_content
from bot.content.patterns import PatternError, parse_pattern
from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content, Fact, Response
from bot.content.readability import check_readability
from bot.content.review import Where
from bot.content.yaml_lines import Tables

OF_OFFICIALS = "utter_learning_"  # how responses begin that are said only where officials learn


def check_all(flows: Path, nlu: Path, tables: Tables | None = None) -> list[Problem]:
    """Everything wrong with the content, base and every institution, and with the examples."""
    problems: list[Problem] = []
    contents: list[Content] = []
    tables = tables or Tables()
    for institution in [None, *institution_names(flows)]:
        content, found = load_content(flows, institution, tables)
        contents.append(content)
        problems += [*found, *check_content(content, flows), *check_readability(content, contents[:-1])]
    problems += [*_unused(contents), *check_examples(contents[0], nlu)]
    return sorted(set(problems))


def check_content(content: Content, flows: Path) -> list[Problem]:
    found = [*check_texts(content), *_names(content, flows), *_reviews(content), *_endings(content), *_danger(content, flows)]
    found += [*_rules(content), *_notice(content), *check_directory(content), *check_eligibility(content)]
    found += [*check_programmes(content), *check_courses(content), *check_assessments(content), *check_protocols(content)]
    return [*found, *check_simulations(content)]


def _names(content: Content, flows: Path) -> Iterator[Problem]:
    defined = content.responses
    for name in spoken.RESPONSES:
        if name not in defined:
            yield Problem(flows / "domain", 1, f"falta la respuesta {name}", "agréguela: el programa la dice")
    ruled = {intent for rule in content.rules for intent in rule.intents}
    for topic, names in content.topics.items():
        for intent in names:
            if f"utter_{intent}" not in defined and intent not in ruled:
                where = Where(flows / "domain" / f"{topic}.yml", 1)
                yield where.problem(f"la pregunta {intent} no tiene respuesta", f"agregue utter_{intent} o una regla en flows/rules")
    for owner, name, where in _uses(content):
        if name not in defined:
            yield where.problem(f"{owner} usa {name}, que no existe", "agréguela en flows/domain o corrija el nombre")


def _leads_to(content: Content, owner: str, payload: str, where: Where) -> Iterator[tuple[str, str, Where]]:
    name, _, value = payload.removeprefix("/").partition("=")
    if name == "start_questionnaire" and value not in content.questionnaires:
        yield owner, value or name, where
    if name == "start_application" and value not in content.programmes:
        yield owner, value or name, where
    if name == "show_office" and value not in content.organizations:
        yield owner, value or name, where
    theirs = (spoken_learning.ACTIONS, content.officials_commands) if owner.startswith(OF_OFFICIALS) else (spoken.ACTIONS, content.commands)
    if not any(name in known for known in theirs):
        yield owner, f"utter_{name}", where


def _uses(content: Content) -> Iterator[tuple[str, str, Where]]:
    for response in content.responses.values():
        for kind, target in response.followups.items():
            yield f"{response.name} (followups {kind})", target, response.where
        for button in response.buttons:
            yield from _leads_to(content, f"{response.name} (botón {button.title})", button.payload, response.where)
    for link in content.links.values():
        yield from _leads_to(content, f"el enlace {link.name}", link.payload, link.where)
    for rule in content.rules:
        for action in rule.actions:
            yield f"la regla «{rule.name}»", action, rule.where
    for questionnaire in content.questionnaires.values():
        for step in questionnaire.steps:
            for option in step.options:
                if option.done:
                    name = option.done.arguments.get("response", "")
                    yield f"la opción «{option.title}» de {questionnaire.name}", name or "response", step.where
    for command in (*content.commands.values(), *content.officials_commands.values()):
        if command.response:
            yield f"el comando {command.name}", command.response, command.where
    for category in content.safety.categories:
        yield f"la categoría de peligro {category.name}", category.response, category.where


def _unused(contents: list[Content]) -> Iterator[Problem]:
    """Responses and facts that neither the base nor any institution says: one institution may leave out what the others say."""
    responses, facts = set(spoken.RESPONSES), set[str]()
    for content in contents:
        facts |= {name for each in content.services.values() for name in (*each.phones, each.url)}
        facts |= {each.address for each in content.locations.values()} | {each.telephone for each in content.organizations.values()}
        responses |= {f"utter_{intent}" for intents in content.topics.values() for intent in intents}
        responses |= {name for _, name, _ in _uses(content)}
        texts = [
            *(each.text for each in content.responses.values()),
            *(step.ask for each in content.questionnaires.values() for step in each.steps),
            *(each.text for each in content.canned.values()),
            *(text for each in content.courses.values() for text in each.texts),
            *(text for each in content.assessments.values() for text, _ in each.texts),
            *(stage.says for each in content.programmes.values() for stage in each.stages.values()),
            *(said for each in content.simulations.values() for _, said in each.texts),
        ]
        facts |= {name for text in texts for name in PLACEHOLDER.findall(text)}
    for content in contents:
        for response in content.responses.values():
            if response.name not in responses:
                yield response.where.problem(
                    f"{response.name} no se dice nunca", "úsela en un botón, en una regla o en followups, o quítela"
                )
        for fact in content.facts.values():
            if fact.name not in facts and not fact.doubt and fact.kind != "telephone":  # the list of help lines stands for itself
                yield fact.where.problem(f"ninguna respuesta dice el dato {fact.name}", "úselo o quítelo")


def _reviews(content: Content) -> Iterator[Problem]:
    tomorrow = date.today() + timedelta(days=1)
    every: list[Response | Fact] = [*content.responses.values(), *content.facts.values()]
    for each in every:
        if each.review and each.review.reviewed_on > tomorrow:
            yield each.where.problem(f"{each.name} tiene una fecha de revisión que aún no llega", "corrija «reviewed_on»")
    for response in content.responses.values():
        if response.review and response.office not in content.organizations:
            yield response.where.problem(
                f"la oficina «{response.office}» de {response.name} no está en el directorio", "agréguela en flows/directory/organizations"
            )
        for kind in set(response.followups) - set(spoken.FOLLOWUPS):
            yield response.where.problem(
                f"{response.name} tiene en followups «{kind}», que no se conoce", f"use uno de estos: {', '.join(spoken.FOLLOWUPS)}"
            )


def _endings(content: Content) -> Iterator[Problem]:
    for each in content.questionnaires.values():
        endings = [each.command, *(option.done for step in each.steps for option in step.options if option.done)]
        for command in endings:
            if not command.do or command.do in spoken.ENDINGS:
                continue
            yield each.where.problem(
                f"el cuestionario {each.name} termina con «{command.do}», que no se conoce",
                f"use uno de estos: {', '.join(spoken.ENDINGS)}",
            )


def _notice(content: Content) -> Iterator[Problem]:
    """An address and a contact of the notice are facts that may be shown."""
    for name in filter(None, (content.notice.address, content.notice.unit_contact)):
        if name not in content.facts:
            yield content.notice.where.problem(f"el aviso de privacidad usa {name}, que no es un dato", "escríbalo en flows/facts")
        elif content.facts[name].doubt:
            yield content.notice.where.problem(f"el aviso muestra {name}, que no está confirmado", "quítelo hasta que se confirme")


def _danger(content: Content, flows: Path) -> Iterator[Problem]:
    where = Where(flows / "safety.yml", 1)
    groups = [(each.where, (*each.patterns, *each.unless)) for each in content.safety.categories]
    for place, patterns in [*groups, (where, content.safety.harmless)]:
        for pattern in patterns:
            try:
                parse_pattern(pattern)
            except PatternError as error:
                yield place.problem(str(error), "lea las notas al principio de flows/safety.yml")
    if not content.safety.categories:
        yield where.problem("no hay patrones de peligro", "vuelva a poner el archivo: nadie debe quedarse sin ellos")


def _rules(content: Content) -> Iterator[Problem]:
    intents = {intent for names in content.topics.values() for intent in names}
    for rule in content.rules:
        for intent in rule.intents:
            if intent not in intents:
                yield rule.where.problem(f"la regla «{rule.name}» espera {intent}, que no es una pregunta", "corrija el nombre")
