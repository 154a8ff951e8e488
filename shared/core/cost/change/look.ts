import { formatDuration } from "../../kernel/time.ts";
import type { ChangeConfig, Seen, Setting, TopicAction } from "./types.ts";

const settingOf = (settings: readonly Setting[], name: string): string | undefined =>
  settings.find((one) => one.name === name)?.value;

/** Whether the topic itself sets exactly these. */
export const holds = (own: readonly Setting[], wanted: readonly Setting[]): boolean =>
  wanted.every(({ name, value }) => settingOf(own, name) === value);

/** What is there instead, for a person. */
export const isInstead = (own: readonly Setting[], wanted: readonly Setting[]): string =>
  wanted
    .filter(({ name, value }) => settingOf(own, name) !== value)
    .map(({ name, value }) => `${name} is ${settingOf(own, name) ?? "not set"} and was ${value ?? "not set"}`)
    .join(", ");

/** Whether it is another topic of the same name. */
export const isOther = (seen: Extract<Seen, { status: "seen" }>, { topicId }: TopicAction): boolean =>
  topicId !== undefined && seen.topicId !== undefined && topicId !== seen.topicId;

/** `retention.ms` that an action sets; undefined: it sets none, and so needs no guard. */
export function retentionOf({ set }: TopicAction): number | undefined {
  const value = settingOf(set, "retention.ms");
  return value === undefined ? undefined : Number(value);
}

export type Verdict =
  | { readonly is: "safe"; readonly text: string }
  | { readonly is: "blind"; readonly text: string }
  | { readonly is: "near"; readonly text: string; readonly rule: "floor" | "reserve" | "policy" };

/**
 * How the applied retention stands to what is needed now. Near is: the floor computed anew (lag × safety, longest replay, backups, compliance) is above
 * it, or less than the reserve is left between the largest need and it.
 */
export function judge(
  seen: Extract<Seen, { status: "seen" }>,
  retentionMs: number,
  { reserveMs }: Pick<ChangeConfig, "reserveMs">,
): Verdict {
  if (seen.cleanupPolicy.includes("compact"))
    return {
      is: "near",
      rule: "policy",
      text: `cleanup.policy is ${seen.cleanupPolicy}: what is compacted may be of any age`,
    };
  const { floor } = seen;
  if (floor === undefined) return { is: "blind", text: "nobody computed the floor" };
  if (floor.status === "unknown") return { is: "blind", text: floor.text };
  if (floor.ms > retentionMs)
    return {
      is: "near",
      rule: "floor",
      text: `the safe floor is ${formatDuration(floor.ms)} by now, above the ${formatDuration(retentionMs)} that are kept: ${floor.text}`,
    };
  if (floor.needMs + reserveMs > retentionMs)
    return {
      is: "near",
      rule: "reserve",
      text: `${formatDuration(floor.needMs)} are needed and ${formatDuration(retentionMs)} are kept: less than the reserve of ${formatDuration(reserveMs)} is left`,
    };
  return {
    is: "safe",
    text: `the safe floor is ${formatDuration(floor.ms)}, ${formatDuration(retentionMs)} are kept: ${floor.text}`,
  };
}
