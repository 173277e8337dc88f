"""A sound practice case, and the words that it listens for, to be written into a folder and broken."""

from tests.gate import Folder
from tests.sound_content import OFFICES

CASE, WORDS = "flows/simulations/counter.yml", "flows/practice_words.yml"
OTHER_OFFICES = "".join(f"- {{id: {name}, name: Oficina {name}, description: Atiende a personas.}}\n" for name in ("second", "third"))
WORD_LISTS = """\
hours:
  any: ["a las {9|10}"]
  unless: ["no abrimos"]
"""
TEXT = """\
title: En la ventanilla
says: Caso inventado. Se practica atender.
version: "1"
topic: papers
office: permits
owner: papers
sources: [{title: Reglamento}]
reviewed_on: 2026-01-15
review_in: 90
validation: pending
pass: 70
opens: ["buenas"]
replies:
- id: name
  if: ["como se llama"]
  says: me dicen Lupe
- id: agrees
  on: ask_consent
  says: si
otherwise: ["no se"]
refer_to: [permits, second, third]
criteria:
- id: consent
  title: Pidió permiso
  points: 30
  kind: presses
  action: ask_consent
  before: refer
  essential: true
  because: Ella decide.
- id: right_office
  title: Mandó bien
  points: 30
  kind: presses
  action: refer
  to: [permits]
  because: Ahí la atienden.
- id: hours
  title: Dijo cuándo
  points: 20
  kind: says
  words: [hours]
  because: Sin hora se pierde.
- id: no_promise
  title: No prometió
  points: 10
  kind: never
  any: ["le prometo"]
  because: Nadie lo sabe.
- id: no_papers
  title: No pidió papeles
  points: 10
  kind: never
  any: ["sus papeles"]
  because: No hacen falta.
"""


def with_case(folder: Folder) -> Folder:
    """A sound folder with a practice case in it."""
    folder.append(OFFICES, OTHER_OFFICES)
    folder.write(WORDS, WORD_LISTS)
    folder.write(CASE, TEXT)
    folder.expect()
    return folder
