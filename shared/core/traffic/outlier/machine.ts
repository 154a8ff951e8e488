import type { Machine } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { OutlierConfig } from "../section.ts";
import type { OutlierReason } from "../types.ts";
import type { OutlierVerdict } from "./eject.ts";
import { type Circumstances, type Finding, judgeOutlier } from "./judge.ts";

/** Subject of what passive detection decides about one backend. */
export const ejectionSubject = (service: string, backend: string): string => `ejection:${service}/${backend}`;

export interface EjectionConfig {
  readonly kind: "ejection";
  readonly service: string;
  readonly backend: string;
  readonly outlier: OutlierConfig;
}

/** A finding with everything it is judged by, or the end of an ejection. */
export type EjectionInput =
  | {
      readonly kind: "found";
      readonly finding: Finding;
      readonly circumstances: Circumstances;
      /** What was seen, as a sentence. */
      readonly detail: string;
    }
  | { readonly kind: "returned"; readonly times: number; readonly why?: OutlierReason; readonly detail: string };

export interface EjectionMachineState {
  readonly v: 1;
  /** Ejections in a row. */
  readonly times: number;
  /** Ejected until then; absent: not ejected. */
  readonly until?: Millis;
}

export type EjectionReason = "passively_ejected" | "passively_returned" | "held_not_enforced" | "held_ejected_share";

/**
 * Passive ejection as a decision. The detector itself counts in the memory of whoever sends requests; what it found is the input, so
 * that the judgement (share that may be ejected, enforcement, how long) can be made again from the record.
 */
export const ejectionMachine: Machine<EjectionConfig, EjectionMachineState, EjectionInput, never, EjectionReason> = {
  noun: "traffic",
  initial: () => ({ v: 1, times: 0 }),
  step: ({ backend, outlier }, state, input, now) => {
    if (input.kind === "returned")
      return {
        state: { v: 1, times: input.times },
        actions: [],
        reason: "passively_returned",
        trace: [{ kind: "changed", rule: input.why ?? "ejection", text: `${backend}: ${input.detail}`, values: {} }],
      };
    const { finding, circumstances, detail } = input;
    const { value, limit, reason } = finding;
    const found = {
      kind: "computed",
      rule: reason,
      text: `${backend}: ${detail}`,
      values: { value, limit, ...circumstances },
    } as const;
    const judged = judgeOutlier(outlier, finding, circumstances);
    if (judged.action !== "ejected")
      return {
        state,
        actions: [],
        reason: judged.action === "overflow" ? "held_ejected_share" : "held_not_enforced",
        trace: [found, { kind: "vetoed", rule: judged.action, text: judged.why, values: {} }],
      };
    const { times, forMs } = judged;
    return {
      state: { v: 1, times, until: now + forMs },
      actions: [],
      reason: "passively_ejected",
      trace: [
        found,
        {
          kind: "chosen",
          rule: "ejection-time",
          text: `it gets no requests for ${formatDuration(forMs)}, as it is out for the ${ordinal(times)} time in a row`,
          values: { times, forMs, baseEjection: outlier.baseEjection, maxEjection: outlier.maxEjection },
        },
      ],
    };
  },
  settle: (_config, state) => state,
  dueAt: () => undefined,
};

/** The input of a verdict; undefined for one that decides nothing anew. */
export function ejectionInput(verdict: OutlierVerdict): EjectionInput | undefined {
  const { action, detail, seen, finding, circumstances, times, reason } = verdict;
  if (action === "returned") return { kind: "returned", times, ...(reason ? { why: reason } : {}), detail };
  return finding && circumstances ? { kind: "found", finding, circumstances, detail: seen ?? detail } : undefined;
}

const ordinal = (n: number): string => {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
};
