"""Every error Puente raises on purpose.

    PuenteError
    ├── SettingsError          a setting is missing or wrong; names the setting
    ├── ContentError           flows/ or nlu/data/ cannot be used; names file, line and what to do
    ├── StorageError           the database or the data folder cannot be used
    │   └── KeysError          the encryption keys are missing or are not this database's
    ├── UnderstandingError     Rasa is down, slow or answered something that is not a turn
    ├── TelegramError          Telegram refuses the token or cannot be reached at start
    └── RefusedError           the operation is not allowed in this state (a closed ticket, a second claim …)

The text of a PuenteError is written for the person at the keyboard and never shown to anyone else.
"""


class PuenteError(Exception):
    """Base of the tree; `python -m bot` prints it in one line and exits with 2."""


class SettingsError(PuenteError):
    pass


class ContentError(PuenteError):
    pass


class StorageError(PuenteError):
    pass


class KeysError(StorageError):
    pass


class UnderstandingError(PuenteError):
    pass


class TelegramError(PuenteError):
    pass


class RefusedError(PuenteError):
    pass
