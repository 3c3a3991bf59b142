import { isRefusal, type Refusal } from '@novacron/kernel';
import { seal, Unavailable, type Submitted } from '@novacron/service';
import type { Answered, Call, ClientPort } from '../seam.ts';
import { EPOCH, Process } from '../time/process.ts';
import type { World } from '../world/world.ts';

const PATIENCE_MS = 5_000;

/** What a client script is given: the edges' way into the log, over a network. */
export function clientPort(world: World, name: string): ClientPort {
  const process = new Process(world.timeline, name, world.dice.fork(`client ${name}`));
  const now = (): number => EPOCH + world.timeline.now;
  return {
    name, now,
    dice: world.dice.fork(`script ${name}`),
    wait: (ms) => new Promise((resolve) => void process.after(ms, 'waited', resolve)),
    drop: (workspace, file, size) => world.inbox.drop(`/inbox/${workspace}/${file}`, size, Math.floor(now())),
    seal: (text) => seal(world.secrets.sealingKey, text, process.ports.random),
    call: ({ service, partitionKey, message, key, patience = PATIENCE_MS }) => new Promise((resolve) => {
      const call: Call = { client: name, at: now(), service, partitionKey, message, key };
      world.calls.push(call);
      const end = (answered: Answered): void => {
        if (call.answered) return;
        call.answered = answered;
        resolve(answered);
      };
      process.after(patience, 'no answer', () => end({ at: now(), kind: 'unknown' }));
      const ask = (): void => {
        if (call.answered) return;
        const again = (): void => void process.after(50 + process.dice.int(150), 'asks again', ask);
        const owner = world.ownerOf(service, partitionKey);
        if (!owner) return again();
        let certain = true;
        world.request(process, owner, (instance) => {
          if (call.answered) return Promise.reject(new Unavailable('too late'));
          certain = false;
          return instance.log(service).submit(partitionKey, message).catch((error: Error) => {
            certain = error instanceof Unavailable;
            throw error;
          });
        }, (answer: Submitted | Refusal | undefined) => {
          if (!answer) return certain ? again() : end({ at: now(), kind: 'unknown' });
          if (isRefusal(answer as Refusal)) end({ at: now(), kind: 'refused', refusal: answer as Refusal });
          else end({ at: now(), kind: 'acknowledged', ...(answer as Submitted) });
        });
      };
      ask();
    }),
  };
}
