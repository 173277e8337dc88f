"""What monitors read at /metrics, in Prometheus' text format: counts and durations, never who or what was said."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    """Keep one for the process; where two bots are served, they are counted together."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.updates = Counter("puente_updates", "Updates taken in from Telegram, by their kind", ["kind"], registry=registry)
        self.turns = Counter("puente_turns", "Turns taken", registry=registry)
        self.turn_seconds = Histogram(
            "puente_turn_seconds",
            "Stages of a turn: waiting in the inbox, beginning, listening, understanding, finishing, waiting in the outbox, sending",
            ["stage"], buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.sends = Counter(
            "puente_sends", "Calls to Telegram by how they ended: sent, unknown, refused, blocked, moved, wait, network, token", ["result"],
            registry=registry,
        )  # fmt: skip
        self.alerts = Counter(
            "puente_alerts", "Tries to alert staff, by channel and how they ended: sent, or the kind of failure", ["channel", "result"],
            registry=registry,
        )  # fmt: skip
        self.alerts_waiting = Gauge("puente_alerts_waiting", "Alerts to staff that have not gone out yet", registry=registry)
        self.plain_retries = Counter("puente_plain_retries", "Messages whose formatting Telegram refused, sent plain", registry=registry)
        self.polls = Counter("puente_polls", "Requests for updates by how they ended", ["result"], registry=registry)
        self.understanding_failures = Counter("puente_understanding_failures", "Questions Rasa could not be asked", registry=registry)
        self.updates_waiting = Gauge("puente_updates_waiting", "Updates accepted and not yet dealt with", registry=registry)
        self.oldest_update_seconds = Gauge("puente_oldest_update_seconds", "Age of the oldest of them", registry=registry)
        self.sends_waiting = Gauge("puente_sends_waiting", "Calls to Telegram not yet made", registry=registry)
        self.people_waiting = Gauge("puente_people_waiting", "Requests for a person that nobody has taken", registry=registry)
        self.telegram_silent_seconds = Gauge(
            "puente_telegram_silent_seconds",
            "Seconds since updates could last be fetched, of the bot that waits longest",
            registry=registry,
        )
        self.understanding_up = Gauge("puente_understanding_up", "1 while Rasa answers", registry=registry)

    def text(self) -> bytes:
        return generate_latest(self.registry)
