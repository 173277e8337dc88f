"""How a member recognizes a browser in the list of where they are signed in: «Firefox en Windows»."""

_BROWSERS = (  # the first that is named: most say that they are others too
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def named(user_agent: str) -> str:
    """What the browser says of itself is not kept, only this."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Navegador")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} en {system}" if system else browser
