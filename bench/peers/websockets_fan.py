"""A fan-out by websockets, as its documentation has it: whoever comes to /talk is heard by all others."""

import asyncio

from websockets.asyncio.server import ServerConnection, broadcast, serve


async def attend(connection: ServerConnection) -> None:
    if connection.request.path != "/talk":
        listeners.add(connection)
        try:
            await connection.wait_closed()
        finally:
            listeners.remove(connection)
        return
    async for message in connection:
        broadcast(listeners, message)


async def main() -> None:
    async with serve(attend, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


listeners: set[ServerConnection] = set()
asyncio.run(main())
