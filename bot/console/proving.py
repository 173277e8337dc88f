"""Whether a password is theirs: compared off the event loop, two at once at most, and never in a transaction."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.accounts import passwords, tries
from bot.accounts.tries import Strangers, Try
from bot.console.visit import Visit
from bot.errors import RefusedError

AT_ONCE = 2  # each needs 46 MiB


@dataclass(frozen=True)
class Proof:
    """`tried`: the password was right. `wait`: nothing was compared."""

    tried: Try | None = None
    wait: timedelta = timedelta(0)


class Proving:
    """What the pages that ask for a password share."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._strangers = Strangers()

    async def prove(self, visit: Visit, name: str, password: str) -> Proof:
        """The same steps and the same work whether or not the name exists. A right one still counts until `signing.begin` or `own`."""
        tried = await visit.run(tries.begin, name, visit.now) or self._strangers.begin(name, visit.now)
        if tried.wait:
            return Proof(wait=tried.wait)
        if await self._off_the_loop(passwords.matches, tried.password, password):
            return Proof(tried)
        await visit.run(tries.wrong, tried, visit.now)
        return Proof()

    async def own(self, visit: Visit, password: str) -> None:
        """Who has signed in gives their password again, before what matters. Raises RefusedError."""
        proof = await self.prove(visit, visit.actor.name, password)
        if proof.wait:
            raise RefusedError(f"Hubo demasiados intentos con esta cuenta; espere {minutes(proof.wait)} min y vuelva a intentar")
        if proof.tried is None:
            raise RefusedError("La contraseña actual no es esa; revise las mayúsculas y vuelva a escribirla")
        await visit.run(tries.right, proof.tried)

    async def hashed(self, password: str, again: str, name: str) -> str:
        """A new password. Raises RefusedError when it will not do."""
        if password != again:
            raise RefusedError("Las dos veces no se escribió lo mismo; escríbala otra vez")
        passwords.check(password, name)
        return await self._off_the_loop(passwords.hashed, password)

    async def _off_the_loop[**P, R](self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))


def minutes(wait: timedelta) -> int:
    """As somebody is told: begun ones are whole."""
    return max(1, -int(-wait.total_seconds() // 60))


def typed_name(text: str) -> str:
    """Names are small letters; telephones like to begin with a large one and end with a blank."""
    return re.sub(r"\s", "", text).lower()[:64]
