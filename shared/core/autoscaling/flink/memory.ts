import { type Json, sameJson } from "../../kernel/json.ts";
import type { FlinkScalingState } from "./types.ts";

/** What moves from look to look without anything being decided. */
const MEMORY: readonly (keyof FlinkScalingState)[] = ["window", "slots", "noRequirements", "down", "scaling"];

/** Whether two states differ in what is remembered for later looks only: such a change is kept and makes no record. */
export function onlyMemory(before: FlinkScalingState, after: FlinkScalingState): boolean {
  if (before === after) return false;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof FlinkScalingState>;
  let moved = false;
  for (const key of keys) {
    const [a, b] = [before[key], after[key]];
    if (a === b || (a !== undefined && b !== undefined && sameJson(a as Json, b as Json))) continue;
    if (!MEMORY.includes(key)) return false;
    moved = true;
  }
  return moved;
}
