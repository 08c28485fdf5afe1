"""The `dasan` command: names and errors. What each command does stands in dasan/commands/ and is imported when called.

Exit status: 0 done, 1 the command could not do it, 2 wrong settings or wrong usage, 130 stopped from the keyboard.
"""

from __future__ import annotations

import sys

import typer
import typer.main
from typer._click.exceptions import UsageError  # the class that typer raises and does not export; typer is pinned

from dasan.commands import care, carrier, conduct, config, db, eungdapso, ivr, kb, merges, service, user
from dasan.commands.check import check
from dasan.commands.erase import erase
from dasan.commands.init import init
from dasan.commands.rekey import newkey, rekey
from dasan.core.errors import ConfigWrong, DasanError, sentence

app = typer.Typer(
    name="dasan",
    help="서울 120다산콜센터의 상담 소프트웨어 / The software of Seoul's 120 Dasan Call Center.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(init)
service.add_to(app)
app.command()(check)
app.command()(erase)
db.app.command()(newkey)
db.app.command()(rekey)
app.add_typer(care.app, name="care")
app.add_typer(carrier.app, name="carrier")
app.add_typer(conduct.app, name="conduct")
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")
app.add_typer(ivr.app, name="ivr")
app.add_typer(kb.app, name="kb")
app.add_typer(merges.app, name="merges")
app.add_typer(user.app, name="user")
app.add_typer(eungdapso.app, name="eungdapso")


def main() -> None:
    """Run the command line; expected errors end in sentences, not in tracebacks."""
    command = typer.main.get_command(app)
    try:
        status = command.main(prog_name="dasan", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except typer.Abort:
        print("그만두었습니다. / Stopped.", file=sys.stderr)
        sys.exit(130)
    except UsageError as wrong:
        where = wrong.ctx.command_path if wrong.ctx else "dasan"
        if wrong.format_message().startswith("Usage:"):  # a group without a command: its help is the answer
            print(wrong.format_message(), file=sys.stderr)
            sys.exit(2)
        print(f"명령을 이렇게 쓸 수 없습니다. 쓰는 법: {where} --help", file=sys.stderr)
        print(f"{wrong.format_message().rstrip('.')}. See {where} --help.", file=sys.stderr)
        sys.exit(2)
    except ConfigWrong as wrong:
        from dasan.settings import sentences

        print("\n".join(sentences(wrong)), file=sys.stderr)
        sys.exit(2)
    except DasanError as error:
        for language in ("ko", "en"):
            print(sentence(error.code, language, error.args_), file=sys.stderr)
        sys.exit(1)
    except OSError as error:  # what a command did not foresee of the disk: no room, no right, not there
        from dasan.settings.problems import trouble

        korean, english = trouble(error)
        print(f"{error.filename or '파일'}: {korean}.\n{error.filename or 'a file'} {english}.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
