"""The mark of a text that staff read and that stands in Python: the catalogues are made of what bears it (`translatable`).

It changes nothing. Whoever shows the text passes it to the page's gettext.
"""

MARK = "N_"


def N_(text: str) -> str:  # noqa: N802  the name that programs for gettext know
    return text
