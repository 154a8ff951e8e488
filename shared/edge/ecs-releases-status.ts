import type { Task } from "@aws-sdk/client-ecs";
import type { Millis } from "../core/kernel/time.ts";
import { SECOND_MS } from "../core/kernel/time.ts";
import type { ReleasesStatus, VersionStatus } from "../core/ports/releases.ts";
import { shortName } from "./ecs-read.ts";
import { releaseOf } from "./ecs-releases-kept.ts";
import { mainContainer } from "./ecs-releases-main.ts";
import type { Definition, DeploymentLook, SlotLook } from "./ecs-releases-read.ts";
import { TAGS } from "./ecs-releases-task.ts";
import { isFailed, type Trouble, troubleIn, troubleOfTask } from "./ecs-releases-trouble.ts";
import { instanceOf, taskHost } from "./ecs-status.ts";

/** ECS asks a container's health each 30 s unless its definition says otherwise. */
const HEALTH_INTERVAL_S = 30;

/** Tag of a service: version that is the service, and since when (ms), so that the later of two slots is right: "v2@1789…". */
export const STABLE = "headgate:stable";
/** Tag of the one service of a single slot: the version that was wanted there. */
export const WANTED = "headgate:wanted";

export const stableTag = (version: string, at: Millis): string => `${version}@${at}`;

/** Version that a definition is: what Headgate tagged it, SERVICE_VERSION of its environment, else family and revision. */
export function versionOf({ arn, definition, tags }: Definition): string {
  const said = tags[TAGS.version];
  if (said) return said;
  const environment = (definition.containerDefinitions ?? []).flatMap((one) => one.environment ?? []);
  const own = environment.find(({ name }) => name === "SERVICE_VERSION")?.value;
  if (own && /^[A-Za-z0-9._-]{1,63}$/.test(own)) return own;
  return shortName(arn).replaceAll(":", ".").slice(-63);
}

/** One version in one slot. Two slots that say the same of themselves are told apart by the slot. */
export interface Placed {
  readonly version: string;
  readonly slot: SlotLook;
  readonly look: DeploymentLook;
}

const isAlive = ({ deployment, tasks }: DeploymentLook): boolean =>
  (deployment.desiredCount ?? 0) + (deployment.runningCount ?? 0) + (deployment.pendingCount ?? 0) > 0 ||
  tasks.length > 0;

/** What runs where, the slots' own order. `all`: also what has nothing any more and is kept for its definition. */
export function placesOf(slots: readonly SlotLook[], all = false): readonly Placed[] {
  const places = slots.flatMap((slot) =>
    slot.deployments
      .filter((look) => all || isAlive(look))
      .map((look) => ({ version: versionOf(look.definition), slot, look })),
  );
  return places.map((one, index) => {
    const twin = places.findIndex(({ version }) => version === one.version) < index;
    return twin ? { ...one, version: `${one.version.slice(0, 40)}-${one.slot.slot}` } : one;
  });
}

const createdAt = ({ look: { deployment } }: Placed): Millis =>
  deployment.createdAt?.getTime() ?? Number.POSITIVE_INFINITY;

/** The version that the service is: what was adopted last, or was there first. */
export function stableOf(slots: readonly SlotLook[]): string | undefined {
  const adopted = slots
    .flatMap(({ tags }) => {
      const [, version, at] = /^(.+)@(\d+)$/.exec(tags[STABLE] ?? "") ?? [];
      return version === undefined ? [] : [{ version, at: Number(at) }];
    })
    .sort((a, b) => b.at - a.at)[0]?.version;
  const all = placesOf(slots, true);
  if (adopted !== undefined && all.some(({ version }) => version === adopted)) return adopted;
  // Nobody adopted one: then it is what was there before Headgate, or what another hand deployed over it. One of ours waits to be adopted.
  const [first] = all
    .filter(({ look }) => look.definition.tags[TAGS.version] === undefined && (adopted === undefined || isAlive(look)))
    .sort((a, b) => Number(isAlive(b.look)) - Number(isAlive(a.look)) || createdAt(a) - createdAt(b));
  return first?.version ?? adopted;
}

/** "Ready" is running, and healthy where somebody checks: the container's own check, then its target groups'. */
function isReady(task: Task, hasCheck: boolean, port: number | undefined, slot: SlotLook): boolean {
  const { state } = instanceOf(task);
  if (state !== "running" || task.healthStatus === "UNHEALTHY") return false;
  if (hasCheck && task.healthStatus !== "HEALTHY") return false;
  const target = slot.targets && targetState(task, port, slot.targets);
  // A group that no rule forwards to checks nobody ("unused"); then the container's word has to do.
  return target === undefined || target === "healthy" || target === "unused" || target === "unavailable";
}

function targetState(task: Task, port: number | undefined, targets: ReadonlyMap<string, string>): string {
  const host = taskHost(task) ?? "";
  return (
    targets.get(`${host}:${port ?? 0}`) ?? [...targets].find(([id]) => id.startsWith(`${host}:`))?.[1] ?? "initial"
  );
}

/** Checks of health that ECS has made of a task, by its own interval; one that has not started has had none. */
const checksOf = ({ startedAt }: Task, intervalS: number, now: Millis): number =>
  startedAt ? Math.max(0, Math.floor((now - startedAt.getTime()) / (intervalS * SECOND_MS))) : 0;

function troubleOf({ slot, look }: Placed, failed: readonly Task[], ready: number): Trouble | undefined {
  const { deployment } = look;
  if (slot.service?.status === "DRAINING") return { text: "the service is being deleted", hopeless: true };
  const last = failed[0];
  const own = last ? troubleOfTask(last) : undefined;
  if (own?.hopeless) return own;
  if (deployment.rolloutState === "FAILED")
    return {
      text: `ECS gave the deployment up: ${own?.text ?? deployment.rolloutStateReason ?? "no reason given"}`,
      hopeless: true,
    };
  if (ready >= (deployment.desiredCount ?? 0) && (deployment.failedTasks ?? 0) === 0) return undefined;
  if (own) return own;
  const since = deployment.createdAt?.getTime() ?? 0;
  const event = (slot.service?.events ?? [])
    .filter(({ createdAt: at }) => (at?.getTime() ?? 0) >= since)
    .map(({ message }) => message ?? "")
    .find((message) => /unable to|unhealthy|failed/.test(message));
  return event === undefined ? undefined : troubleIn(event);
}

const stoppedAt = ({ stoppedAt: at }: Task): Millis => at?.getTime() ?? 0;

/** One version, as it is observed. */
export function statusOfPlace(place: Placed, service: string, now: Millis): VersionStatus {
  const { version, slot, look } = place;
  const { deployment, tasks } = look;
  const main = mainContainer(look.definition.definition, service);
  const port = main?.portMappings?.[0]?.containerPort;
  const interval = main?.healthCheck?.interval ?? HEALTH_INTERVAL_S;
  const hasCheck = (look.definition.definition.containerDefinitions ?? []).some((one) => one.healthCheck !== undefined);
  const ready = tasks.filter((task) => isReady(task, hasCheck, port, slot));
  const waiting = tasks.filter((task) => !ready.includes(task));
  const failed = look.stopped.filter(isFailed).sort((a, b) => stoppedAt(b) - stoppedAt(a));
  const failures = Math.max(deployment.failedTasks ?? 0, failed.length);
  const running = deployment.runningCount ?? 0;
  // Tasks that are not listed yet, of a service whose health nobody checks: they run.
  const unlisted = tasks.length === 0 && !hasCheck && !slot.targets ? running : 0;
  const release = releaseOf(look.definition.definition, service, version);
  const trouble = troubleOf(place, failed, ready.length + unlisted);
  const addresses = ready.flatMap((task) => {
    const host = taskHost(task);
    return host === undefined || port === undefined
      ? []
      : [`http://${host.includes(":") ? `[${host}]` : host}:${port}`];
  });
  return {
    version,
    slot: slot.slot,
    desired: deployment.desiredCount ?? 0,
    pending: Math.max(0, deployment.pendingCount ?? 0),
    running,
    ready: Math.min(running, ready.length + unlisted),
    failures,
    attempts: failures + waiting.reduce((sum, task) => sum + checksOf(task, interval, now), 0),
    ...(trouble ? { trouble: trouble.text } : {}),
    ...(trouble?.hopeless ? { hopeless: true } : {}),
    addresses,
    ...(deployment.createdAt ? { startedAt: deployment.createdAt.getTime() } : {}),
    logs: [],
    ...(release ? { release } : {}),
  };
}

/**
 * All versions of a service. One that was wanted in the only slot and is not what runs there was rolled back, by ECS itself or by another
 * hand: it is listed with nothing, and without hope.
 */
export function releasesStatus(slots: readonly SlotLook[], service: string, now: Millis): ReleasesStatus {
  const versions = placesOf(slots).map((place) => statusOfPlace(place, service, now));
  const lost = slots.flatMap(({ slot, tags, deployments, service: found }): VersionStatus[] => {
    const wanted = tags[WANTED];
    if (wanted === undefined || wanted === "" || found === undefined) return [];
    if (deployments.some(({ definition }) => versionOf(definition) === wanted)) return [];
    const event = (found.events ?? []).map(({ message }) => message ?? "").find((text) => /rolling back/.test(text));
    const trouble = event ? `ECS rolled it back: ${event}` : "another hand deployed over it";
    const none = { desired: 0, pending: 0, running: 0, ready: 0, attempts: 0 };
    return [{ version: wanted, slot, ...none, failures: 1, trouble, hopeless: true, addresses: [], logs: [] }];
  });
  const stable = stableOf(slots);
  return { versions: [...versions, ...lost], ...(stable === undefined ? {} : { stable }), at: now };
}
