"""The service: listens first, answers at once, syncs when due or when a watched folder changed,
and ends within ten seconds.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from gphotos_search.config import Config
from gphotos_search.errors import ConfigError, GphotosError, Locked
from gphotos_search.lock import exclusive, holder
from gphotos_search.service import notify, schedule
from gphotos_search.service.address import data_dir_id
from gphotos_search.service.api import Api
from gphotos_search.service.base import AnswerTerminal, OpenWork, ReadConfig
from gphotos_search.service.current import Current
from gphotos_search.service.indexer import Indexer
from gphotos_search.service.listen import listener
from gphotos_search.service.server import Server
from gphotos_search.service.signals import Event, Signals
from gphotos_search.service.watch import Watcher

TICK_S = 30.0
SYNC_ENDS_S = 6.0  # of the ten seconds that a stop may take
REQUESTS_END_S = 1.0

log = logging.getLogger(__name__)


def run(
    config: Config,
    open_work: OpenWork,
    read_config: ReadConfig,
    terminal: AnswerTerminal | None = None,
) -> int:
    """Serve until a signal, and return the exit code. Call it from the main thread.

    `read_config` reads the configuration anew for SIGHUP; `terminal` answers searches as they are
    typed. Raises GphotosError when it cannot start:
    Locked while another service runs for this data folder, ConfigError, UsageError.
    """
    schedule.check(config.sync)
    with Signals() as signals, _only_one(config), listener(config) as listening:
        current = Current(config, open_work(config))
        service = _Service(current, open_work, read_config, signals, terminal)
        code, ended = service.run(listening)
    if not ended:
        # A download or a batch that does not come back. Nothing is lost: the catalogue's
        # transaction is undone at the next start, as after a power cut.
        log.warning("A sync or a request did not end in time and was cut off")
        sys.stderr.flush()
        os._exit(code)
    log.info("Stopped")
    return code


@contextmanager
def _only_one(config: Config) -> Iterator[None]:
    lock_file = config.storage.data_dir / "service.lock"
    with ExitStack() as held:
        try:
            held.enter_context(exclusive(lock_file, purpose="service"))
        except Locked:
            raise Locked(
                f"A gphotos-search service is already running here: {holder(lock_file)}.",
                advice="Ask it: gphotos-search status. To replace it, stop it first.",
            ) from None
        yield


class _Service:
    """The parts, and the loop of the main thread over them."""

    def __init__(
        self,
        current: Current,
        open_work: OpenWork,
        read_config: ReadConfig,
        signals: Signals,
        terminal: AnswerTerminal | None,
    ) -> None:
        self.current, self.open_work, self.read_config = current, open_work, read_config
        self.signals = signals
        self.indexer = Indexer(current, _tell)
        self.watcher = Watcher(current, self.indexer.sync_changed)
        self.api = Api(current, self.indexer, terminal)

    def run(self, listening: socket.socket) -> tuple[int, bool]:
        """The exit code, and whether everything had ended by itself."""
        server = Server(listening, self.api)
        server.start()
        self.indexer.start()
        self.watcher.start()
        notify.send(notify.READY)
        log.info("Answering on %s", listening.getsockname())
        self._warm()
        try:
            code = self._loop(server)
        finally:
            notify.send(notify.STOPPING, "STATUS=Stopping")
            ended = self._stop(server)
        return code, ended

    def _loop(self, server: Server) -> int:
        while True:
            event = self._next_event()
            if event == "stop":
                return 0
            if event == "reload":
                self._reload()
            self.indexer.wake()
            if not (server.alive and self.indexer.alive):
                log.critical("A part of the service died; leaving so that it is started anew")
                return 1
            notify.send(notify.WATCHDOG)
            if self._idle_for_long(server):
                log.info("Nobody asked for %s", self.current.config.service.idle_exit)
                return 0

    def _next_event(self) -> Event | None:
        waits = [TICK_S, notify.watchdog_interval_s() or TICK_S]
        if idle := self.current.config.service.idle_exit.total_seconds():
            waits.append(idle / 4)
        return self.signals.wait(min(waits))

    def _idle_for_long(self, server: Server) -> bool:
        allowed = self.current.config.service.idle_exit.total_seconds()
        quiet = time.monotonic() - self.api.last_query
        return bool(allowed) and quiet > allowed and server.free and not self.indexer.running

    def _reload(self) -> None:
        notify.reloading()
        try:
            config = self.read_config()
            self._check_reload(config)
            self.current.swap(config, self.open_work(config))
            self.indexer.reload()
            log.info("The configuration was read again")
            self._warm()
        except GphotosError as error:
            log.error("The new configuration is not used, the old one stays: %s", error)
            _tell("The new configuration is not used: see the log")
        except Exception:
            log.exception("The new configuration is not used, the old one stays: a bug")
        finally:
            notify.send(notify.READY)

    def _check_reload(self, config: Config) -> None:
        schedule.check(config.sync)
        old = self.current.config
        if data_dir_id(config) != data_dir_id(old):
            problem = "storage.data_dir: another folder takes a restart of the service"
            raise ConfigError(str(config.file), [problem])
        if config.service.socket != old.service.socket:
            log.warning("service.socket is taken at the next start of the service")

    def _warm(self) -> None:
        """Loads index and text encoder beside the service, so that the first query is quick too."""
        self._warming = threading.Thread(target=self._load, name="warm", daemon=True)
        self._warming.start()

    def _load(self) -> None:
        try:
            with self.current.use() as (_, work):
                work.warm()
        except GphotosError as error:
            log.warning("Searches cannot be answered yet: %s %s", error, error.advice)
        except Exception:
            log.exception("Loading the search met a bug; the service goes on")

    def _stop(self, server: Server) -> bool:
        server.stop()
        self.watcher.stop()
        synced = self.indexer.stop(SYNC_ENDS_S)
        closed = self.current.close(REQUESTS_END_S if synced else 0.0)
        self._warming.join(REQUESTS_END_S if closed else 0.0)
        return closed and not self._warming.is_alive()


def _tell(line: str) -> None:
    notify.send(f"STATUS={line}")
