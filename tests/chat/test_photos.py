"""Photos: what is sent comes back clean, and hostile files end no more than their own child process."""

import io
import struct
import zlib
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from channels.chat import photos, web
from channels.chat.photos import Darkroom
from dasan.core.errors import BadInput, Refused
from dasan.net.front import front
from tests.chat.centre import Centre
from tests.chat.conftest import Open, Page

GPS = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **save: object) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    image.save(out, kind, **save)
    return out.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "SECRET DESCRIPTION"
    exif.get_ifd(GPS)[2] = (37.0, 33.0, 59.0)
    return picture(exif=exif, comment=b"SECRET COMMENT")


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_the_three_kinds_come_back_as_jpeg(kind: str) -> None:
    made = opened(await Darkroom().develop(picture(kind)))
    assert (made.format, made.size, made.mode) == ("JPEG", (60, 40), "RGB")


async def test_metadata_is_gone_and_the_picture_stands_upright() -> None:
    body = with_exif()
    assert b"SECRET" in body
    clean = await Darkroom().develop(body)
    made = opened(clean)
    assert made.size == (40, 60)
    assert dict(made.getexif()) == {}
    assert b"SECRET" not in clean
    assert b"Exif" not in clean


async def test_transparency_is_laid_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(await Darkroom().develop(out.getvalue())).getpixel((5, 5)) == (255, 255, 255)


async def test_a_large_photo_is_scaled_down() -> None:
    made = opened(await Darkroom().develop(picture(size=(4000, 3000))))
    assert made.size == (2560, 1920)


async def test_what_hangs_behind_a_picture_is_gone() -> None:
    body = picture() + b"<script>alert(1)</script>PK\x03\x04"
    clean = await Darkroom().develop(body)
    assert b"script" not in clean
    assert b"PK\x03\x04" not in clean


def png_of(width: int, height: int, data: bytes) -> bytes:
    """A PNG that claims that size, whatever it holds."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


HOSTILE = {
    "bomb": (png_of(50_000, 50_000, zlib.compress(b"\0" * 1_000_000, 9)), "image_too_big"),
    "huge line": (png_of(2**31 - 1, 1, b""), "image_too_big"),
    "no size": (png_of(0, 0, b""), "not_an_image"),
    "truncated": (picture(size=(800, 600))[:2000], "not_an_image"),
    "gif": (picture("GIF"), "not_an_image"),
    "tiff": (picture("TIFF"), "not_an_image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_an_image"),
    "html": (b"<html><script>alert(1)</script></html>", "not_an_image"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "not_an_image"),
    "only a beginning": (b"\xff\xd8\xff\xe0", "not_an_image"),
    "text bomb": (
        png_of(1, 1, zlib.compress(b"\0\0\0\0")).replace(b"IEND", b"IEND")[:33]
        + struct.pack(">I", 7 + len(zlib.compress(b"A" * 60_000_000, 9)))
        + b"zTXtkey\0\0\0\0"
        + zlib.compress(b"A" * 60_000_000, 9)
        + b"\0\0\0\0",
        "not_an_image",
    ),
    "noise": (bytes(range(256)) * 40, "not_an_image"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_files_are_refused(name: str) -> None:
    body, code = HOSTILE[name]
    with pytest.raises(BadInput) as refused:
        await Darkroom().develop(body)
    assert refused.value.code == code


async def test_a_decoder_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass\n")
    monkeypatch.setattr(photos, "CHILD", endless)
    with pytest.raises(BadInput) as refused:
        await Darkroom(within_s=0.3).develop(picture())
    assert refused.value.code == "image_too_big"


async def test_a_decoder_that_dies_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import os; os.kill(os.getpid(), 9)\n")
    monkeypatch.setattr(photos, "CHILD", dying)
    with pytest.raises(BadInput):
        await Darkroom().develop(picture())


async def test_a_line_at_the_darkroom_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "_WAITING_MAX", 0)
    with pytest.raises(Refused) as refused:
        await Darkroom().develop(picture())
    assert refused.value.code == "busy"


# -- over HTTP


class Browser:
    """The page's fetch, against the application itself."""

    def __init__(self, centre: Centre) -> None:
        from starlette.applications import Starlette

        made = web.routes(centre.door, centre.blobs, front("https://120.example", ("10.0.0.1", 80)))
        transport = httpx2.ASGITransport(app=Starlette(routes=made))
        self.client = httpx2.AsyncClient(transport=transport, base_url="https://120.example")

    async def upload(self, page: Page, body: bytes, **headers: str) -> httpx2.Response:
        return await self.client.post(
            "/chat/photos", content=body, headers={"Authorization": f"Bearer {page.token}", **headers}
        )

    async def photo(self, page: Page, ident: str) -> httpx2.Response:
        return await self.client.get(f"/chat/photos/{ident}", headers={"Authorization": f"Bearer {page.token}"})


async def test_a_photo_goes_up_into_the_talk_and_only_its_citizen_gets_it_back(centre: Centre, page: Open) -> None:
    tab, other = page(), page()
    await tab.started()
    await other.started()
    browser = Browser(centre)
    answer = await browser.upload(tab, with_exif())
    assert answer.status_code == 200
    photo = answer.json()["photo"]
    tab.say("say", text="이 가로등입니다", photo=photo)
    entry = await tab.next("entry", where=lambda f: f["kind"] == "photo")
    assert (entry["photo"], entry["text"]) == (photo, "이 가로등입니다")
    back = await browser.photo(tab, photo)
    assert back.headers["content-type"] == "image/jpeg"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in back.headers["content-security-policy"]
    assert opened(back.content).size == (40, 60)
    assert (await browser.photo(other, photo)).status_code == 404
    other.say("say", photo=photo)
    assert (await other.next("trouble"))["code"] == "malformed"


async def test_each_refusal_of_an_upload_has_its_status_and_a_sentence(centre: Centre, page: Open) -> None:
    tab, stranger = page(), page(token="nobody")
    await tab.hello()
    browser = Browser(centre)
    good = picture()
    cases = [
        (stranger, good, {}, 401, "bad_token"),
        (tab, good, {}, 409, "no_such_session"),
        (tab, good, {"Origin": "https://evil.example"}, 403, "bad_origin"),
    ]
    for who, body, headers, status, code in cases:
        answer = await browser.upload(who, body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert len(answer.json()["text"]) > 5
    await tab.started()
    for body, status, code in (
        (b"", 400, "empty"),
        (b"x" * (photos.BYTES_MAX + 1), 413, "too_large"),
        (b"not a picture", 415, "not_an_image"),
        (HOSTILE["bomb"][0], 422, "image_too_big"),
    ):
        answer = await browser.upload(tab, body, **{"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["text"].isascii()


async def test_an_upload_that_lies_about_its_length_is_cut_off(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()

    async def endless() -> "object":
        for _ in range(200):
            yield b"x" * 100_000

    answer = await Browser(centre).client.post(
        "/chat/photos", content=endless(), headers={"Authorization": f"Bearer {tab.token}"}
    )
    assert answer.status_code == 413


async def test_uploads_beyond_the_rate_are_refused(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    browser = Browser(centre)
    statuses = [(await browser.upload(tab, b"")).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]
