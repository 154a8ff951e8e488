import type { DurationMs, Millis } from "../kernel/time.ts";
import type { BackendInput } from "./section.ts";
import type { BackendSource, CheckState, Registration } from "./types.ts";

/** "host:port", with the brackets that an IPv6 address needs to be told from its port. */
export const addressOf = ({ host, port }: Pick<Registration, "host" | "port">): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;

/** The id a backend has unless it says otherwise. */
export const idOf = (input: BackendInput): string => input.id ?? addressOf(input);

/** What is written about a backend that is registered now. Without `leaseMs` it stays until it is taken out. */
export function registrationOf(
  input: BackendInput,
  about: { readonly source: BackendSource; readonly at: Millis; readonly leaseMs?: DurationMs | undefined },
): Registration {
  const { zone, region, version, hashKey } = input;
  return {
    id: idOf(input),
    host: input.host,
    port: input.port,
    weight: input.weight,
    maxConnections: input.maxConnections,
    capacity: input.capacity,
    tags: input.tags,
    ...(zone === undefined ? {} : { zone }),
    ...(region === undefined ? {} : { region }),
    ...(version === undefined ? {} : { version }),
    priority: input.priority,
    metadata: input.metadata,
    ...(hashKey === undefined ? {} : { hashKey }),
    source: about.source,
    registeredAt: about.at,
    ...(about.leaseMs === undefined ? {} : { leaseUntil: about.at + about.leaseMs }),
  };
}

/** Whether a registration still holds: one that ends now has ended. */
export const inForce = ({ leaseUntil }: Registration, now: Millis): boolean =>
  leaseUntil === undefined || leaseUntil > now;

/** Why `next` may not take the place of `known`, as the end of a sentence; undefined where it may. */
export function conflictOf(known: Registration | undefined, next: Registration): string | undefined {
  if (!known) return undefined;
  const [there, wanted] = [addressOf(known), addressOf(next)];
  if (there !== wanted) return `it is registered with the address ${there}`;
  return known.source === next.source ? undefined : `it is registered by ${known.source}`;
}

/** The same registration again: a renewal. It keeps since when it is there, and that it is on its way out. */
export function renewed(known: Registration | undefined, next: Registration): Registration {
  if (!known) return next;
  const { drainingSince } = known;
  return { ...next, registeredAt: known.registeredAt, ...(drainingSince === undefined ? {} : { drainingSince }) };
}

/** Without those whose lease has ended; the very same list where none has. */
export function swept(backends: readonly Registration[], now: Millis): readonly Registration[] {
  return backends.every((one) => inForce(one, now)) ? backends : backends.filter((one) => inForce(one, now));
}

/**
 * What checks know of a backend, where it is about this one: an id that was let go and taken by another begins anew. What stands in the
 * file is the same backend however often the file is applied.
 */
export const checkFor = (
  { source, registeredAt }: Registration,
  check: CheckState | undefined,
): CheckState | undefined => (source !== "config" && check && check.checkedAt < registeredAt ? undefined : check);
