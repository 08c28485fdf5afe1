"""From defaults, dasan.toml, DASAN_* environment and flags to one Settings, or to every problem at once.

The file is the first of: the --config flag, DASAN_CONFIG, ./dasan.toml when it exists. Later sources win key by key.
Unknown keys and unknown DASAN_* variables are errors: a misspelt time-out must not silently keep its default.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from dasan.core.errors import ConfigWrong, Problem
from dasan.settings.problems import Origin, all_keys, from_validation, trouble
from dasan.settings.root import NESTED, PREFIX, Settings
from dasan.settings.where import lines_of_keys

DEFAULT_FILE = "dasan.toml"
FILE_VARIABLE = "DASAN_CONFIG"
# Variables of ours that are not settings: read before settings can be, or handed by the demonstration to its desk.
OTHER_VARIABLES = frozenset({FILE_VARIABLE, "DASAN_KITTY_KEYS", "DASAN_DEMO_PASSWORD"})
SECRET_KEYS = (
    ("secrets", "master_key"),
    ("secrets", "other_master_keys"),
    ("secrets", "token_pepper"),
    ("eungdapso", "api_key"),
    ("eungdapso", "staff_keys"),
    ("voice", "auth_token"),
    ("voice", "other_auth_token"),
    ("voice", "shared_keys"),
    ("ivr", "service_keys"),
)
MAY_BE_EMPTY = frozenset({("secrets", "other_master_keys"), ("voice", "other_auth_token")})
PATH_KEYS = (
    ("server", "data_dir"),
    ("server", "certificate"),
    ("server", "certificate_key"),
    ("secrets", "master_key_file"),
    ("secrets", "other_master_keys_file"),
    ("secrets", "token_pepper_file"),
    ("eungdapso", "api_key_file"),
    ("eungdapso", "staff_keys_file"),
    ("eungdapso", "holidays"),
    ("voice", "special_days"),
    ("voice", "auth_token_file"),
    ("voice", "other_auth_token_file"),
    ("voice", "shared_keys_file"),
    ("ivr", "recordings"),
    ("ivr", "service_keys_file"),
    ("knowledge", "path"),
    ("desk", "certificate_authority"),
)
SECRET_BYTES_MAX = 4_096
FILE_BYTES_MAX = 1_048_576

Tree = dict[str, Any]


def config_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that would be read, or None when there is none and none was asked for."""
    if path or environ.get(FILE_VARIABLE):
        return path or Path(environ[FILE_VARIABLE])
    here = Path(DEFAULT_FILE)
    return here if here.exists() else None


def load(
    path: Path | None = None, *, environ: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of this installation.

    ``flags``: dotted key -> value, e.g. ``{"server.port": 9000}``; None values are flags that were not given.
    Raises ConfigWrong with every problem at once.
    """
    environ = os.environ if environ is None else environ
    file = config_file(path, environ)
    text, tree, problems = _read(file)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    variables, unknown = _variables(environ)
    problems += unknown + _secrets_in_file(tree, file, text)
    tree = _without_secrets(tree)
    outside = {key: name for name, key in variables.items()} | {key: f"--{key.split('.')[-1]}" for key in given}
    origin = Origin(str(file or ""), lines_of_keys(text), outside)
    try:
        merged = _merge(tree, _environment(environ, variables), _tree(given))
        _resolve_paths(merged, file.parent if file else Path())
        problems += _read_secrets(merged, origin)
        settings = Settings(**merged)
    except ValidationError as error:
        raise ConfigWrong((*problems, *from_validation(error, Settings, origin))) from None
    except SettingsError as error:
        raise ConfigWrong((*problems, Problem("environment", "값을 읽을 수 없습니다", str(error)))) from None
    if problems:
        raise ConfigWrong(tuple(problems))
    return settings


def _read(file: Path | None) -> tuple[str, Tree, list[Problem]]:
    if file is None:
        return "", {}, []
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise OSError(errno.EFBIG, "larger than 1 MB")
        text = file.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text), []
    except UnicodeDecodeError:
        return "", {}, [Problem("dasan.toml", "UTF-8로 저장해야 합니다", "must be saved as UTF-8", str(file))]
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else 0
        return "", {}, [Problem("TOML", "문법에 맞지 않습니다", f"not valid TOML: {error}", str(file), line)]
    except OSError as error:
        return "", {}, [Problem("dasan.toml", *trouble(error), str(file))]


def _variables(environ: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Known DASAN_* variables as name -> dotted key, and a problem for each unknown one."""
    known = {PREFIX + key.upper().replace(".", NESTED): key for key in all_keys(Settings)}
    free = tuple(
        f"{name}{NESTED}" for name, key in known.items() if key in {"policy.channels", "policy.skills", "desk.keys"}
    )
    variables: dict[str, str] = {}
    problems = []
    for name in sorted(environ):
        if not name.upper().startswith(PREFIX) or name in OTHER_VARIABLES:
            continue
        upper = name.upper()
        if upper in known:
            variables[name] = known[upper]
        elif upper.startswith(free):
            variables[name] = upper.removeprefix(PREFIX).lower().replace(NESTED, ".")
        else:
            problems.append(_unknown_variable(name, known))
    return variables, problems


def _unknown_variable(name: str, known: Mapping[str, str]) -> Problem:
    near = difflib.get_close_matches(name.upper(), known, 1, 0.6)
    return Problem(
        name, "모르는 환경 변수입니다", "unknown environment variable", "environment", 0, near[0] if near else ""
    )


def _environment(environ: Mapping[str, str], variables: Mapping[str, str]) -> Tree:
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): environ[name] for name in variables}
    return source()


def _tree(flat: Mapping[str, Any]) -> Tree:
    tree: Tree = {}
    for key, value in flat.items():
        *sections, last = key.split(".")
        here = tree
        for section in sections:
            here = here.setdefault(section, {})
        here[last] = value
    return tree


def _merge(*trees: Tree) -> Tree:
    merged: Tree = {}
    for tree in trees:
        for key, value in tree.items():
            old = merged.get(key)
            merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _secrets_in_file(tree: Tree, file: Path | None, text: str) -> list[Problem]:
    """A secret's value in dasan.toml is refused: the file gets copied, mailed and committed."""
    lines = lines_of_keys(text)
    return [
        Problem(
            f"{section}.{key}",
            f"비밀 값은 설정 파일에 쓰지 않습니다. {key}_file이나 환경 변수로 주십시오",
            f"a secret does not belong in the file; use {key}_file or {PREFIX}{section.upper()}{NESTED}{key.upper()}",
            str(file),
            lines.get((section, key), 0),
        )
        for section, key in SECRET_KEYS
        if isinstance(tree.get(section), dict) and key in tree[section]
    ]


def _without_secrets(tree: Tree) -> Tree:
    hidden = set(SECRET_KEYS)
    return {
        section: {k: v for k, v in values.items() if (section, k) not in hidden} if isinstance(values, dict) else values
        for section, values in tree.items()
    }


def _resolve_paths(merged: Tree, folder: Path) -> None:
    for section, key in PATH_KEYS:
        values = merged.get(section)
        if isinstance(values, dict) and isinstance(values.get(key), str | Path):
            # An empty path is one that is not set, as the sample file writes it.
            merged[section] = {**values, key: folder / values[key] if str(values[key]) else None}


def _read_secrets(merged: Tree, origin: Origin) -> list[Problem]:
    """Put the contents of ``*_file`` where no value was given; a missing or empty file is a problem."""
    problems = []
    for section, key in SECRET_KEYS:
        values = merged.get(section)
        if not isinstance(values, dict) or values.get(key) or not isinstance(values.get(f"{key}_file"), Path):
            continue
        file: Path = values[f"{key}_file"]
        why: tuple[str, str] | None = None
        content = ""
        try:
            content = file.read_text("utf-8")[:SECRET_BYTES_MAX].strip()
        except UnicodeDecodeError:
            why = ("글이 아닙니다", "is not text")
        except OSError as error:
            why = trouble(error)
        if not content and why is None and (section, key) not in MAY_BE_EMPTY:
            why = ("비어 있습니다", "is empty")
        if why is None:
            merged[section] = {**values, key: content}
            continue
        name = f"{section}.{key}_file"
        source = origin.outside.get(name, "")
        line = 0 if source else origin.lines.get((section, f"{key}_file"), 0)
        problems.append(Problem(name, f"{file}: {why[0]}", f"{file} {why[1]}", source or origin.file, line))
    return problems
