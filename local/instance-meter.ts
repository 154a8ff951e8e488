import type { Usage } from "./os-usage.ts";

/** One look at an instance. What could not be read is absent. */
export interface Look {
  /** Real ms, monotonic. */
  readonly at: number;
  readonly usage?: Usage;
  /** From the service's own metrics. */
  readonly busySeconds?: number;
  readonly workers?: number;
}

/** Percent of one instance between two looks. */
export interface Shares {
  readonly busy?: number;
  readonly processCpu?: number;
  readonly cpu?: number;
  readonly memory?: number;
}

export interface Limits {
  readonly cpus: number;
  readonly memoryLimitMb: number;
  /** Whether the service publishes its busy time. If so, CPU without it is not known. */
  readonly publishes: boolean;
}

/** The operating system counts in hundredths of a second: below a second of wall time the share would be mostly rounding. */
const CPU_WINDOW_MS = 1000;

/** Turns counters of one instance into shares. Keeps the looks of the last second or so. */
export function instanceMeter(limits: Limits): (look: Look) => Shares {
  let looks: readonly Look[] = [];

  const busyShare = (before: Look, now: Look): number | undefined => {
    if (before.busySeconds === undefined || now.busySeconds === undefined || !now.workers) return undefined;
    const seconds = (now.at - before.at) / 1000;
    const share = ((now.busySeconds - before.busySeconds) / (seconds * now.workers)) * 100;
    // A counter that went back means the process behind the port is another one.
    return seconds > 0 && share >= 0 ? Math.min(100, share) : undefined;
  };
  const cpuShare = (before: Look, now: Look): number | undefined => {
    if (!before.usage || !now.usage) return undefined;
    const seconds = (now.at - before.at) / 1000;
    const share = ((now.usage.cpuSeconds - before.usage.cpuSeconds) / (seconds * limits.cpus)) * 100;
    return seconds > 0 && share >= 0 ? Math.min(100, share) : undefined;
  };

  return (look) => {
    const previous = looks.at(-1);
    // The newest look that is at least the window old; older ones are not needed any more.
    const far = looks.findLast((one) => look.at - one.at >= CPU_WINDOW_MS);
    looks = [...looks.filter((one) => far === undefined || one.at >= far.at), look];
    const busy = previous && busyShare(previous, look);
    const processCpu = far && cpuShare(far, look);
    const cpu = limits.publishes
      ? busy === undefined || processCpu === undefined
        ? undefined
        : Math.min(100, busy + processCpu)
      : processCpu;
    const memory = look.usage && Math.min(100, (look.usage.rssBytes / (limits.memoryLimitMb * 1024 * 1024)) * 100);
    return {
      ...(busy === undefined ? {} : { busy }),
      ...(processCpu === undefined ? {} : { processCpu }),
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
    };
  };
}
