import { readFileSync } from 'node:fs';

/** When which process said, in its own log, that partitions were taken and caught up: `{at, address, partitions}`. */
export function openingsOf(system) {
  return system.instances.flatMap(({ name }) => readFileSync(system.child(name).logFile, 'utf8').split('\n').filter((line) => line.includes('"partitions taken"')).map((line) => {
    const { time, partitions } = JSON.parse(line);
    return { at: Date.parse(time), address: system.urlOf(name), partitions: partitions.split(' ') };
  }));
}
