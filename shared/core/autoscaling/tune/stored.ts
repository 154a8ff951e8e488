import * as v from "valibot";
import { Policy } from "../config.ts";

/** A policy that was kept, or why it cannot be run. Neither: nothing was kept. */
export interface StoredPolicy {
  readonly policy?: Policy;
  readonly fault?: string;
}

/**
 * The policy of a pick or a proposal as it was kept, by this version or an earlier one: what an earlier one did not know has its default. Total: what
 * cannot be a policy is a fault in words.
 */
export function storedPolicy(kept: unknown): StoredPolicy {
  if (kept === undefined) return {};
  const { policy, written } = (typeof kept === "object" && kept !== null ? kept : {}) as {
    readonly policy?: unknown;
    readonly written?: unknown;
  };
  const first = v.safeParse(Policy, policy);
  const parsed = first.success ? first : v.safeParse(Policy, withDurations(policy, first.issues));
  // What is written in a file is read by every version since; what was made of it may not be.
  const result = parsed.success || written === undefined ? parsed : v.safeParse(Policy, written);
  if (!result.success) return { fault: words(parsed.issues ?? result.issues) };
  // It is what is looked for: it cannot stand for itself.
  return result.output.type === "auto" ? { fault: "type: auto cannot stand for auto" } : { policy: result.output };
}

type Issues = readonly v.BaseIssue<unknown>[];

/** A parsed policy has milliseconds where a written one has "5m": each number that was refused, once more as a duration. */
function withDurations(policy: unknown, issues: Issues): unknown {
  const copy: unknown = structuredClone(policy);
  for (const { path = [] } of issues) {
    let into = copy as Record<string, unknown> | undefined;
    for (const { key } of path.slice(0, -1)) into = into?.[key as string] as typeof into;
    const last = path.at(-1)?.key as string | undefined;
    if (into && last !== undefined && typeof into[last] === "number") into[last] = `${into[last]}ms`;
  }
  return copy;
}

function words(issues: Issues): string {
  const [issue] = issues;
  if (!issue) return "it is no policy";
  return `${v.getDotPath(issue) ?? "policy"}: ${issue.message}`;
}
