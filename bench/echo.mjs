// The other side of the round trip that floors.mjs measures: a process that sends every message back.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () => process.send(server.address().port));
server.on('connection', (socket) => socket.on('message', (message, binary) => socket.send(message, { binary })));
process.on('disconnect', () => process.exit());
