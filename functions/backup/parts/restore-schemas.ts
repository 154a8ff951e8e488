import type { SchemasPart } from "../../../shared/core/backup/format/types.ts";
import { registrationOrder, type SchemaVersion } from "../../../shared/core/backup/schema-order.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { Registry } from "../../../shared/edge/schema-registry.ts";

/** A schema whose id is another one now: what is in the topics still says the old one. */
export interface MovedId {
  readonly subject: string;
  readonly version: number;
  readonly from: number;
  readonly to: number;
}

export interface SchemasRestored {
  /** Versions that were registered by this call, and those that were there already. */
  readonly registered: number;
  readonly present: number;
  readonly moved: readonly MovedId[];
  readonly failed: readonly { readonly subject: string; readonly version: number; readonly why: string }[];
  readonly warnings: readonly string[];
}

export interface RestoreSchemasOptions {
  /** Subjects that are restored; default all. What they refer to is registered too. */
  readonly subjects?: (name: string) => boolean;
  /** Also the compatibility level that holds for all subjects. */
  readonly global?: boolean;
}

const keyOf = (subject: string, version: number) => `${version} ${subject}`;

/**
 * Registers schemas in the order of their references. Ids and versions stay what they were where the registry lets them be set (mode IMPORT, on subjects that have nothing yet);
 * else each gets a new id, which is told. Doing it again adds nothing.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied`
 */
export async function restoreSchemas(
  registry: Registry,
  part: SchemasPart,
  { subjects = () => true, global = false }: RestoreSchemasOptions = {},
): Promise<SchemasRestored> {
  const order = registrationOrder(part.subjects);
  const wanted = withReferences(order, subjects);
  const versions = order.filter((one) => wanted.has(keyOf(one.subject, one.version)));
  const there = new Set(await registry.subjects());
  const names = [...new Set(versions.map(({ subject }) => subject))];
  const importing = new Set<string>();
  const warnings: string[] = [];
  const run: Run = { registry, placed: new Map(), moved: [], failed: [], registered: 0, present: 0 };
  try {
    for (const subject of names) {
      // A restore that was killed has left it in mode IMPORT.
      const ready = (await registry.mode(subject)) === "IMPORT";
      if (there.has(subject) && !ready) continue;
      const refused = ready ? undefined : await registry.setMode("IMPORT", subject);
      if (refused) {
        warnings.push(`the registry takes no ids that are given to it (${refused.why}); schemas get new ones`);
        break;
      }
      importing.add(subject);
    }
    for (const one of versions) await place(run, one, importing.has(one.subject));
  } finally {
    for (const subject of importing) {
      const refused = await registry.setMode(undefined, subject).catch((error: unknown) => error);
      if (refused !== undefined) await registry.setMode("READWRITE", subject).catch(() => undefined);
    }
  }
  for (const { subject, compatibility } of part.subjects) {
    if (compatibility === undefined || !names.includes(subject)) continue;
    if ((await registry.compatibility(subject)) === compatibility) continue;
    const refused = await registry.setCompatibility(compatibility, subject);
    if (refused) warnings.push(`compatibility ${compatibility} of ${subject} was refused: ${refused.why}`);
  }
  const overall = await registry.compatibility();
  if (part.compatibility !== undefined && overall !== part.compatibility) {
    const refused = global ? await registry.setCompatibility(part.compatibility) : { why: "it holds for all subjects" };
    if (refused)
      warnings.push(
        `compatibility of all subjects stays ${overall ?? "unknown"}, it was ${part.compatibility}: ${refused.why}`,
      );
  }
  const { registered, present, moved, failed } = run;
  return { registered, present, moved, failed, warnings };
}

interface Run {
  readonly registry: Registry;
  /** Where a version of the backup is now. */
  readonly placed: Map<string, { readonly id: number; readonly version: number }>;
  readonly moved: MovedId[];
  readonly failed: { subject: string; version: number; why: string }[];
  registered: number;
  present: number;
}

async function place(run: Run, one: SchemaVersion, importing: boolean): Promise<void> {
  const { subject, version, id, type, schema } = one;
  const references = one.references.map((to) => ({
    ...to,
    version: run.placed.get(keyOf(to.subject, to.version))?.version ?? to.version,
  }));
  const plain = { type, schema, references };
  const found = await run.registry.lookUp(subject, plain);
  if (found) run.present += 1;
  else {
    const done = await run.registry.register(subject, importing ? { ...plain, id, version } : plain);
    if ("why" in done) {
      run.failed.push({ subject, version, why: done.why });
      return;
    }
    run.registered += 1;
  }
  const now = found ?? (importing ? { id, version } : await run.registry.lookUp(subject, plain));
  if (!now)
    throw new HeadgateError("streams.unavailable", `${subject} was registered and is not there`, { retryable: true });
  run.placed.set(keyOf(subject, version), now);
  if (now.id !== id) run.moved.push({ subject, version, from: id, to: now.id });
}

/** Keys of the versions of wanted subjects, and of all that they refer to. */
function withReferences(order: readonly SchemaVersion[], subjects: (name: string) => boolean): ReadonlySet<string> {
  const wanted = new Set<string>();
  // Backwards: whoever refers comes later in the order.
  for (const one of [...order].reverse()) {
    const key = keyOf(one.subject, one.version);
    if (!wanted.has(key) && !subjects(one.subject)) continue;
    wanted.add(key);
    for (const to of one.references) wanted.add(keyOf(to.subject, to.version));
  }
  return wanted;
}
