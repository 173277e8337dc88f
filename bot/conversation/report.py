"""All answers as people read them, in every language, in one file that an editor can read through."""

from collections.abc import Iterator
from datetime import date

from bot.content.languages import LANGUAGES
from bot.content.published import Content, Response
from bot.conversation.replies import MORE, render, render_rest

CUT = "——— Ver más ———"


def rendered(content: Content, today: date) -> Iterator[str]:
    """Markdown, line by line."""
    yield f"# Respuestas de Puente, {content.institution.title}, {today:%d/%m/%Y}"
    yield f"\nVersión {content.version}. «{CUT}» es donde se corta el primer mensaje; lo demás sale con el botón «Ver más»."
    for language, name in LANGUAGES.items():
        yield f"\n## {language}: {name}"
        for topic in sorted({_topic(content, response) for response in content.responses.values()}):
            yield f"\n### {language}: {topic}"
            for response in content.responses.values():
                if response.text and _topic(content, response) == topic:
                    yield from _one(content, response, language, today)
        yield from _questionnaires(content, language)


def _topic(content: Content, response: Response) -> str:
    return response.where.file.stem


def _one(content: Content, response: Response, language: str, today: date) -> Iterator[str]:
    title = content.titles.get(response.name.removeprefix("utter_"))
    yield f"\n#### {response.name}" + (f": {content.translate(title, language)}" if title else "")
    variables = {name: f"[{name}]" for name in response.variables}
    shown = render(content, response.name, language, today, variables)
    yield f"\n{shown.text}"
    if any(button.payload == f"{MORE}={response.name}" for button in shown.buttons):
        yield f"\n{CUT}\n\n{render_rest(content, response.name, language, today, variables).text}"
    if shown.buttons:
        yield "\nBotones: " + " · ".join(f"[{button.title}]" for button in shown.buttons)
    for kind, target in response.followups.items():
        yield f"\nSi después pregunta por «{kind}»: {target}"


def _questionnaires(content: Content, language: str) -> Iterator[str]:
    yield f"\n### {language}: cuestionarios"
    for questionnaire in content.questionnaires.values():
        yield f"\n#### {questionnaire.name}"
        for step in questionnaire.steps:
            yield f"\n• {content.translate(step.ask, language)}"
            if step.options:
                yield "  " + " · ".join(f"[{content.translate(option.title, language)}]" for option in step.options)
