"""How the labels of the numbers read in Spanish."""

from datetime import date

from babel.dates import format_date

from bot.content.languages import SPOKEN_IN_MEXICO
from bot.content.published import Content
from bot.numbers.cells import REST
from bot.referrals.visible import STATES

TOGETHER = "Otros (pocos casos cada uno)"
STATUS = {str(state): words for state, words in STATES.items()}
REFUSALS = {
    "full": "Sin cupo", "not_eligible": "No cumple los requisitos", "wrong_place": "Le toca a otra oficina",
    "not_reachable": "No se pudo localizar a la persona", "other": "Otro motivo", "": "No se anotó",
}  # fmt: skip
REASONS = {
    "asked": "Lo pidió", "fallback": "El asistente no entendió", "no_recipient": "Ninguna oficina recibe el caso",
    "failed": "Falló el asistente", "not_attended": "Fue y no la atendieron", "referral_late": "La institución no contestó a tiempo",
    "minor_alone": "Es menor y está sin un adulto",
}  # fmt: skip
TOPICS = {
    "children": "Niñas, niños y adolescentes", "consular": "Consulados", "data": "Mis datos", "dialogue": "Saludos y otras frases",
    "employment": "Trabajo", "entrepreneurship": "Poner un negocio", "fraud": "Fraudes", "health": "Salud", "identity": "Actas e identidad",
    "ipam": "IPAM", "missing": "Personas desaparecidas", "officials": "Para funcionarios", "referral": "Mi caso",
    "regularization": "Papeles en México", "return": "Regreso a México", "rights": "Derechos", "shelter": "Albergues",
    "trafficking": "Trata de personas", "women": "Mujeres", "": "Sin tema",
}  # fmt: skip
DECISIONS = {"answer": "Se contestó", "suggest": "Se propusieron preguntas", "fallback": "No se entendió"}


class Names:
    def __init__(self, content: Content) -> None:
        self._content = content
        step = content.questionnaires["referral_intake"].step("need")
        self._needs = {option.value: option.title for option in step.options} if step else {}
        self._states = {place.key[:2]: place.state for place in content.municipalities.places}

    def need(self, label: str) -> str:
        return self._needs.get(label) or _other(label)

    def state(self, label: str) -> str:
        return self._states.get(label) or (_other(label) if label else "No dijo dónde")

    def municipality(self, label: str) -> str:
        place = self._content.municipalities.get(label)
        return place.title if place else _other(label)

    def organization(self, label: str) -> str:
        found = self._content.organizations.get(label)
        return found.short_name if found else _other(label)

    def month(self, label: str) -> str:
        return _other(label) if label == REST else format_date(date.fromisoformat(f"{label}-01"), "MMMM 'de' y", locale=SPOKEN_IN_MEXICO)

    def language(self, label: str) -> str:
        return self._content.languages.get(label) or _other(label)

    def status(self, label: str) -> str:
        return STATUS.get(label) or _other(label)

    def refusal(self, label: str) -> str:
        return REFUSALS.get(label) or _other(label)

    def reason(self, label: str) -> str:
        return REASONS.get(label) or _other(label)

    def topic(self, label: str) -> str:
        return TOPICS.get(label) or _other(label)

    def decision(self, label: str) -> str:
        return DECISIONS.get(label) or _other(label)

    def attended(self, label: str) -> str:
        return {"yes": "Sí", "no": "No", "": "No se le ha preguntado o no contestó"}.get(label) or _other(label)

    def late(self, label: str) -> str:
        return {"late": "Fuera de tiempo", "in_time": "A tiempo o todavía en plazo"}.get(label) or _other(label)


def _other(label: str) -> str:
    return TOGETHER if label == REST else label
