"""The rules over the training and test examples: enough of each question, none twice, none of the test among them."""

from pathlib import Path

from bot.content.examples import Example, by_intent, read_examples
from bot.content.languages import SOURCE
from bot.content.problems import Problem
from bot.content.published import Content
from nlu.components.spelling import plain

FEWEST_EXAMPLES = 20


def check_examples(content: Content, nlu: Path) -> list[Problem]:
    problems: list[Problem] = []
    examples = read_examples(nlu / "data", problems)
    tests = read_examples(nlu / "test_data", problems)
    intents = {intent: topic for topic, names in content.topics.items() for intent in names}
    grouped = by_intent([each for each in examples if each.language == SOURCE])
    for intent, topic in intents.items():
        count = len(grouped.get(intent, []))
        if count < FEWEST_EXAMPLES:
            problems.append(
                Problem(
                    nlu / "data" / f"{topic}.yml",
                    1,
                    f"la pregunta {intent} tiene {count} ejemplos",
                    f"escriba {FEWEST_EXAMPLES} o más, como habla la gente",
                )
            )
    seen: dict[str, Example] = {}
    for example in examples:
        if intents.get(example.intent) != example.topic:
            problems.append(
                Problem(
                    example.where.file,
                    example.where.line,
                    f"{example.intent} no es una pregunta del tema {example.topic}",
                    f"agréguela en flows/domain/{example.topic}.yml o mueva el ejemplo",
                )
            )
        key = plain(example.text) or example.text  # an emoji alone has no words
        if key in seen and (seen[key].intent != example.intent or seen[key].language == example.language):
            other, where = seen[key].intent, seen[key].where
            what = "dos veces" if other == example.intent else f"también en {other} ({where.file.name}:{where.line})"
            problems.append(Problem(example.where.file, example.where.line, f"«{example.text[:50]}» está {what}", "déjelo solo donde va"))
        seen.setdefault(key, example)
    for test in tests:
        if test.intent not in intents:
            problems.append(Problem(test.where.file, test.where.line, f"{test.intent} no es una pregunta", "corrija el nombre"))
        if (plain(test.text) or test.text) in seen:
            problems.append(
                Problem(
                    test.where.file,
                    test.where.line,
                    f"«{test.text[:50]}» también es un ejemplo de entrenamiento",
                    "una prueba debe ser nueva: cámbiela",
                )
            )
    return problems
