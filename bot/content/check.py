"""The publish gate: rules over the content that no single file can see. Without Rasa, in about a second."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.content import spoken
from bot.content.danger import PatternError, parse_pattern
from bot.content.examples import by_intent, read_examples
from bot.content.load import institution_names, load_content
from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content, Fact, Response, Where
from nlu.components.spelling import plain

LONGEST_MESSAGE = 4096  # Telegram's limit for a text
LONGEST_PAYLOAD = 64  # bytes, Telegram's callback_data
LONGEST_TITLE = 40  # characters that a telephone shows on a button
FEWEST_EXAMPLES = 20
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
                        response.where, f"{response.name} shows {name}, which is not confirmed ({fact.doubt})", "say whom to ask instead"
                    )
            elif name not in response.variables:
                yield _problem(
                    response.where,
                    f"{response.name} uses {{{name}}}, which is no fact",
                    "write the fact in flows/facts or correct the name",
                )
        if len(longest) > LONGEST_MESSAGE - 400:  # the source line and the cautions come after it
            yield _problem(response.where, f"{response.name} has {len(longest)} characters", f"keep it under {LONGEST_MESSAGE - 400}")
        yield from _words(response)
        for name in set(response.variables) - set(PLACEHOLDER.findall(response.text)):
            yield _problem(response.where, f"{response.name} declares the variable {name} and does not use it", "use it or take it out")


def _words(response: Response) -> Iterator[Problem]:
    lowered = response.text.lower()
    for promise in PROMISES:
        if promise in lowered:
            yield _problem(response.where, f"{response.name} promises («{promise}»)", "write «puede que sí; confirme con …»")
    for number in _NUMBER_OF_TELEPHONE.findall(response.text):
        if len(re.sub(r"\D", "", number)) >= 8:
            yield _problem(
                response.where,
                f"{response.name} has the number {number} in its text",
                "write it once as a fact in flows/facts, with its source",
            )


def _names(content: Content) -> Iterator[Problem]:
    defined, intents = content.responses, {intent for names in content.topics.values() for intent in names}
    used = set(spoken.RESPONSES) | {f"utter_{intent}" for intent in intents}
    for name in spoken.RESPONSES:
        if name not in defined:
            yield Problem(Path("flows/domain"), 1, f"the response {name} is missing", "add it: the program says it")
    ruled = {intent for rule in content.rules for intent in rule.intents}
    for topic, names in content.topics.items():
        for intent in names:
            if f"utter_{intent}" not in defined and intent not in ruled:
                yield Problem(
                    Path(f"flows/domain/{topic}.yml"),
                    1,
                    f"the question {intent} has no answer",
                    f"add utter_{intent} or a rule in flows/rules",
                )
    for owner, name, where in _uses(content):
        used.add(name)
        if name not in defined:
            yield _problem(where, f"{owner} uses {name}, which does not exist", "add it in flows/domain or correct the name")
    for name, response in defined.items():
        if name not in used:
            yield _problem(response.where, f"{name} is never said", "use it in a button, rule or follow-up, or take it out")


def _uses(content: Content) -> Iterator[tuple[str, str, Where]]:
    for response in content.responses.values():
        for kind, target in response.followups.items():
            yield f"{response.name} (follow-up {kind})", target, response.where
        for button in response.buttons:
            name = button.payload.removeprefix("/").partition("=")[0]
            if name not in spoken.ACTIONS and name not in content.commands:
                yield f"{response.name} (button {button.title})", f"utter_{name}", response.where
    for rule in content.rules:
        for action in rule.actions:
            yield f"the rule «{rule.name}»", action, rule.where
    for command in content.commands.values():
        if command.response:
            yield f"the command {command.name}", command.response, command.where
    for category in content.safety.categories:
        yield f"the danger category {category.name}", category.response, category.where


def _buttons(content: Content) -> Iterator[Problem]:
    for response in content.responses.values():
        for button in response.buttons:
            if not button.payload.startswith("/") or " " in button.payload:
                yield _problem(
                    response.where,
                    f"the button «{button.title}» of {response.name} has the payload «{button.payload}»",
                    "write `/` and the name of a question or command",
                )
            if len(button.payload.encode()) > LONGEST_PAYLOAD:
                yield _problem(response.where, f"the payload of «{button.title}» is longer than {LONGEST_PAYLOAD} bytes", "shorten it")
            if len(button.title) > LONGEST_TITLE or not re.search(r"\w", button.title):
                yield _problem(
                    response.where,
                    f"the button «{button.title}» of {response.name} cannot be read well",
                    f"write 1 to {LONGEST_TITLE} characters, with words",
                )
        if response.command and response.command.do not in spoken.ACTIONS:
            yield _problem(
                response.where,
                f"{response.name} does «{response.command.do}», which is unknown",
                f"use one of: {', '.join(spoken.ACTIONS)}",
            )
        elif (
            response.command
            and response.command.do == "start_questionnaire"
            and response.command.arguments.get("name") not in content.questionnaires
        ):
            yield _problem(response.where, f"{response.name} starts a questionnaire that does not exist", "correct `name:`")


def _reviews(content: Content) -> Iterator[Problem]:
    tomorrow = date.today() + timedelta(days=1)
    every: list[Response | Fact] = [*content.responses.values(), *content.facts.values()]
    reviewed = [(each.name, each.review, each.where) for each in every if each.review]
    for name, review, where in reviewed:
        if review.reviewed_on > tomorrow:
            yield _problem(where, f"{name} was reviewed in the future", "correct «reviewed_on»")
    for response in content.responses.values():
        if response.review and response.office not in content.organizations:
            yield _problem(
                response.where,
                f"the office «{response.office}» of {response.name} is not in the directory",
                "add it in flows/directory/organizations",
            )
        for kind in set(response.followups) - set(spoken.FOLLOWUPS):
            yield _problem(response.where, f"{response.name} has the follow-up «{kind}»", f"use one of: {', '.join(spoken.FOLLOWUPS)}")
    used = {name for response in content.responses.values() for name in PLACEHOLDER.findall(response.text)}
    for fact in content.facts.values():
        if fact.name not in used and not fact.doubt and fact.kind != "telephone":  # the list of help lines stands for itself
            yield _problem(fact.where, f"no answer says the fact {fact.name}", "use it or take it out")


def _questionnaires(content: Content) -> Iterator[Problem]:
    for questionnaire in content.questionnaires.values():
        if questionnaire.command.do not in spoken.ENDINGS:
            yield _problem(
                questionnaire.where,
                f"the questionnaire {questionnaire.name} ends with «{questionnaire.command.do}», which is unknown",
                f"use one of: {', '.join(spoken.ENDINGS)}",
            )
        for step in questionnaire.steps:
            for name in PLACEHOLDER.findall(step.ask):
                if name not in QUESTIONNAIRE_VARIABLES and name not in content.facts:
                    yield _problem(
                        step.where,
                        f"the step {step.id} uses {{{name}}}, which is unknown",
                        f"use a fact or one of: {', '.join(sorted(QUESTIONNAIRE_VARIABLES))}",
                    )
            for option in step.options:
                payload = f"{questionnaire.name}.{step.id}={option.value}"
                if len(payload.encode()) > LONGEST_PAYLOAD:
                    yield _problem(
                        step.where, f"the option «{option.title}» makes a payload longer than {LONGEST_PAYLOAD} bytes", "shorten the names"
                    )


def _danger(content: Content) -> Iterator[Problem]:
    where = Where(Path("flows/safety.yml"), 1)
    groups = [(each.where, (*each.patterns, *each.unless)) for each in content.safety.categories]
    for place, patterns in [*groups, (where, content.safety.harmless)]:
        for pattern in patterns:
            try:
                parse_pattern(pattern)
            except PatternError as error:
                yield _problem(place, str(error), "see the notes at the top of flows/safety.yml")
    if not content.safety.categories:
        yield _problem(where, "there are no danger patterns", "put the file back: nobody may go without them")


def _rules(content: Content) -> Iterator[Problem]:
    intents = {intent for names in content.topics.values() for intent in names}
    for rule in content.rules:
        for intent in rule.intents:
            if intent not in intents:
                yield _problem(rule.where, f"the rule «{rule.name}» waits for {intent}, which is no question", "correct the name")


def _directory(content: Content) -> Iterator[Problem]:
    for service in content.services.values():
        if service.organization_id not in content.organizations:
            yield _problem(
                service.where,
                f"the service {service.id} belongs to «{service.organization_id}», which is not in the directory",
                "add it in flows/directory/organizations",
            )
        for key in service.area:
            if content.municipalities.get(key) is None and not any(place.key.startswith(key) for place in content.municipalities.places):
                yield _problem(
                    service.where,
                    f"«{key}» is not an INEGI key",
                    "write the two digits of the state or the five of the municipality, in quotes",
                )
    receives = content.institution.receives
    if receives and receives not in content.organizations:
        yield Problem(
            Path("flows/institutions"),
            1,
            f"«{receives}» receives referrals and is not in the directory",
            "add it in flows/directory/organizations",
        )


def _titles(content: Content, flows: Path) -> Iterator[Problem]:
    intents = {intent for names in content.topics.values() for intent in names}
    for intent in sorted(intents - set(content.titles)):
        yield Problem(flows / "titles.yml", 1, f"the question {intent} has no title", "add a line: the text of its button")
    for intent, title in content.titles.items():
        if intent not in intents:
            yield Problem(flows / "titles.yml", 1, f"«{intent}» is no question", "correct the name or take the line out")
        if len(title) > LONGEST_TITLE:
            yield Problem(flows / "titles.yml", 1, f"the title of {intent} is longer than {LONGEST_TITLE} characters", "shorten it")


def _translations(content: Content, flows: Path) -> Iterator[Problem]:
    for language, texts in content.catalogues.items():
        for source, translated in texts.items():
            if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(translated)):
                yield Problem(
                    flows / "translations" / f"{language}.po",
                    1,
                    f"«{source[:40]}…» has other {{names}} in its translation",
                    "copy the names in braces exactly",
                )


def check_examples(content: Content, nlu: Path) -> list[Problem]:
    problems: list[Problem] = []
    examples = read_examples(nlu / "data", problems)
    tests = read_examples(nlu / "test_data", problems)
    intents = {intent: topic for topic, names in content.topics.items() for intent in names}
    grouped = by_intent(examples)
    for intent, topic in intents.items():
        count = len(grouped.get(intent, []))
        if count < FEWEST_EXAMPLES:
            problems.append(
                Problem(
                    nlu / "data" / f"{topic}.yml",
                    1,
                    f"the question {intent} has {count} examples",
                    f"write at least {FEWEST_EXAMPLES}, in people's own words",
                )
            )
    seen: dict[str, tuple[str, Where]] = {}
    for example in examples:
        if intents.get(example.intent) != example.topic:
            problems.append(
                _problem(
                    example.where,
                    f"{example.intent} is not a question of the topic {example.topic}",
                    f"list it in flows/domain/{example.topic}.yml or move it",
                )
            )
        key = plain(example.text)
        if key in seen and key:
            other, where = seen[key]
            what = "twice" if other == example.intent else f"under {other} too ({where.file.name}:{where.line})"
            problems.append(_problem(example.where, f"«{example.text[:50]}» stands {what}", "keep it where it belongs"))
        seen[key] = (example.intent, example.where)
    for test in tests:
        if test.intent not in intents:
            problems.append(_problem(test.where, f"{test.intent} is no question", "correct the name"))
        if plain(test.text) in seen:
            problems.append(_problem(test.where, f"«{test.text[:50]}» is a training example as well", "a test must be unseen: change it"))
    return problems
