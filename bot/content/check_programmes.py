"""The rules over the programmes with case files: every name means something, and a button for each document fits."""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.content.check_texts import LONGEST_PAYLOAD
from bot.content.problems import Problem
from bot.content.published import Content

ENDING = "open_case"


def check_programmes(content: Content) -> Iterator[Problem]:
    for programme in content.programmes.values():
        where, name = programme.where, programme.name
        if programme.office not in content.organizations:
            yield where.problem(
                f"la oficina «{programme.office}» del programa {name} no está en el directorio",
                "agréguela en flows/directory/organizations",
            )
        application = content.questionnaires.get(programme.application)
        if application is None:
            yield where.problem(f"{name} usa el cuestionario «{programme.application}», que no existe", "corrija `questionnaire:`")
        elif application.command.do != ENDING:
            yield application.where.problem(
                f"el cuestionario {application.name} no abre el expediente de {name}", f"termine con `done: {{do: {ENDING}}}`"
            )
        for document in programme.documents:
            if len(f"/send_document={name}.{document.name}".encode()) > LONGEST_PAYLOAD:
                yield document.asking.where.problem(
                    f"el botón de «{document.title}» da un payload de más de {LONGEST_PAYLOAD} bytes", "acorte los nombres"
                )
        if programme.review.reviewed_on > date.today() + timedelta(days=1):
            yield where.problem(f"{name} tiene una fecha de revisión que aún no llega", "corrija «reviewed_on»")
    opened = {programme.application for programme in content.programmes.values()}
    for questionnaire in content.questionnaires.values():
        if questionnaire.command.do == ENDING and questionnaire.name not in opened:
            yield questionnaire.where.problem(
                f"el cuestionario {questionnaire.name} abre un expediente y ningún programa lo usa", "póngalo en flows/programmes"
            )
