import { hash64 } from "../../kernel/hash.ts";
import { canonical, type Json } from "../../kernel/json.ts";
import { type CompiledFlag, compileFlag } from "./compile.ts";
import type { FlagFinder } from "./evaluate.ts";
import type { FlagSnapshot, FlagsSnapshot } from "./types.ts";

/** Puts flags together with their version. */
export function snapshotOf(flags: Readonly<Record<string, FlagSnapshot>>): FlagsSnapshot {
  return { v: 1, version: `flg_${hash64(canonical(flags as unknown as Json))}`, flags };
}

/** Flags by name, each compiled when it is first asked for. */
export function compileSnapshot({ flags }: FlagsSnapshot): FlagFinder {
  const compiled = new Map<string, CompiledFlag>();
  return (name) => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const found = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (found === undefined) return undefined;
    const made = compileFlag(name, found.spec, found.live);
    compiled.set(name, made);
    return made;
  };
}

/** Names whose flags differ between two snapshots, sorted. */
export function changedFlags(before: FlagsSnapshot, after: FlagsSnapshot): readonly string[] {
  const text = ({ flags }: FlagsSnapshot, name: string) =>
    Object.hasOwn(flags, name) ? canonical(flags[name] as unknown as Json) : undefined;
  return [...new Set([...Object.keys(before.flags), ...Object.keys(after.flags)])]
    .sort()
    .filter((name) => text(before, name) !== text(after, name));
}
