"""The generated Python against a real server: sign in, send, receive, and come back. Ends with a line that counts."""

import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile

# usage: smoke.py CHAT DIRECTORY, where CHAT is the server's program and DIRECTORY has chat_sdk.py and the library.
CHAT, CODE = sys.argv[1:]
sys.path.insert(0, CODE)

import chat_sdk as sdk  # noqa: E402

PASSWORD = "correct horse battery"
SOON = 60


class Sessions(sdk.SessionKeeper):
    """Keeps a session in memory."""

    def __init__(self):
        self.kept = None

    def save(self, session):
        self.kept = session

    def clear(self):
        self.kept = None

    def load(self):
        return self.kept


async def device(url, name, directory, sessions):
    """A device of somebody, connected."""
    config = sdk.ClientConfig(server_url=url, store_path=str(directory / f"{name}.db"))
    client = await sdk.ChatClient.open(config, sessions, None)
    if client.me() is None:
        await client.sign_up(name, f"{name}@example.org", PASSWORD, None)
    client.start()
    watch = client.watch_connection()
    while not isinstance(await asyncio.wait_for(watch.next(), SOON), sdk.ConnectionState.ONLINE):
        pass
    return client


async def shown(client, hall, count):
    """What is said in a conversation, as soon as it is this much."""
    timeline = await client.timeline(hall)
    watch, rows = timeline.observe(), []
    while True:
        for step in await asyncio.wait_for(watch.next(), SOON):
            if isinstance(step, sdk.TimelineDiff.RESET):
                rows = list(step.items)
            elif isinstance(step, sdk.TimelineDiff.APPEND):
                rows += step.items
            elif isinstance(step, sdk.TimelineDiff.INSERT):
                rows.insert(step.index, step.item)
            elif isinstance(step, sdk.TimelineDiff.SET):
                rows[step.index] = step.item
            elif isinstance(step, sdk.TimelineDiff.REMOVE):
                del rows[step.index]
            else:
                del rows[step.length :]
        messages = [row.item for row in rows if isinstance(row, sdk.TimelineItem.MESSAGE)]
        if sum(isinstance(message.send_state, sdk.SendState.SENT) for message in messages) >= count:
            return [message.text for message in messages]


async def messages_go_both_ways(url, directory):
    ann = await device(url, "ann", directory, None)
    ben = await device(url, "ben", directory, None)
    hall = await ann.create_conversation(sdk.ConversationType.DIRECT, [ben.me()], None)
    await ann.send(hall, "hello")
    assert await shown(ben, hall, 1) == ["hello"]
    await ben.send(hall, "hi")
    assert await shown(ann, hall, 2) == ["hello", "hi"]
    await ann.shutdown()
    await ben.shutdown()


async def a_kept_session_comes_back(url, directory):
    sessions = Sessions()
    first = await device(url, "cyn", directory, sessions)
    me = first.me()
    await first.shutdown()
    again = await device(url, "cyn", directory, sessions)
    assert again.me() == me
    await again.sign_out()
    assert sessions.kept is None
    await again.shutdown()


async def an_error_has_its_code(url, directory):
    client = await sdk.ChatClient.open(sdk.ClientConfig(server_url=url), None, None)
    try:
        await client.sign_in("nobody", "a wrong password")
        raise AssertionError("it was let in")
    except sdk.ChatError.Api as refused:
        assert (refused.code, refused.status) == ("wrong_credentials", 401), refused


def serve(directory):
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(directory)}
    command = [CHAT, "serve", "--listen", "127.0.0.1:0", "--database", f"sqlite://{directory}/server.db"]
    with open(directory / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=environment, cwd=directory, stdout=subprocess.PIPE, stderr=log, text=True)
    line = server.stdout.readline().strip()
    assert line.startswith("listening on "), line
    return server, line.removeprefix("listening on ")


def main():
    failed = 0
    tests = [messages_go_both_ways, a_kept_session_comes_back, an_error_has_its_code]
    with tempfile.TemporaryDirectory() as path:
        directory = pathlib.Path(path)
        server, url = serve(directory)
        try:
            for test in tests:
                try:
                    asyncio.run(asyncio.wait_for(test(url, directory), 10 * SOON))
                    print(f"python: {test.__name__} ok")
                except Exception as error:  # every one is told, and counted
                    failed += 1
                    print(f"python: {test.__name__} FAILED: {error!r}")
        finally:
            server.kill()
            server.wait()
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
