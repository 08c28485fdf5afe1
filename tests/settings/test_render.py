"""What is written from the settings: the sample, the reference, the effective values without secrets."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema

from dasan.settings import Settings, load, render
from dasan.settings.problems import all_keys

SECRET = "correct-horse-battery-staple-correct-horse"


def test_the_sample_with_every_line_taken_gives_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "dasan.toml"
    file.write_text(re.sub(r"^#(?=[\w\[])", "", render.sample(), flags=re.M), "utf-8")
    settings = load(file, environ={})
    assert settings.build_policy() == Settings().build_policy()
    plain = Settings(server={"data_dir": tmp_path / "var"})
    assert settings.model_dump(exclude={"policy"}) == plain.model_dump(exclude={"policy"})


def test_the_sample_as_it_is_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "dasan.toml"
    file.write_text(render.sample(), "utf-8")
    assert load(file, environ={}) == Settings()


def test_the_reference_has_a_row_for_every_setting() -> None:
    text = render.doc()
    missing = [
        key for key in all_keys(Settings) if f"| `{key.split('.')[-1]}` |" not in text and f"`[[{key}]]" not in text
    ]
    assert missing in ([], ["policy.channels", "policy.skills"])
    assert "[policy.channels.*]" in text
    assert "[policy.skills.*]" in text


def test_every_setting_says_what_it_is_in_both_languages() -> None:
    assert not re.search(r"\| (<br>|[^|]*<br>) \|", render.doc())


def test_show_never_prints_a_secret() -> None:
    settings = load(
        environ={
            "DASAN_SECRETS__MASTER_KEY": SECRET,
            "DASAN_EUNGDAPSO__API_KEY": SECRET,
            "DASAN_DATABASE__URL": f"postgresql+psycopg://dasan:{SECRET}@db/dasan",
        }
    )
    shown = render.show(settings)
    assert SECRET not in shown
    assert SECRET not in repr(settings.secrets)
    assert 'master_key = "*** (set)"' in shown
    assert "postgresql+psycopg://dasan:***@db/dasan" in shown


def test_show_is_toml_that_says_what_is_in_force() -> None:
    shown = tomllib.loads(render.show(load(environ={"DASAN_SERVER__PORT": "9001"})))
    assert shown["server"]["port"] == 9001


def test_the_schema_takes_the_sample_and_refuses_an_unknown_key() -> None:
    schema = json.loads(render.schema())
    jsonschema.validate(tomllib.loads(render.sample()), schema)
    assert not jsonschema.Draft202012Validator(schema).is_valid({"server": {"prot": 1}})
