"""Rasa's rules, for the questions whose answer depends on more than the intent."""

from pathlib import Path

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.published import Rule
from bot.content.yaml_lines import Table


def read_rules(path: Path, table: Table, problems: list[Problem]) -> list[Rule]:
    top = Fields(path, table, f"las reglas de {path.stem}", problems)
    top.only("version", "rules")
    found = []
    for entry in top.tables("rules"):
        fields = Fields(path, entry, f"la regla {entry.get('rule', '?')}", problems)
        fields.only("rule", "condition", "steps")
        steps = fields.tables("steps", required=True)
        intents, actions = [], []
        for step in (Fields(path, each, fields.what, problems) for each in steps):
            step.only("intent", "action")
            intents += [step.text("intent")] if "intent" in step.table else []
            actions += [step.text("action")] if "action" in step.table else []
        if len(intents) != 1 or not actions:
            fields.complain("steps", "una regla tiene un intent y después las respuestas", "escriba `- intent: …` y `- action: utter_…`")
            continue
        found.append(Rule(fields.text("rule"), entry, tuple(intents), tuple(actions), fields.where))
    return found
