"""The files of a small content folder that passes the publish gate, and what tests put into it: see tests/gate.py."""

from bot.content.retention import CLASSES as KEPT

PAPERS, DIALOGUE, SAFE_ANSWERS = "flows/domain/papers.yml", "flows/domain/dialogue.yml", "flows/domain/safety.yml"
FEES, RULES, TITLES, COMMANDS = "flows/facts/fees.yml", "flows/rules/dialogue.yml", "flows/titles.yml", "flows/commands.yml"
OFFICES, SERVICES = "flows/directory/organizations/offices.yml", "flows/directory/services/attention.yml"
PLACES, INTAKE, SAFETY = "flows/directory/municipalities.csv", "flows/questionnaires/intake.yml", "flows/safety.yml"
STATE, CITY = "flows/institutions/state/institution.yml", "flows/institutions/city/institution.yml"
CITY_PAPERS, CITY_FEES = "flows/institutions/city/domain/papers.yml", "flows/institutions/city/facts/fees.yml"
ENGLISH = "flows/translations/en.po"
NOTICE = """version: "2026-11-22"
purposes:
- {says: contestar, needs_consent: false}
- {says: pasar su caso, needs_consent: true}
sensitive: [su salud]
legal_basis: [la ley]
refuse: diga que no
full_at: aquí
"""
EXAMPLES, OTHER_EXAMPLES, TESTS = "nlu/data/papers.yml", "nlu/data/dialogue.yml", "nlu/test_data/papers.yml"

REVIEWED = "{office: permits, sources: [{title: Reglamento}], reviewed_on: 2026-01-15, review_in: 90, owner: papers}"
SOURCES = "      sources:\n      - title: Reglamento de tarjetas\n        url: https://example.org/reglamento\n"

FILES = {
    PAPERS: f"""\
version: "3.1"
intents:
- papers_renew
- papers_lost
- papers_photo
responses:
  utter_papers_renew:
  - text: |
      Vaya a la oficina con su tarjeta.
      Pague {{renewal_fee}}.
    buttons:
    - title: Perdí mi tarjeta
      payload: /papers_lost
    - title: Pedir una cita
      payload: /papers_appointment
    metadata:
      office: permits
      sources:
      - title: Reglamento de tarjetas
        url: https://example.org/reglamento
      reviewed_on: 2026-01-15
      review_in: 90
      expires_on: 2031-12-31
      owner: papers
      followups:
        cost: utter_papers_renew_cost
  utter_papers_renew_cost:
  - text: La renovación cuesta {{renewal_fee}}.
    metadata: {REVIEWED}
  utter_papers_lost:
  - text: Avise en la oficina.
    metadata: {REVIEWED}
  utter_papers_photo:
  - text: Lleve una foto reciente.
    metadata: {REVIEWED}
  utter_papers_appointment:
  - custom: {{do: start_questionnaire, name: intake}}
    metadata: {{kind: service}}
""",
    SAFE_ANSWERS: f"""\
version: "3.1"
responses:
  utter_safety_violence:
  - text: Marque {{help_phone}} ahora.
    metadata: {REVIEWED}
""",
    FEES: """\
renewal_fee:
  kind: amount
  value: 1,500 pesos
  says: Derechos por renovar
  sources:
  - title: Ley de derechos
  reviewed_on: 2026-01-15
  review_in: 365
  owner: papers
help_phone:
  kind: telephone
  value: "911"
  says: Emergencias
  sources:
  - title: Aviso oficial
  reviewed_on: 2026-01-15
  review_in: 90
  owner: directory
photo_fee:
  kind: amount
  value: 60 pesos
  says: Fotos
  sources:
  - title: Un periódico
  reviewed_on: 2026-01-15
  review_in: 90
  owner: papers
  doubt: dos fuentes no coinciden
""",
    OFFICES: """\
organizations:
- id: permits
  name: Oficina de Permisos
  alternate_name: Permisos
- id: city_hall
  name: Ayuntamiento
""",
    SERVICES: """\
services:
- id: attention
  organization_id: city_hall
  name: Atención a migrantes
  area: ["21", "15057"]
  receives_referrals: true
""",
    PLACES: """\
key,state,name,seat,population,latitude,longitude
15057,México,Naucalpan de Juárez,Naucalpan,834434,,
21114,Puebla,Puebla,Heroica Puebla de Zaragoza,1692181,,
""",
    RULES: """\
version: "3.1"
rules:
- rule: cost of the card
  condition:
  - slot_was_set:
    - topic: papers
  steps:
  - intent: followup_cost
  - action: utter_papers_renew_cost
""",
    INTAKE: """\
consent_version: "2026-01-15"
consent_expires_in: 180
steps:
- id: need
  type: choice
  label: Necesidad
  shared: true
  ask: ¿Qué necesita?
  help: Toque un botón.
  options:
  - {value: card, title: Tarjeta}
  - {value: other, title: Otra cosa}
- id: which
  type: text
  only_if: {need: other}
  ask: ¿Qué otra cosa?
  help: Escriba con sus palabras.
- id: consent
  type: consent
  ask: Se envía {summary} a {recipient} por {expires_in} días y cuesta {renewal_fee}.
done: {do: create_referral}
""",
    "flows/links.yml": "links:\n- {name: help, payload: /help}\n",
    "flows/notice.yml": NOTICE,
    "flows/team.yml": 'conduct: {version: "1", text: "Cuido lo que leo aquí."}\n',
    "flows/retention.yml": "retention:\n" + "".join(f"- {{name: {name}, days: 90, says: lo suyo}}\n" for name in KEPT),
    COMMANDS: """\
commands:
- {name: help, words: [ayuda, menu], response: utter_help}
- {name: cancel, words: [cancelar]}
""",
    SAFETY: """\
learned_above: 0.5
learned_above_if_harmless: 0.8
categories:
  violence_now:
    response: utter_safety_violence
    patterns:
    - "me {pega|golpea} ... {esposo|marido}"
    unless:
    - "me pega el sol"
harmless:
- "me muero de {hambre|risa}"
""",
    TITLES: """\
papers_renew: Renovar mi tarjeta
papers_lost: Perdí mi tarjeta
papers_photo: Fotos para la tarjeta
help: Ayuda
followup_cost: Cuánto cuesta
""",
    STATE: 'title: Estado\nhome_states: ["21"]\n',
    CITY: "title: Ciudad\nparent: state\nreceives: city_hall\n",
    CITY_PAPERS: f"""\
version: "3.1"
responses:
  utter_papers_lost:
  - text: Avise en la ventanilla de la ciudad.
    metadata: {REVIEWED}
""",
    ENGLISH: """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: en\\n"

msgid "La renovación cuesta {renewal_fee}."
msgstr "Renewal costs {renewal_fee}."
""",
    TESTS: """\
version: "3.1"
nlu:
- intent: papers_renew
  examples: |
    - mi tarjeta ya no sirve
- intent: help
  examples: |
    - qué sabe hacer
""",
}


EXTRA = "flows/facts/extra.yml"
DOUBTFUL = """\
late_fee:
  kind: amount
  value: 10 pesos
  says: Multa
  sources: [{title: Reglamento}]
  reviewed_on: 2026-01-15
  review_in: 90
  owner: papers
  doubt: falta confirmar
"""
