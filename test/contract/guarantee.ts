import { it } from "vitest";

/** Guarantees a part cannot give, by name, each with the reason. A name that is no guarantee is an error. */
export type Skips = Readonly<Record<string, string>>;

/** Declares the guarantees of one suite; what is skipped shows with its reason. Call `done` after the last one. */
export function guarantees(skips: Skips = {}) {
  const declared = new Set<string>();
  const guarantee = (name: string, body: () => Promise<void>, timeoutMs?: number) => {
    declared.add(name);
    const why = skips[name];
    if (why === undefined) it(name, body, timeoutMs);
    else it.skip(`${name} [skipped: ${why}]`, body);
  };
  const done = () => {
    for (const name of Object.keys(skips)) if (!declared.has(name)) throw new Error(`no guarantee is called "${name}"`);
  };
  return { guarantee, done };
}
