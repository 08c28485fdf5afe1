"""config: the settings in force, the sample file, the reference and the schema."""

from __future__ import annotations

import typer

from dasan.commands.options import Config, read_settings

app = typer.Typer(help="설정을 보여 줍니다 / Show the settings.", no_args_is_help=True)


@app.command()
def show(config: Config = None) -> None:
    """지금 쓰는 값(비밀 값은 가립니다) / The values in force, secrets hidden."""
    from dasan.settings import render

    typer.echo(render.show(read_settings(config)), nl=False)


@app.command()
def sample() -> None:
    """모든 설정을 담은 본보기 파일 / A sample file with every setting."""
    from dasan.settings import render

    typer.echo(render.sample(), nl=False)


@app.command()
def doc() -> None:
    """설정 설명서(docs/config.md) / The reference."""
    from dasan.settings import render

    typer.echo(render.doc(), nl=False)


@app.command()
def schema() -> None:
    """설정 파일의 JSON 스키마 / JSON schema of the file."""
    from dasan.settings import render

    typer.echo(render.schema())
