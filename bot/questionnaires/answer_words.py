"""Words that stand for an answer in any of our languages, and what tells a question to us from an answer to ours."""

import itertools

from nlu.components.spelling import by_sound, plain

YES = {
    by_sound(word)
    for word in (
        "si",
        "sí autorizo",
        "si acepto",
        "acepto",
        "autorizo",
        "de acuerdo",
        "ok",
        "claro",
        "esta bien",
        "va",
        "dale",
        "sale",
        "yes",
        "simon",
        "si quiero",
        "por supuesto",
        "yeah",
        "oui",
        "sim",
        "wi",
        "yes i agree",
        "i agree",
        "agree",
        "oui j accepte",
        "oui j autorise",
        "j accepte",
        "j autorise",
        "d accord",
        "sim aceito",
        "sim autorizo",
        "aceito",
        "concordo",
        "wi mwen dakò",
        "wi mwen otorize",
        "mwen dakò",
        "mwen otorize",
        "mwen aksepte",
        "dakò",
    )
}
NO = {
    by_sound(word)
    for word in (
        "no",
        "no autorizo",
        "no acepto",
        "no quiero",
        "nel",
        "mejor no",
        "nop",
        "todavia no",
        "para nada",
        "no gracias",
        "nope",
        "non",
        "nao",
        "not really",
        "no thanks",
        "no thank you",
        "i do not agree",
        "i don t agree",
        "non merci",
        "je refuse",
        "je n autorise pas",
        "je n accepte pas",
        "nao autorizo",
        "nao aceito",
        "nao quero",
        "nao obrigado",
        "nao obrigada",
        "non mèsi",
        "mwen pa dakò",
        "mwen pa otorize",
        "mwen pa vle",
    )
}

NOT_KNOWN = {
    by_sound(word)
    for word in (
        "no se", "no lo se", "no sabemos", "no sabria", "no sabria decirle", "no estoy seguro", "no estoy segura", "la verdad no se",
        "ni idea", "quien sabe", "i don t know", "don t know", "not sure", "je ne sais pas", "sais pas", "nao sei", "mwen pa konnen",
        "m pa konnen",
    )
}  # fmt: skip

ONWARD = {
    by_sound(word)
    for word in ("seguir", "sigo", "siguiente", "siga", "listo", "lista", "ya", "ya lei", "leido", "entendido", "continuar", "next",
                 "go on", "continue", "suivant", "seguinte", "kontinye")
}  # fmt: skip

_QUESTION_OPENINGS = ("quiero saber", "quisiera saber", "necesito saber", "queria saber", "me puede decir", "digame", "sabe si", "sabes si")
_FILLERS = {
    "oiga", "oye", "mire", "disculpe", "perdon", "bueno", "pues", "y", "pero", "entonces", "hola", "buenas", "buenos",
    "tardes", "dias", "noches", "señorita", "senorita", "joven", "a", "de", "por",
}  # fmt: skip
_QUESTION_WORDS_INSIDE = {"como", "donde", "adonde", "cuanto", "cuanta", "cuantos", "cual", "cuales"}
_QUESTION_WORDS = {
    "what",
    "how",
    "when",
    "where",
    "who",
    "which",
    "why",
    "can",
    "does",
    "do",
    "is",
    "are",
    "comment",
    "quand",
    "combien",
    "quel",
    "quelle",
    "pourquoi",
    "quando",
    "quanto",
    "onde",
    "quem",
    "qual",
    "kijan",
    "kibo",
    "kote",
    "konbyen",
    "kiles",
    "poukisa",
    "eske",
    "ki",
    "que",
    "como",
    "cuando",
    "cuanto",
    "cuanta",
    "cuantos",
    "donde",
    "quien",
    "cual",
    "cuales",
}


def _asks_after_a_greeting(words: list[str]) -> bool:
    """ "oiga y como saco cita" asks; "trabajaba como cocinero" does not."""
    rest = list(itertools.dropwhile(lambda word: word in _FILLERS, words))
    return bool(rest) and rest[0] in _QUESTION_WORDS_INSIDE


def is_question(text: str) -> bool:
    """Looks like a question to us rather than an answer to ours."""
    words = plain(text).split()
    if any(" ".join(words).startswith(opening) for opening in _QUESTION_OPENINGS) or _asks_after_a_greeting(words):
        return True
    return (
        "?" in text
        or "¿" in text
        or bool(words and words[0] in _QUESTION_WORDS)
        or words[:2] in (["y", "que"], ["y", "cuanto"], ["y", "donde"], ["por", "que"])
    )
