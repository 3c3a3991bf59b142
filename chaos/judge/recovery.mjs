import { grouped } from './journal.mjs';

/** Ms from the fault that lost an attempt until user code of the task's next attempt began. */
export function recoveries({ faults, log, journal }) {
  const begins = grouped(journal.filter(({ what }) => what === 'began'), ({ run, task }) => `${run}/${task}`);
  return log.events.executor.filter(({ type }) => type === 'AttemptLost').flatMap(({ run, task, attempt, node, at }) => {
    const own = begins.get(`${run}/${task}`) ?? [];
    const next = own.find((begin) => begin.attempt > attempt);
    const began = own.find((begin) => begin.attempt === attempt);
    // Never begun, or never again (its run was cancelled): nothing was running that could run again.
    if (!next || !began) return [];
    const cause = faults.filter((fault) => fault.at <= at && fault.at >= began.at && (fault.node === undefined || fault.node === node)).at(-1);
    return [next.at - (cause?.at ?? at)];
  });
}

/**
 * Ms from the end of an owner to the next commit of a partition that it owned. A source's commit that came only after the new claim had not waited for the take-over: then it is the claim, and
 * what that commit took from its source's. Since when a request or a timer waited the log does not tell: then it is the moment at which the successor said that it was there, if that was sooner.
 * Where nothing was decided at all, the last of those moments.
 */
export function takeOvers({ faults, log, openings }) {
  const partitions = [...grouped(log.claims, ({ topic, partition }) => `${topic}/${partition}`).values()];
  return faults.filter(({ kind }) => kind === 'service').flatMap(({ at, address, target, services }) => services.flatMap((service) => {
    const successors = partitions.filter(([{ topic }]) => topic === service).flatMap((claims) => {
      const held = claims.findLastIndex((claim) => claim.at <= at);
      return held >= 0 && claims[held].address === address ? [claims[held + 1]] : [];
    });
    if (successors.length === 0) return [];
    if (successors.some((claim) => claim === undefined)) return [{ target, service, at, ms: Infinity }];
    const there = (claims) => claims.map((claim) => thereAt(claim, log, openings));
    const decided = successors.filter(({ first }) => first);
    return [{ target, service, at, ms: (decided.length > 0 ? Math.min(...there(decided)) : Math.max(...there(successors))) - at }];
  }));
}

function thereAt({ at, topic, partition, address, first }, log, openings) {
  if (first?.source) {
    const said = log.heads.get(first.source)?.[first.seq]?.at ?? at;
    return said > at ? at + first.at - said : first.at;
  }
  const opened = openings.find((opening) => opening.address === address && opening.at >= at && opening.partitions.includes(`${topic}/${partition}`))?.at;
  return Math.min(first?.at ?? Infinity, opened ?? first?.at ?? at);
}

/** How many owners were killed whose log has a commit of theirs that they cannot have read back: no reply of a broker comes earlier than `replyMs`. */
export function withinReply({ faults, log }, replyMs) {
  const commits = grouped([...log.heads.values()].flat().filter(Boolean), ({ by }) => by);
  return faults.filter(({ kind, address, at }) => kind === 'service' && commits.get(address)?.some((commit) => commit.at <= at && at < commit.at + replyMs)).length;
}
