"""The documents say what is true: commands exist, generated pages are fresh, links lead somewhere."""

import re
import shlex
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest

from dasan.settings import render
from dasan.settings.load import OTHER_VARIABLES
from dasan.settings.problems import all_keys
from dasan.settings.root import Settings
from tests.docs.house import ROOT, python_files, short, text_files

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def fenced(text: str) -> list[str]:
    """The lines of every shell block, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.split("#")[0].strip()]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):(?!=)", read("Makefile"), re.M))


def test_the_readme_asks_for_exactly_two_commands() -> None:
    assert fenced(read("README.md")) == ["make demo", "make test"]


def test_the_readme_speaks_korean_first_and_english_below() -> None:
    text = read("README.md")
    assert re.search(r"[가-힣]", text.splitlines()[2])
    assert text.index("두 명령") < text.index("## English")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_command_in_a_document_exists(document: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", document.read_text("utf-8"), re.M))
    assert named <= targets()


def command_lines(text: str) -> list[list[str]]:
    """Every `dasan …` in backquotes or at the beginning of a line of a shell block, as words; flags and all."""
    said = re.findall(r"(?<!`)`(?:sudo )?dasan ([^`]+)`(?!`)", text)
    said += [match[1] for line in fenced(text) if (match := re.match(r"(?:sudo (?:-u \S+ )?)?dasan (.+)", line))]
    return [shlex.split(line.replace("…", ""), comments=True) for line in said]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_dasan_command_line_in_a_document_would_be_understood(document: Path) -> None:
    """The command, its options with their values, and no more arguments than it takes; nothing is run."""
    from typer.main import get_command

    from dasan.cli import app

    for words in command_lines(document.read_text("utf-8")):
        command, rest, said = get_command(app), words, "dasan " + " ".join(words)
        while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, said
            command, rest = command.commands[rest[0]], rest[1:]
        if hasattr(command, "commands") or command.context_settings.get("ignore_unknown_options"):
            continue  # a group in a sentence, or a command that reads its own flags (tests/demo, tests/sim)
        context = type(command).context_class(command, info_name=said)
        try:
            _, left, _ = command.make_parser(context).parse_args(args=list(rest))
        except Exception as wrong:
            bare = rest[-1].startswith("--") and "requires an argument" in str(wrong)  # an option is named, not used
            if not bare:
                raise AssertionError(f"{said}: {wrong}") from wrong
        else:
            assert left == [], said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_named_in_a_document_exists(document: Path) -> None:
    known = "|".join(("dasan", "channels", "knowledge_base", "agent_tui", "ivr", "tests", "docs", "requirements"))
    named = re.findall(rf"(?<![\w/.])((?:{known})/[\w/.-]*[\w/])", document.read_text("utf-8"))
    written_later = ("data/", "var/")
    assert [name for name in named if not name.startswith(written_later) and not (ROOT / name).exists()] == []


def test_the_settings_reference_is_fresh() -> None:
    assert read("docs/config.md") == render.doc(), "run `make docs`"


def test_the_sample_settings_are_fresh() -> None:
    assert read("docs/dasan.sample.toml") == render.sample(), "run `make docs`"


def test_every_variable_named_anywhere_is_a_setting_or_a_known_other() -> None:
    known = {"DASAN_" + key.upper().replace(".", "__") for key in all_keys(Settings)} | OTHER_VARIABLES
    free = ("DASAN_POLICY__CHANNELS__", "DASAN_POLICY__SKILLS__", "DASAN_DESK__KEYS__")
    files = [*python_files(), *DOCUMENTS, ROOT / "Makefile", ROOT / ".ci" / "run"]
    named = {(n, short(p)) for p in files for n in re.findall(r"\bDASAN_[A-Z][A-Z_]*[A-Z]\b", p.read_text("utf-8"))}
    sections = {f"DASAN_{name.upper()}" for name in Settings.model_fields} | {"DASAN_POLICY__TIMING"}
    assert {pair for pair in named if pair[0] not in known | sections and not pair[0].startswith(free)} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_named_in_a_document_exists(document: Path) -> None:
    sections = "|".join(Settings.model_fields)
    named = set(re.findall(rf"`((?:{sections})\.[a-z_.]+[a-z_])`", document.read_text("utf-8")))
    files = {f"{name}.{end}" for name in Settings.model_fields for end in ("py", "js", "json", "md", "toml")}
    known = {*all_keys(Settings), "policy.timing", "policy.queues"}
    assert {name for name in named if name not in known | files and not name.startswith("policy.channels")} == set()


def test_every_setting_is_used_by_somebody() -> None:
    """A setting nobody reads is a lie to the operator."""
    readers = [p for p in python_files() if "dasan/settings/sections.py" not in str(p) and "render.py" not in str(p)]
    code = "\n".join(path.read_text("utf-8") for path in readers)
    leaves = [key for key in all_keys(Settings) if not key.startswith("policy.")]
    unread = [key for key in leaves if not re.search(rf"\.{key.rsplit('.', 1)[-1]}\b|\"{key}\"", code)]
    unread = [key for key in unread if not key.endswith("_file")]  # the loader reads these by name
    assert unread == []


def requirement_names(name: str) -> list[str]:
    lines = [line.split("#")[0].strip() for line in read(f"requirements/{name}.in").splitlines()]
    return [re.split(r"[\[<>=~!; ]", line)[0] for line in lines if line and not line.startswith("-")]


def test_every_dependency_stands_in_the_documents_with_a_reason() -> None:
    rows = dict(re.findall(r"^\| ([\w-]+) \| (.+) \|$", read("docs/dependencies.md"), re.M))
    wanted = [*requirement_names("runtime"), *requirement_names("dev")]
    assert [name for name in wanted if name not in rows] == []
    assert [name for name in rows if name not in wanted and name != "package"] == []
    thin = [name for name in wanted if any(len(cell.strip()) < 3 for cell in rows[name].split("|"))]
    assert thin == []


def test_every_requirement_is_pinned_with_a_hash() -> None:
    for name in ("runtime", "dev"):
        text = read(f"requirements/{name}.txt")
        pins = re.findall(r"^([a-z0-9][\w.-]*)(==\S+)?((?: ;.*)?) (\\)?$", text, re.M)
        assert len(pins) > 50
        assert [pin[0] for pin in pins if not pin[1] or not pin[3]] == []
        assert {n.lower() for n in requirement_names(name)} <= {pin[0] for pin in pins}


def test_both_requirement_files_pin_the_same_versions() -> None:
    pins = [set(re.findall(r"^([\w.-]+==\S+)", read(f"requirements/{n}.txt"), re.M)) for n in ("runtime", "dev")]
    assert pins[0] <= pins[1]


def test_the_changelog_keeps_its_form() -> None:
    text = read("CHANGELOG.md")
    kinds = set(re.findall(r"^### (.+)$", text, re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    heads = re.findall(r"^## (.+)$", text, re.M)
    assert heads[0] == "[Unreleased]"
    for head in heads[1:]:
        match = re.fullmatch(r"\[\d+\.\d+\.\d+\] - (\d{4}-\d\d-\d\d)", head)
        assert match, head
        date.fromisoformat(match[1])


def test_the_version_is_that_of_the_newest_release_or_its_successor() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_the_licence_is_whole() -> None:
    text = read("LICENSE")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    from dasan.server.alarms import ALARMS

    pages = {alarm.page for alarm in ALARMS}
    assert len(pages) == len(ALARMS) >= 5
    runbook = read("docs/operations.md")
    written = {f"docs/operations.md#{code}" for code in re.findall(r"^### `([a-z_]+)`", runbook, re.M)}
    assert pages == written


# What would say where or by whom a file was made, or that it is not finished.
FORBIDDEN = {
    "a registry's host": r"//[\w.-]*(registry|pypi|pythonhosted|artifactory|nexus)[\w.-]*[/:]|--(?:extra-)?index-url",
    "a folder of one machine": r"(?<![\w.~-])/(?:work|farm|root|home/\w+|Users/\w+)/",
    "unfinished work": r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b|\bplaceholder text\b|\blorem ipsum\b",
    "a merge left open": r"^(<{7}|>{7}|={7}$)",
    "a secret": r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.M)
    own = Path(__file__)
    found = [
        f"{short(path)}:{text.count(chr(10), 0, match.start()) + 1} {match[0].strip()!r}"
        for path in text_files()
        if path != own
        for text in [path.read_text("utf-8", errors="replace")]
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_the_ci_entry_can_be_run() -> None:
    entry = ROOT / ".ci" / "run"
    assert entry.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(entry)], check=False).returncode == 0
