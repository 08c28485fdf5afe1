"""`python -m dasan` is the `dasan` command. An interpreter that cannot run it is told in a sentence."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older one gets this far, and no farther
    here = sys.version.split()[0]
    sys.exit(f"파이썬 3.11 이상이 필요합니다. 지금은 {here}입니다.\nPython 3.11 or newer is needed; this is {here}.")

try:
    from dasan.cli import main
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.partition(".")[0] in {"dasan", "agent_tui", "channels", "knowledge_base"}:
        raise
    sys.exit(
        f"꾸러미 {missing.name}이(가) 없습니다. 설치 폴더의 .venv/bin/dasan으로 실행하십시오(`make demo`가 만듭니다).\n"
        f"The package {missing.name} is missing. Run .venv/bin/dasan of the installation (`make demo` makes it)."
    )

if __name__ == "__main__":
    main()
