"""The checks behind `dasan check`: each looks at one thing and answers with sentences.

Every check is a function of the settings that yields findings and never raises for what it is there to find. Those on
what lies outside stand in edges.py.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
from collections.abc import Callable
from datetime import date, datetime, timedelta

from dasan.commands.edges import certificate, clock, front, port, ticket_desk
from dasan.commands.finding import Finding, Findings
from dasan.core.errors import DasanError, sentence
from dasan.core.hours import day_number
from dasan.core.time import DAY, SEOUL
from dasan.settings import Settings

FREE_BYTES_MIN = 1 << 30
HOLIDAYS_AHEAD = timedelta(days=90)


def findings(settings: Settings) -> Findings:
    """Every finding, in the order in which an operator would mend them."""
    for look in CHECKS:
        try:
            yield from look(settings)
        except Exception as error:  # the named edge: one thing that cannot be looked at must not hide the others
            what, why = look.__name__, " ".join(str(error).split())[:200]
            yield Finding(
                "bad",
                f"{what} 점검을 마치지 못했습니다({type(error).__name__}: {why}).",
                f"The check of {what} could not be finished ({type(error).__name__}: {why}).",
            )


def secrets(settings: Settings) -> Findings:
    """The keys are there, and only their owner can read them."""
    for name in ("master_key", "token_pepper"):
        if not getattr(settings, name):
            yield Finding(
                "bad", f"secrets.{name} 열쇠가 없습니다. `dasan init`이 만듭니다.", f"secrets.{name} is not set."
            )
    keys, desk, voice = settings.secrets, settings.eungdapso, settings.voice
    files = (
        keys.master_key_file,
        keys.other_master_keys_file,
        keys.token_pepper_file,
        desk.api_key_file,
        desk.staff_keys_file,
        voice.auth_token_file,
        voice.other_auth_token_file,
        voice.shared_keys_file,
    )
    wide = [file for file in files if file and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for file in wide:
        yield Finding(
            "bad",
            f"다른 사람이 열쇠 파일을 읽을 수 있습니다: chmod 600 {file}",
            f"Others can read a key file: chmod 600 {file}",
        )
    if not wide and settings.master_key and settings.token_pepper:
        yield Finding("good", "열쇠가 있고 주인만 읽습니다.", "The keys are set and private.")


def data_dir(settings: Settings) -> Findings:
    """The data folder can be written and has room."""
    folder = settings.server.data_dir
    if not folder.is_dir():
        yield Finding("bad", f"자료 폴더가 없습니다: {folder}", f"The data folder does not exist: {folder}")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("bad", f"자료 폴더에 쓸 수 없습니다: {folder}", f"The data folder cannot be written: {folder}")
        return
    free = shutil.disk_usage(folder).free
    megabytes = free >> 20
    if free < FREE_BYTES_MIN:
        yield Finding(
            "bad" if free < FREE_BYTES_MIN // 10 else "warn",
            f"남은 저장 공간이 {megabytes}MB뿐입니다. 가득 차면 새 글을 받지 못합니다.",
            f"Only {megabytes} MB are free; a full disk refuses new messages.",
        )
    else:
        yield Finding("good", f"자료 폴더에 쓸 수 있고 {megabytes}MB 남았습니다.", f"{megabytes} MB free for data.")


def database(settings: Settings) -> Findings:
    """The database answers and has the schema this program needs."""
    from dasan.store import admin

    try:
        present, needed = admin.current(settings.database_url)
    except DasanError as error:
        yield Finding("bad", *(sentence(error.code, language, error.args_) for language in ("ko", "en")))
        return
    if present == needed:
        yield Finding("good", f"자료 저장소가 맞는 판({needed})입니다.", f"The database has revision {needed}.")
    else:
        wrong = admin.other_version(present)
        yield Finding("bad", wrong.message_ko, wrong.message_en)


def opening_hours(settings: Settings, today: date | None = None) -> Findings:
    """Every queue opens at some time, and the table of public holidays reaches far enough."""
    today = today or datetime.now(SEOUL).date()  # noqa: TID251  # an edge: this looks at the machine's own clock
    policy = settings.build_policy()
    for queue in policy.queues.values():
        if policy.opening_us(queue, day_number(today) * DAY) is None:
            yield Finding(
                "bad",
                f"1년 안에 열리지 않는 대기열입니다: {queue.code}",
                f"Queue {queue.code} does not open within a year.",
            )
    last = max(settings.policy.holidays, default=today)
    if last - today < HOLIDAYS_AHEAD:
        yield Finding(
            "warn",
            f"공휴일 표가 {last}에 끝납니다. policy.holidays_added에 다음 해의 날을 더하십시오.",
            f"The table of public holidays ends on {last}; add the days that follow to policy.holidays_added.",
        )
    else:
        yield Finding("good", f"공휴일 표가 {last}까지 있습니다.", f"Public holidays are known until {last}.")


def knowledge(settings: Settings) -> Findings:
    """Articles are there and the index matches them; the analyser is installed if it is wanted."""
    if settings.knowledge.kiwi and importlib.util.find_spec("kiwipiepy") is None:
        yield Finding(
            "warn",
            "형태소 분석기(kiwipiepy)가 없어 글자 조각으로만 찾습니다.",
            "The analyser (kiwipiepy) is missing; search uses n-grams only.",
        )
    articles, waiting = _indexed(settings)
    if articles == 0:
        yield Finding(
            "warn", "지식 자료가 없습니다: dasan kb starter", "There are no articles: run `dasan kb starter`."
        )
    elif waiting == 0:
        yield Finding("good", f"지식 자료 {articles}건과 색인이 맞습니다.", f"{articles} articles, all indexed.")
    else:
        yield Finding(
            "warn",
            f"지식 자료 {articles}건 가운데 {waiting}건이 색인에 없습니다. 서버가 켜질 때 다시 만듭니다.",
            f"{waiting} of {articles} articles are not in the index; the server rebuilds it at its start.",
        )


def _indexed(settings: Settings) -> tuple[int, int]:
    """Articles in force, and how many of them the index on disk does not hold. Creates nothing."""
    from knowledge_base.index.live import LiveIndex
    from knowledge_base.store import open_database

    if not (settings.knowledge_dir / "articles.sqlite3").exists():
        return 0, 0
    database = open_database(settings.knowledge_url)
    try:
        index = LiveIndex(database, settings.knowledge_index, None)
        return len(index.articles), index.waiting
    finally:
        database.close()


def master_keys(settings: Settings) -> Findings:
    """The keys of the settings open what the database holds, and a change of keys was brought to its end."""
    from dasan.store import admin
    from dasan.store.sealing import Keyring

    if not settings.master_key:
        return
    try:
        names = Keyring(settings.master_key, settings.other_master_keys, settings.token_pepper).names
        under = admin.wrapped_under(settings.database_url) if admin.current(settings.database_url)[0] else {}
    except DasanError:  # told by the check of the database
        return
    lost = sum(count for name, count in under.items() if name not in names)
    former = sum(count for name, count in under.items() if name in names[1:])
    if lost:
        yield Finding(
            "bad",
            f"설정의 열쇠로 열 수 없는 내용이 {lost}건 있습니다. 이전 열쇠를 secrets.other_master_keys에 더하십시오.",
            f"{lost} data key(s) open with no key of the settings; add the former one to secrets.other_master_keys.",
        )
    if former:
        yield Finding(
            "warn",
            f"이전 열쇠로 잠긴 내용이 {former}건 있습니다: dasan db rekey",
            f"{former} data key(s) are still under a former master key: run `dasan db rekey`.",
        )


CHECKS: tuple[Callable[[Settings], Findings], ...] = (
    secrets,
    data_dir,
    database,
    master_keys,
    port,
    certificate,
    front,
    clock,
    opening_hours,
    knowledge,
    ticket_desk,
)
