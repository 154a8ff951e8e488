import { HeadgateError } from "../core/kernel/errors.ts";
import type { MemoryFault, MemoryLog, StreamsCall } from "./memory-streams-types.ts";

const CALLS: readonly StreamsCall[] = [
  "cluster",
  "topics",
  "topicConfigs",
  "heldConfigs",
  "logDirs",
  "offsets",
  "offsetsAt",
  "fetch",
  "groups",
  "acls",
  "quotas",
  "createTopic",
  "setTopicConfigs",
  "addPartitions",
  "deleteTopic",
  "deleteRecords",
  "append",
  "skip",
  "setGroupOffsets",
  "deleteGroup",
  "addAcls",
  "setQuotas",
];

export interface Faults {
  readonly control: MemoryLog["faults"];
  /** Counts a call and lets it meet what was set. */
  meet(call: StreamsCall): Promise<void>;
  /** "READ on topic orders is denied"; undefined: it is allowed. */
  denied(operation: string, resourceType: string, resourceName: string): string | undefined;
  /** The same as an error of the whole call. */
  need(operation: string, resourceType: string, resourceName: string): void;
  isLeaderless(topic: string, partition: number): boolean;
}

/** What goes wrong with a log in memory, by order. */
export function memoryFaults(): Faults {
  const calls = Object.fromEntries(CALLS.map((call) => [call, 0])) as Record<StreamsCall, number>;
  let failing: { call: StreamsCall | "any"; after: number; times: number; error: MemoryFault["error"] }[] = [];
  let hooks: { call: StreamsCall; left: number; then: () => void }[] = [];
  const rules = new Set<string>();
  const headless = new Set<string>();
  let isDown = false;
  let delay = 0;

  const unavailable = (retryable: boolean) =>
    new HeadgateError("streams.unavailable", "no broker of the cluster answered", { retryable });
  const denied = (operation: string, resourceType: string, name: string): string | undefined =>
    rules.has(`${operation} ${resourceType} ${name}`) || rules.has(`${operation} ${resourceType} *`)
      ? `${operation} on ${resourceType.toLowerCase()} ${name} is denied`
      : undefined;
  const strike = (call: StreamsCall): void => {
    for (const fault of failing) {
      if (fault.call !== "any" && fault.call !== call) continue;
      if (fault.after > 0) {
        fault.after--;
        continue;
      }
      fault.times--;
      failing = failing.filter(({ times }) => times > 0);
      if (fault.error === "denied") throw new HeadgateError("streams.denied", `${call} on the cluster is denied`);
      throw unavailable(fault.error !== "final");
    }
  };

  return {
    control: {
      calls,
      fail: (call, { times = 1, after = 0, error = "unavailable" } = {}) => {
        failing.push({ call, after, times, error });
      },
      down: () => {
        isDown = true;
      },
      up: () => {
        isDown = false;
        failing = [];
      },
      deny: (operation, resourceType, name) => void rules.add(`${operation} ${resourceType} ${name}`),
      allow: () => rules.clear(),
      before: (call, nth, then) => void hooks.push({ call, left: nth, then }),
      latency: (ms) => {
        delay = ms;
      },
      leaderless: (topic, partition, yes = true) => {
        const key = `${topic}/${partition}`;
        if (yes) headless.add(key);
        else headless.delete(key);
      },
    },
    meet: async (call) => {
      calls[call]++;
      if (delay > 0) await new Promise<void>((resolve) => setTimeout(resolve, delay));
      const due = hooks.filter((hook) => hook.call === call && --hook.left <= 0);
      hooks = hooks.filter((hook) => !due.includes(hook));
      for (const { then } of due) then();
      if (isDown) throw unavailable(true);
      strike(call);
    },
    denied,
    need: (operation, resourceType, name) => {
      const why = denied(operation, resourceType, name);
      if (why !== undefined) throw new HeadgateError("streams.denied", why);
    },
    isLeaderless: (topic, partition) => headless.has(`${topic}/${partition}`),
  };
}
