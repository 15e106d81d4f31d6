"""A fan-out by flask-sock with a thread a listener: each waits for the next message and sends it."""

import logging
from queue import SimpleQueue

from flask import Flask
from flask_sock import Sock
from simple_websocket import Server
from werkzeug.serving import make_server

app = Flask(__name__)
sock = Sock(app)
queues: set[SimpleQueue] = set()


@sock.route("/talk")
def talk(connection: Server) -> None:
    while True:
        message = connection.receive()
        for queue in list(queues):
            queue.put(message)


@sock.route("/listen")
def listen(connection: Server) -> None:
    queue: SimpleQueue = SimpleQueue()
    queues.add(queue)
    try:
        while connection.connected:
            connection.send(queue.get())
    finally:
        queues.remove(queue)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
