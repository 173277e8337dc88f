"""How the labels of the numbers read in Spanish."""

from datetime import date

from babel.dates import format_date

from bot.content.languages import SPOKEN_IN_MEXICO
from bot.content.marking import N_
from bot.content.published import Content
from bot.numbers.cells import REST
from bot.referrals.visible import STATES

TOGETHER = N_("Otros (pocos casos cada uno)")
STATUS = {str(state): words for state, words in STATES.items()}
REFUSALS = {
    "full": N_("Sin cupo"), "not_eligible": N_("No cumple los requisitos"), "wrong_place": N_("Le toca a otra oficina"),
    "not_reachable": N_("No se pudo localizar a la persona"), "other": N_("Otro motivo"), "": N_("No se anotó"),
}  # fmt: skip
REASONS = {
    "asked": N_("Lo pidió"), "fallback": N_("El asistente no entendió"), "no_recipient": N_("Ninguna oficina recibe el caso"),
    "failed": N_("Falló el asistente"), "not_attended": N_("Fue y no la atendieron"),
    "referral_late": N_("La institución no contestó a tiempo"),
    "minor_alone": N_("Es menor y está sin un adulto"),
}  # fmt: skip
TOPICS = {
    "children": N_("Niñas, niños y adolescentes"), "consular": N_("Consulados"), "data": N_("Mis datos"),
    "dialogue": N_("Saludos y otras frases"),
    "employment": N_("Trabajo"), "entrepreneurship": N_("Poner un negocio"), "fraud": N_("Fraudes"), "health": N_("Salud"),
    "identity": N_("Actas e identidad"),
    "ipam": N_("IPAM"), "missing": N_("Personas desaparecidas"), "officials": N_("Para funcionarios"), "referral": N_("Mi caso"),
    "regularization": N_("Papeles en México"), "return": N_("Regreso a México"), "rights": N_("Derechos"), "shelter": N_("Albergues"),
    "trafficking": N_("Trata de personas"), "women": N_("Mujeres"), "": N_("Sin tema"),
}  # fmt: skip
DECISIONS = {"answer": N_("Se contestó"), "suggest": N_("Se propusieron preguntas"), "fallback": N_("No se entendió")}


class Names:
    def __init__(self, content: Content) -> None:
        self._content = content
        step = content.questionnaires["referral_intake"].step("need")
        self._needs = {option.value: option.title for option in step.options} if step else {}
        self._states = {place.key[:2]: place.state for place in content.municipalities.places}

    def need(self, label: str) -> str:
        return self._needs.get(label) or _other(label)

    def state(self, label: str) -> str:
        return self._states.get(label) or (_other(label) if label else N_("No dijo dónde"))

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
        return {"yes": N_("Sí"), "no": N_("No"), "": N_("No se le ha preguntado o no contestó")}.get(label) or _other(label)

    def late(self, label: str) -> str:
        return {"late": N_("Fuera de tiempo"), "in_time": N_("A tiempo o todavía en plazo")}.get(label) or _other(label)


def _other(label: str) -> str:
    return TOGETHER if label == REST else label
