"""Who gets in at the desk, and how wrong tries are answered."""

from __future__ import annotations

import pytest

from dasan.core.errors import Refused
from dasan.core.time import HOUR, SECOND
from dasan.server import passwords
from dasan.server.accounts import highest
from dasan.wire import desk_views as view
from tests.server.world import PASSWORD, World


async def refused(world: World, name: str, password: str, peer: str = "127.0.0.1") -> Refused:
    with pytest.raises(Refused) as error:
        await world.signin.by_password(name, password, peer)
    return error.value


async def test_a_right_password_gives_a_token_that_signs_in_again(world: World):
    world.counselor("kim")
    account, token = await world.signin.by_password("kim", PASSWORD, "a")
    assert (await world.signin.by_token(token)).id == account.id


async def test_wrong_name_wrong_password_and_disabled_account_sound_the_same(world: World):
    from dataclasses import replace

    world.counselor("kim")
    world.counselor("lee")
    world.people.change(replace(world.people.named("lee"), disabled=True))
    codes = {(await refused(world, n, p)).code for n, p in [("kim", "no"), ("nobody", PASSWORD), ("lee", PASSWORD)]}
    assert codes == {"sign_in_failed"}


async def test_the_lock_comes_after_five_tries_and_doubles(world: World):
    world.counselor("kim")
    for _ in range(5):
        assert (await refused(world, "kim", "no")).code == "sign_in_failed"
    locked = await refused(world, "kim", PASSWORD)
    assert (locked.code, locked.args_["after_s"]) == ("locked_out", 31)
    world.clock.us += 31 * SECOND
    assert (await refused(world, "kim", "no")).code == "sign_in_failed"
    assert (await refused(world, "kim", PASSWORD)).args_["after_s"] == 61
    world.clock.us += 61 * SECOND
    await world.signin.by_password("kim", PASSWORD, "a")
    assert world.people.named("kim").failed == 0


@pytest.mark.parametrize(("failed", "seconds"), [(4, 0), (5, 30), (6, 60), (9, 480), (10, 900), (500, 900)])
def test_the_lock_is_bounded(failed: int, seconds: int):
    assert passwords.locked_for_us(failed, 5, 30, 900) == seconds * SECOND


async def test_one_address_cannot_try_without_end(world: World):
    world.counselor("kim")
    codes = [(await refused(world, f"name{n}", "no", "10.0.0.9")).code for n in range(25)]
    assert codes.count("too_fast") == 5
    assert (await refused(world, "kim", "no", "10.0.0.8")).code == "sign_in_failed"


async def test_a_whole_shift_signs_in_from_one_address(world: World):
    for n in range(40):
        world.counselor(f"c{n:02d}")
        await world.signin.by_password(f"c{n:02d}", PASSWORD, "10.0.0.9")


async def test_a_token_ends_with_its_time_its_revocation_and_its_account(world: World):
    from dataclasses import replace

    world.counselor("kim")
    _, first = await world.signin.by_password("kim", PASSWORD, "a")
    _, second = await world.signin.by_password("kim", PASSWORD, "a")
    await world.signin.revoke(first)
    with pytest.raises(Refused, match="signed out"):
        await world.signin.by_token(first)
    await world.signin.by_token(second)
    world.people.change(replace(world.people.named("kim"), disabled=True))
    with pytest.raises(Refused):
        await world.signin.by_token(second)
    world.people.change(replace(world.people.named("kim"), disabled=False))
    world.clock.us += 12 * HOUR + 1
    with pytest.raises(Refused):
        await world.signin.by_token(second)


async def test_a_citizens_token_does_not_open_a_desk(world: World):
    from dasan.store.people import Token

    key = passwords.token_key("stolen", b"p" * 32)
    world.people.issue(Token(key, "citizen:p_one", {}, world.clock.us + HOUR))
    with pytest.raises(Refused):
        await world.signin.by_token("stolen")


async def test_tokens_and_passwords_are_kept_only_as_hashes(world: World):
    world.counselor("kim")
    _, token = await world.signin.by_password("kim", PASSWORD, "a")
    kept = repr(vars(world.people))
    assert token not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in world.people.named("kim").password


async def test_a_console_that_is_refused_is_told_why_and_closed(world: World):
    world.counselor("kim")
    desk = world.desk()
    await desk.hello("kim", "no")
    assert (desk.last(view.Bye).code, desk.wire.closed is not None) == ("sign_in_failed", True)
    old = world.desk()
    await old.send("hello", v=99, name="kim", password=PASSWORD)
    assert old.last(view.Bye).code == "bad_version"


async def test_signing_out_ends_the_token_and_is_refused_while_a_talk_is_on(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    assert (await desk.ask("sign_out")).code == "not_now"
    await desk.done("say", session=session, text="안내")
    await desk.done("release", session=session, item=item)
    await desk.done("wrap", session=session, item=item, disposition="answered", category="civil")
    token = desk.welcome.token
    await desk.done("sign_out")
    assert desk.last(view.Bye).code == "signed_out"
    with pytest.raises(Refused):
        await world.signin.by_token(token)


def test_the_highest_role_decides():
    assert highest(["counselor", "supervisor"]) == "supervisor"
    assert highest(["admin", "counselor"]) == "admin"
    assert highest([]) == "counselor"
