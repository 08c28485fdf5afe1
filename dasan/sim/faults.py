"""What can happen to the server itself: its disk refuses for a while, or it restarts and rebuilds its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dasan.core.commands import MissBeat
from dasan.core.counselor import LIVE
from dasan.core.errors import StorageFull
from dasan.core.ids import COUNSELOR, HANDOFF, SESSION
from dasan.dispatch import Dispatcher
from dasan.outbox import Promises
from dasan.outbox import restore as restore_promises
from dasan.timers import Timers

if TYPE_CHECKING:
    from dasan.sim.world import World


class FaultyStore:
    """A store whose commits can be made to fail; everything else is the store's own."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.reads = store.reads
        self.refusing = False

    def unit(self) -> Any:
        """The store's unit; while refusing, one that cannot be committed."""
        return _Refusing(self._store.unit()) if self.refusing else self._store.unit()

    def relent(self) -> None:
        """The disk takes writes again."""
        self.refusing = False


class _Refusing:
    """A unit on a full disk: it decides, and cannot commit."""

    def __init__(self, unit: Any) -> None:
        self._unit = unit

    def __enter__(self) -> _Refusing:
        self._unit.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._unit.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def commit(self) -> int:
        """Raises StorageFull."""
        raise StorageFull


def pictures(world: World) -> tuple[Dispatcher, Timers, Promises]:
    """Dispatcher, timers and promises as a start makes them from what the store holds."""
    reads = world.store.reads
    dispatcher, timers, promises = Dispatcher(world.policy), Timers(), Promises()
    for kind in (COUNSELOR, SESSION, HANDOFF):
        for head in reads.open_heads(kind):
            dispatcher.take(head)
            timers.take(head)
    restore_promises(promises, reads.deliveries("waiting", 1_000_000), reads.open_heads(HANDOFF))
    return dispatcher, timers, promises


def restart(world: World) -> None:
    """The server dies between two commits and comes back: every picture is gone and made anew (I19).

    Every lease that was live is suspect with its full grace; consoles that are still there are heard within seconds.
    """
    before = (world.dispatcher, world.timers, world.promises)
    after = pictures(world)
    world.checker.same_pictures(before, after)
    world.dispatcher, world.timers, world.promises = after
    world.checker.published.restart()
    for head in world.store.reads.open_heads(COUNSELOR):
        k = head.state
        if k.lease == LIVE:
            world.system(MissBeat(k.id, k.epoch, world.policy.timing.lost_s))
            person = world.crew.get(k.id) or world.supervisor
            if person.up:
                world.after(world.luck.uniform(0.5, 6), person.heard_again, k.epoch)
