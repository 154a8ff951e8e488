import type { Notes, Path } from "../../kernel/fields.ts";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS } from "../../kernel/time.ts";
import type { Kind, Spec } from "./shapes.ts";

/** All documents by kind and name, for those that refer to others. */
export interface Known {
  readonly spec: <K extends Kind>(kind: K, name: string) => Spec<K> | undefined;
  readonly names: (kind: Kind) => readonly string[];
}

/** What a reader of one part needs: where it stands, where it leaves what it finds, what it may refer to. */
export interface Context {
  readonly path: Path;
  readonly notes: Notes;
  readonly known: Known;
}

export const within = (context: Context, ...path: readonly (string | number)[]): Context => ({
  ...context,
  path: [...context.path, ...path],
});

export function fault({ path, notes }: Context, message: string, allowed?: string, value?: unknown): undefined {
  notes.faults.push({
    path,
    message,
    ...(value === undefined ? {} : { value: String(value) }),
    ...(allowed === undefined ? {} : { allowed }),
  });
}

export const warn = ({ path, notes }: Context, message: string): void => void notes.warnings.push({ path, message });

/** What a reference names; a fault where nothing has the name. */
export function referred<K extends Kind>(context: Context, kind: K, name: string): Spec<K> | undefined {
  const found = context.known.spec(kind, name);
  if (found) return found;
  const names = context.known.names(kind);
  return fault(
    context,
    `no ${kind} of this name`,
    names.length === 0 ? `a ${kind} in this file` : names.join(", "),
    name,
  );
}

const UNITS: Readonly<Record<string, DurationMs>> = {
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
  M: 30 * DAY_MS,
  Q: 90 * DAY_MS,
  Y: 365 * DAY_MS,
};

/** OpenSLO's duration shorthand: a number and one letter, `m` minutes and `M` months (30 d here). */
export function shorthand(written: string): DurationMs | undefined {
  const match = /^(\d+)([mhdwMQY])$/.exec(written);
  const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? ""] ?? Number.NaN);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
