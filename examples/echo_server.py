"""A TCP echo server: every connection is a supervised child, and a crash in one harms no other.

The pool owns the connections and the listener only accepts: it may stop first, or be restarted, without
hurting a connection that lives. Clients of its own talk to it over loopback, one of them a rude one.

Try breaking it: make the template ``TRANSIENT``. The rude connection is now started again with the same,
closed stream; it fails again and again, until the pool gives up and takes the polite ones with it.
"""

import trio

import trio_smith as smith


async def echo(stream: trio.SocketStream) -> None:
    """Serve one connection; it is closed however this ends."""
    async with stream:
        async for chunk in stream:
            if b"crash" in chunk:
                raise ValueError("this client knows the magic word")
            await stream.send_all(chunk)


async def listen(
    connections: smith.Pool, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
) -> None:
    """Accept for ever, and hand each connection to a child of its own."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        task_status.started(listener.socket.getsockname()[1])  # ready only now: its start gives the port
        while True:
            stream = await listener.accept()
            try:
                await connections.start(stream)
            except BaseException as refusal:  # too many, or we are being stopped: it is still ours to close
                await trio.aclose_forcefully(stream)
                if not isinstance(refusal, smith.PoolFull):
                    raise


async def client(name: str, port: int, words: list[bytes]) -> None:
    """Say *words*, one every 20 ms, and print what comes back."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        for word in words:
            await stream.send_all(word)
            answer = await stream.receive_some()
            print(f"{name}: {word.decode()} -> {answer.decode() or '(connection lost)'}")
            await trio.sleep(0.02)


def report(event: object) -> None:
    """Print every crash."""
    if isinstance(event, smith.ChildEnded) and isinstance(event.reason, smith.Crashed):
        print(f"supervisor: {'/'.join(event.path)} {event.reason}")


async def main() -> None:
    """Serve three clients, then stop: first the listener, then all connections at once."""
    async with smith.open_supervisor(observe=report) as supervisor:
        connection = smith.ChildSpec(start=echo, restart=smith.Restart.TEMPORARY, grace=1.0)
        connections = await supervisor.start_pool(connection, name="connections", max_children=1000)
        port = (await supervisor.start(listen, connections, name="listener")).value
        assert isinstance(port, int)
        clients = [
            await supervisor.start(client, "ada", port, [b"one", b"two", b"three"], name="ada"),
            await supervisor.start(client, "rude", port, [b"hello", b"crash"], name="rude"),
            await supervisor.start(client, "grace", port, [b"eins", b"zwei", b"drei"], name="grace"),
        ]
        for one in clients:
            await one.wait_stopped()
        await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
