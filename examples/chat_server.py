"""A TCP chat server: rooms are topics, and a client that does not read keeps nobody waiting but itself.

A few lines may wait for each client. It has chosen what becomes of more when it joined the room.

Try breaking it: let rooms be groups, and publish by ``await one.tell(text)`` to each of ``groups.members``.
The speaker waits for the dozer now, and the room is silent until you press Ctrl-C.
"""

import trio

import trio_smith as smith


class Screen(smith.Actor[bytes]):
    """Sends to one client, as fast as that one reads."""

    mailbox_capacity = 4

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream

    @smith.on(bytes)
    async def send(self, text: bytes) -> None:
        """Wait until the socket has taken it."""
        await self.stream.send_all(text + b"\n")


async def serve(stream: trio.SocketStream) -> None:
    """Do what one client writes; what makes no sense crashes this connection alone."""
    async with stream, smith.open_supervisor() as own:
        screen = await own.start(Screen, stream, restart=smith.Restart.TEMPORARY, grace=0.1)
        topics, rest = own.system.topics, b""
        async for chunk in stream:
            *lines, rest = (rest[-65_536:] + chunk).split(b"\n")  # a line without an end is cut
            for command, room, text in (line.decode().split(" ", 2) for line in lines):
                if command == "say":
                    topics.publish(room, text.encode())  # waits for nobody
                else:
                    topics.subscribe(screen, room, of=bytes, overflow=smith.Overflow(text), backlog=8)
                    await screen.tell(b"welcome")  # waits until this client reads
        await own.stop()


async def accept(listener: trio.SocketListener, connections: smith.Pool) -> None:
    """Hand each connection to a child of its own, for ever."""
    while True:
        stream = await listener.accept()
        try:
            await connections.start(stream)
        except BaseException:  # we are being stopped: it is still ours to close
            await trio.aclose_forcefully(stream)
            raise


async def hear(client: trio.SocketStream, last: bytes) -> list[str]:
    """Return the lines up to *last*, or until the server hangs up; of each the last word."""
    text = b""
    while not text.endswith(last + b"\n") and (chunk := await client.receive_some()):
        text += chunk
    return [line.split()[-1].decode() for line in text.splitlines()]


async def main() -> None:
    """Let a reader speak; a dozer does not read, and the third crashes what serves it."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    at, dial = listener.socket.getsockname(), trio.open_tcp_stream
    async with listener, smith.open_supervisor() as supervisor:
        template = smith.ChildSpec(start=serve, restart=smith.Restart.TEMPORARY)
        await supervisor.start(accept, listener, await supervisor.start_pool(template))
        ends = supervisor.system.events.stream(of=smith.ChildEnded, where=lambda end: end.id[0] == "#")
        async with ends, await dial(*at) as reader, await dial(*at) as dozer, await dial(*at) as third:
            for client, wish in ((reader, b"wait"), (dozer, b"drop_oldest"), (third, b"nonsense")):
                await client.send_all(b"join tea " + wish + b"\n")
                print(wish.decode(), await hear(client, b"welcome"))
            print((await anext(ends)).reason)
            for number in range(1, 101):
                await reader.send_all(b"say tea %s %d\n" % (b"la" * 5000, number))
                await hear(reader, b" %d" % number)  # its own line, like all in the room
            heard = await hear(dozer, b" 100")  # wakes up
            print(f"heard at once: 100; by the dozer: {heard[0]}, {heard[-1]}, all: {len(heard) == 100}")
        await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
