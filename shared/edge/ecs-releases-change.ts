import { createHash } from "node:crypto";
import type { ECSClient, UpdateServiceCommandInput } from "@aws-sdk/client-ecs";
import { standardEnvironment } from "../core/delivery/release.ts";
import type { Release } from "../core/kernel/release.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { ReleaseResult, ReleaseTarget } from "../core/ports/releases.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { shortName } from "./ecs-read.ts";
import { createInput, vetoOf } from "./ecs-releases-create.ts";
import type { Definition, SlotLook, SlotReader } from "./ecs-releases-read.ts";
import { type Placed, placesOf, STABLE, stableOf, stableTag, versionOf, WANTED } from "./ecs-releases-status.ts";
import { familyOf, planTask, releaseHash, TAGS, tagValue } from "./ecs-releases-task.ts";

type Ecs = NonNullable<ReleaseTarget["ecs"]>;

export interface Changes {
  readonly reader: SlotReader;
  readonly client: ClientSource<ECSClient>;
  readonly now: () => Millis;
  /** Region of the log group where the target names none. */
  readonly region?: string;
}

const unchanged = (detail?: string): ReleaseResult => ({
  status: "accepted",
  changed: false,
  ...(detail === undefined ? {} : { detail }),
});
const changed = (detail: string): ReleaseResult => ({ status: "accepted", changed: true, detail });
const refused = (why: string): ReleaseResult => ({ status: "refused", why });

const isSingle = (ecs: Ecs): boolean => Object.keys(ecs.slots).length === 1;
const desiredOf = (place: Placed): number =>
  place.look.isPrimary ? (place.slot.service?.desiredCount ?? 0) : (place.look.deployment.desiredCount ?? 0);

/** The slot whose service is to run a version, also where it has nothing just now. */
const primaryOf = (slots: readonly SlotLook[], version: string): Placed | undefined =>
  placesOf(slots, true).find((one) => one.version === version && one.look.isPrimary);

/** At most 36 characters, the same for the same action: ECS makes one service of two calls. */
const tokenOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 36);

const update = async (
  { client: source }: Changes,
  ecs: Ecs,
  slot: SlotLook,
  input: Omit<UpdateServiceCommandInput, "cluster" | "service">,
): Promise<void> => {
  const [client, calls] = await Promise.all([clientOf(source, ecs.region), import("./ecs-releases-calls.ts")]);
  await calls.updateService(client, { cluster: ecs.cluster, service: slot.name, ...input });
};

const tag = async (
  { client: source }: Changes,
  ecs: Ecs,
  slot: SlotLook,
  key: string,
  value: string,
): Promise<void> => {
  const [client, calls] = await Promise.all([clientOf(source, ecs.region), import("./ecs-releases-calls.ts")]);
  await calls.tagResource(client, { resourceArn: slot.service?.serviceArn, tags: [{ key, value: tagValue(value) }] });
};

/** The definition of this release: the last of its family where it is just that, else a new revision. */
async function definitionFor(
  changes: Changes,
  target: ReleaseTarget,
  ecs: Ecs,
  slot: SlotLook,
  request: { readonly release: Release; readonly key: string },
  former: Definition | undefined,
): Promise<
  | {
      readonly arn: string;
      readonly notes: readonly string[];
      readonly port: number | undefined;
      readonly container: string;
    }
  | string
> {
  const { release, key } = request;
  const { service } = target;
  const replaced = isSingle(ecs) && former ? shortName(former.arn) : undefined;
  const plan = planTask({
    target,
    ecs,
    slot: slot.slot,
    release,
    ...(former ? { base: former.definition } : {}),
    standard: { SERVICE_VERSION: release.version, ...standardEnvironment(release, { service, at: changes.now() }) },
    ...(changes.region === undefined ? {} : { region: changes.region }),
    ...(replaced === undefined ? {} : { former: replaced }),
    key,
  });
  if ("why" in plan) return plan.why;
  const [main] = plan.input.containerDefinitions ?? [];
  const rest = { notes: plan.notes, port: main?.portMappings?.[0]?.containerPort, container: main?.name ?? service };
  const last = await changes.reader.definition(ecs, familyOf(service, slot.slot));
  const same =
    last?.tags[TAGS.version] === release.version &&
    last.tags[TAGS.release] === releaseHash(release) &&
    (last.tags[TAGS.former] || undefined) === replaced;
  if (last && same) return { arn: last.arn, ...rest };
  const [client, calls] = await Promise.all([clientOf(changes.client, ecs.region), import("./ecs-releases-calls.ts")]);
  const { taskDefinition } = await calls.registerDefinition(client, plan.input);
  return { arn: taskDefinition?.taskDefinitionArn ?? familyOf(service, slot.slot), ...rest };
}

/** Two slots: the one that is not the service's and has nothing. */
function freeSlot(slots: readonly SlotLook[], stable: string | undefined): SlotLook | string {
  const taken = new Set(
    placesOf(slots)
      .filter((one) => desiredOf(one) > 0)
      .map(({ slot }) => slot),
  );
  const isStable = (slot: SlotLook) =>
    slot.deployments.some((look) => look.isPrimary && versionOf(look.definition) === stable);
  const free = slots.find((slot) => !taken.has(slot) && (stable === undefined || !isStable(slot)));
  if (free) return free;
  const said = slots.map((slot) => {
    const primary = slot.deployments.find(({ isPrimary }) => isPrimary);
    return `${slot.slot} ${primary ? `has ${versionOf(primary.definition)}` : "is empty"}`;
  });
  return `no slot is free: ${said.join(", ")}`;
}

export async function ensureVersion(
  changes: Changes,
  target: ReleaseTarget,
  ecs: Ecs,
  request: { readonly release: Release; readonly count: number; readonly key: string },
): Promise<ReleaseResult> {
  const { release, count, key } = request;
  const slots = await changes.reader.read(ecs, false);
  const there = placesOf(slots).find(({ version }) => version === release.version);
  if (there) return setCount(changes, ecs, slots, there, count);

  const stable = stableOf(slots);
  const [only] = slots;
  const slot = isSingle(ecs) ? only : freeSlot(slots, stable);
  if (slot === undefined || typeof slot === "string") return refused(slot ?? "the target names no slot");
  const veto = slot.service && vetoOf(slot.service, slot.name);
  if (veto) return refused(veto);
  const former = placesOf(slots, true).find(({ version, look }) => version === stable && look.isPrimary)?.look
    .definition;
  const base = former ?? slot.deployments.find(({ isPrimary }) => isPrimary)?.definition;
  const made = await definitionFor(changes, target, ecs, slot, { release, key }, base);
  if (typeof made === "string") return refused(made);
  const text = [`${shortName(made.arn)} in ${slot.slot}, ${count} wanted`, ...made.notes].join("; ");

  // What serves is written down before anything comes beside it, or into its place.
  const isTold = slots.some(({ tags }) => tags[STABLE] !== undefined);
  const first = stable === undefined || isTold ? undefined : primaryOf(slots, stable)?.slot;
  if (first && stable !== undefined) await tag(changes, ecs, first, STABLE, stableTag(stable, changes.now()));

  if (!slot.service) {
    const input = createInput({ target, ecs, slot, count, token: tokenOf(key), ...made, release });
    if (typeof input === "string") return refused(input);
    const [client, calls] = await Promise.all([
      clientOf(changes.client, ecs.region),
      import("./ecs-releases-calls.ts"),
    ]);
    await calls.createService(client, input);
    return changed(`service ${slot.name} made: ${text}`);
  }
  const runs = slot.deployments.find(({ isPrimary }) => isPrimary)?.definition.arn;
  const desiredCount = isSingle(ecs) ? Math.max(count, slot.service.desiredCount ?? 0) : count;
  // The same definition once more: its former failures are not those of this deployment.
  const again = runs === made.arn ? { forceNewDeployment: true } : {};
  await update(changes, ecs, slot, { taskDefinition: made.arn, desiredCount, ...again });
  if (isSingle(ecs)) await tag(changes, ecs, slot, WANTED, release.version);
  return changed(isSingle(ecs) ? `${text}; ECS replaces the tasks itself` : text);
}

async function setCount(
  changes: Changes,
  ecs: Ecs,
  slots: readonly SlotLook[],
  place: Placed,
  count: number,
): Promise<ReleaseResult> {
  const { slot, look } = place;
  if (!look.isPrimary) return unchanged("ECS takes its tasks away itself, as those of the new definition come up");
  const desired = slot.service?.desiredCount ?? 0;
  if (desired === count) return unchanged();
  // One count for both versions: while ECS replaces tasks it must not fall.
  if (isSingle(ecs) && slot.deployments.length > 1 && count < desired)
    return unchanged(`${desired} stay wanted while ECS replaces the tasks`);
  const veto = slot.service && vetoOf(slot.service, slot.name);
  if (veto) return refused(veto);
  await update(changes, ecs, slot, { desiredCount: count });
  return changed(`${slot.name}: ${desired} to ${count}, with ${slots.length === 1 ? "its only" : slot.slot} slot`);
}

export async function resizeVersion(
  changes: Changes,
  ecs: Ecs,
  { version, count }: { readonly version: string; readonly count: number },
): Promise<ReleaseResult> {
  const slots = await changes.reader.read(ecs, false);
  const place =
    placesOf(slots).find((one) => one.version === version) ??
    // The service itself may be scaled to none and back; any other version is gone with its last instance.
    (stableOf(slots) === version ? primaryOf(slots, version) : undefined);
  if (!place) return refused(`version ${version} is not there`);
  return setCount(changes, ecs, slots, place, count);
}

export async function removeVersion(changes: Changes, ecs: Ecs, version: string): Promise<ReleaseResult> {
  const slots = await changes.reader.read(ecs, false);
  const place = placesOf(slots).find((one) => one.version === version);
  if (!place) {
    const lost = slots.find(({ tags, service }) => service && tags[WANTED] === version);
    if (!lost) return unchanged("it is not there");
    await tag(changes, ecs, lost, WANTED, "");
    return changed("nothing of it runs; it is no longer wanted");
  }
  const { slot, look } = place;
  if (stableOf(slots) === version)
    return refused(`${version} is what the service is now: another one has to be adopted first`);
  if (!look.isPrimary) return unchanged("ECS takes its tasks away itself");
  const former = look.definition.tags[TAGS.former];
  if (isSingle(ecs) && former) {
    await update(changes, ecs, slot, { taskDefinition: former });
    await tag(changes, ecs, slot, WANTED, "");
    return changed(`${slot.name} goes back to ${former}; ECS replaces the tasks itself`);
  }
  if ((slot.service?.desiredCount ?? 0) === 0) return unchanged("its tasks are stopping");
  await update(changes, ecs, slot, { desiredCount: 0 });
  return changed(`${slot.name} to none; its definition is kept`);
}

export async function adoptVersion(changes: Changes, ecs: Ecs, version: string): Promise<ReleaseResult> {
  const slots = await changes.reader.read(ecs, false);
  const place = primaryOf(slots, version);
  if (!place) return refused(`version ${version} is not there`);
  const stable = stableOf(slots);
  const old = stable === undefined ? undefined : primaryOf(slots, stable);
  const grown = old && old !== place && desiredOf(old) > desiredOf(place) ? desiredOf(old) : undefined;
  if (grown !== undefined) await update(changes, ecs, place.slot, { desiredCount: grown });
  const services = slots.filter(({ service }) => service !== undefined);
  const lacking = services.filter(({ tags }) => !(tags[STABLE] ?? "").startsWith(`${version}@`));
  const clear = isSingle(ecs) ? services.filter(({ tags }) => tags[WANTED]) : [];
  if (lacking.length === 0 && clear.length === 0 && grown === undefined) return unchanged();
  const value = stableTag(version, changes.now());
  // The slot it runs in first: killed in between, the later of two tags is right.
  const order = [...lacking].sort((a, b) => Number(b === place.slot) - Number(a === place.slot));
  for (const slot of order) await tag(changes, ecs, slot, STABLE, value);
  for (const slot of clear) await tag(changes, ecs, slot, WANTED, "");
  return changed(`${place.slot.name} is the service`);
}
