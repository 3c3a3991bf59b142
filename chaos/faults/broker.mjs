import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20_000;
const LEAST_AWAY_MS = 1_000;
const MORE_AWAY_MS = 5_000;

/** One broker of three killed, or stopped in order, every 20 s, and started again seconds later; `n` times. The other two have what is acknowledged. */
export async function broker(stage, n) {
  for (let done = 0; done < n; done += 1) {
    const began = Date.now();
    const node = stage.kafka.nodes[Math.floor(stage.next() * stage.kafka.nodes.length)];
    const inOrder = stage.next() < 0.25;
    stage.hit({ kind: inOrder ? 'broker stopped' : 'broker killed', target: `broker ${node.id}` });
    await (inOrder ? node.stop() : node.kill());
    await sleep(LEAST_AWAY_MS + MORE_AWAY_MS * stage.next());
    await node.start();
    await sleep(Math.max(0, began + EVERY_MS - Date.now()));
  }
}
