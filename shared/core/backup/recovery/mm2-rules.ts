import type { Fault } from "../../kernel/errors.ts";
import type { RecoverySettings } from "./file.ts";

/** What a check of MirrorMaker's configuration found: faults keep recovery from working, warnings make it worse than it could be. */
export interface Mm2Findings {
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly replication: NonNullable<RecoverySettings["replication"]>;
}

/** A setting as it counts, and where it was read. */
export interface Found {
  readonly value: string;
  readonly path: string;
  readonly line?: number;
}
export type Look = (name: string) => Found | undefined;

/** MirrorMaker's lists are of patterns, each for a whole name; one that is no regular expression is taken as it is written. */
function matches(list: string, topic: string): boolean {
  return list.split(",").some((one) => {
    const pattern = one.trim();
    if (pattern === "") return false;
    try {
      return new RegExp(`^(?:${pattern})$`, "u").test(topic);
    } catch {
      try {
        return new RegExp(`^(?:${pattern})$`).test(topic);
      } catch {
        return pattern === topic;
      }
    }
  });
}

export const place = (found: Found | undefined, path: string): Pick<Fault, "path" | "line" | "value"> => ({
  path: found?.path ?? path,
  ...(found?.line === undefined ? {} : { line: found.line }),
  ...(found ? { value: found.value } : {}),
});

export const isTrue = (found: Found | undefined, byDefault: boolean): boolean =>
  found ? found.value.toLowerCase() === "true" : byDefault;

/** What holds of a flow, however it is configured; `at` names the flow in paths. */
export function checkFlow(look: Look, at: string, { replication }: Asked): Mm2Findings {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const topics = look("topics");
  const exclude = look("topics.exclude") ?? look("topics.blacklist");
  for (const topic of replication.topics) {
    if (!matches(topics?.value ?? ".*", topic))
      faults.push({
        ...place(topics, `${at}.topics`),
        message: `${topic} is not replicated`,
        allowed: `a list that has ${topic}`,
      });
    else if (exclude && matches(exclude.value, topic))
      faults.push({
        ...place(exclude, exclude.path),
        message: `${topic} is excluded from replication`,
        allowed: "a list without it",
      });
  }
  const factor = look("replication.factor");
  if (Number(factor?.value ?? 2) < replication.replicationFactor && factor?.value.trim() !== "-1")
    faults.push({
      ...place(factor, `${at}.replication.factor`),
      message: factor ? "replicated topics have fewer copies than asked for" : "is missing, and MirrorMaker's own is 2",
      allowed: `${replication.replicationFactor} or more`,
    });
  for (const name of ["offset-syncs.topic", "checkpoints.topic", "heartbeats.topic"]) {
    const found = look(`${name}.replication.factor`);
    if (found && Number(found.value) < replication.replicationFactor)
      warnings.push({
        ...place(found, found.path),
        message: "MirrorMaker's own topic has fewer copies than those it copies",
        allowed: `${replication.replicationFactor} or more`,
      });
  }
  return { faults, warnings };
}

export function checkGroups(look: Look, at: string): Mm2Findings {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const sync = look("sync.group.offsets.enabled");
  if (!isTrue(sync, false))
    faults.push({
      ...place(sync, `${at}.sync.group.offsets.enabled`),
      message: sync
        ? "positions of groups are not kept in step"
        : "is missing, and MirrorMaker's own is false: positions of groups are not kept in step",
      allowed: "true",
    });
  const emit = look("emit.checkpoints.enabled");
  if (!isTrue(emit, true))
    faults.push({
      ...place(emit, emit?.path ?? at),
      message: "without checkpoints no position can be translated",
      allowed: "true",
    });
  for (const name of ["sync.group.offsets.interval.seconds", "emit.checkpoints.interval.seconds"]) {
    const found = look(name);
    const seconds = Number(found?.value ?? 60);
    if (seconds < 0)
      faults.push({
        ...place(found, `${at}.${name}`),
        message: "a negative interval turns it off",
        allowed: "1 to 60",
      });
    else if (!(seconds <= 60))
      warnings.push({
        ...place(found, `${at}.${name}`),
        message: `after a failover groups repeat up to ${seconds} s`,
        allowed: "60 or less",
      });
  }
  return { faults, warnings };
}

export function checkHeartbeats(look: Look, at: string): readonly Fault[] {
  const found = look("emit.heartbeats.enabled");
  return isTrue(found, true)
    ? []
    : [
        {
          ...place(found, found?.path ?? at),
          message: "without heartbeats a dead flow looks like an idle one",
          allowed: "true",
        },
      ];
}

export function checkPolicy(look: Look, at: string): readonly Fault[] {
  const found = look("replication.policy.class");
  if (!found || !/Identity/.test(found.value)) return [];
  return [
    {
      ...place(found, found.path ?? at),
      message:
        "topics keep their names over there: a flow in each direction would be a loop, and failing back cannot tell what is new",
      allowed: "DefaultReplicationPolicy",
    },
  ];
}
