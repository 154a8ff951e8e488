import type { SchemasPart } from "./format/types.ts";

/** One version of one subject, in the order it has to be registered in. */
export interface SchemaVersion {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly type: string;
  readonly schema: string;
  readonly references: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

const keyOf = (subject: string, version: number) => `${version} ${subject}`;

/**
 * All versions so that each one comes after those it refers to and after the earlier ones of its subject; else by subject. References to what is not there and
 * circles do not keep the rest back.
 */
export function registrationOrder(subjects: SchemasPart["subjects"]): readonly SchemaVersion[] {
  const all = [...subjects]
    .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0))
    .flatMap(({ subject, versions }) =>
      [...versions].sort((a, b) => a.version - b.version).map((one): SchemaVersion => ({ subject, ...one })),
    );
  const byKey = new Map(all.map((one) => [keyOf(one.subject, one.version), one]));
  const before = new Map<string, SchemaVersion>();
  for (const [index, one] of all.entries()) {
    const former = all[index - 1];
    if (former && former.subject === one.subject) before.set(keyOf(one.subject, one.version), former);
  }
  const order: SchemaVersion[] = [];
  const seen = new Set<string>();
  // With a stack of its own: a chain of thousands of versions would be too deep for calls.
  for (const start of all) {
    const stack: { readonly one: SchemaVersion; done: boolean }[] = [{ one: start, done: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const key = keyOf(top.one.subject, top.one.version);
      if (top.done) order.push(top.one);
      if (top.done || seen.has(key)) continue;
      seen.add(key);
      stack.push({ one: top.one, done: true });
      const needs = top.one.references.flatMap(({ subject, version }) => byKey.get(keyOf(subject, version)) ?? []);
      const former = before.get(key);
      for (const one of [...(former ? [former] : []), ...needs].reverse()) stack.push({ one, done: false });
    }
  }
  return order;
}
