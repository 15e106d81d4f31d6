// A fan-out by ws, as its readme has it: whoever comes to /talk is heard by all others. Prints its port.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("connection", (socket, request) => {
  if (request.url !== "/talk") return;
  socket.on("message", (data) => {
    for (const client of server.clients) if (client !== socket) client.send(data);
  });
});
server.on("listening", () => console.log(server.address().port));
