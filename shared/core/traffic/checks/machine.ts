import type { Machine } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { HealthConfig } from "../section.ts";
import type { CheckState } from "../types.ts";
import { checkSentence } from "./streak.ts";

/** Subject of what checks decide about one backend. */
export const checkSubject = (service: string, backend: string): string => `check:${service}/${backend}`;

/** What the machine needs of a service's configuration. */
export interface CheckConfig {
  readonly kind: "check";
  readonly service: string;
  readonly backend: string;
  readonly health: Pick<HealthConfig, "every" | "timeout" | "unhealthy" | "healthy">;
}

/** What the checker found: the row that is written, and what the check just made has turned it into. */
export interface CheckInput {
  readonly kind: "check";
  /** Absent: never checked. */
  readonly before?: CheckState;
  /** Absent: nothing was checked, somebody only finishes what was left. */
  readonly after?: CheckState;
}

/** The last verdict that was decided, for whoever reads the item; what holds is what is written with the checks. */
export interface CheckMachineState {
  readonly v: 1;
  readonly healthy?: boolean;
  readonly since?: Millis;
}

/** Writes the verdict where balancers read it. */
export interface CheckAction {
  readonly type: "eject" | "return";
  readonly key: string;
  readonly check: CheckState;
}

/** How every decision of the checker about one backend can end. */
export type CheckReason = "ejected" | "returned" | "held_streak";

/**
 * Whether a backend is passed over because its checks fail, or taken back because they pass. A row that has not reached its threshold
 * decides nothing.
 */
export const checkMachine: Machine<CheckConfig, CheckMachineState, CheckInput, CheckAction, CheckReason> = {
  noun: "traffic",
  initial: () => ({ v: 1 }),
  step: ({ service, backend, health }, state, { before, after }, now) => {
    const was = before?.healthy ?? true;
    if (!after || after.healthy === was) {
      const text = after
        ? `${checkSentence(backend, before, after, health)}, so it stays ${was ? "in use" : "passed over"}`
        : "nothing was checked";
      return { state, actions: [], reason: "held_streak", trace: [{ kind: "held", rule: "streak", text, values: {} }] };
    }
    const { healthy, failures, successes, checkedAt, detail } = after;
    const type = healthy ? "return" : "eject";
    // Whoever shows it names the backend already.
    const said = checkSentence(backend, before, after, health);
    const text = said.slice(said.indexOf(": ") + 2);
    const values = {
      failures,
      successes,
      threshold: healthy ? health.healthy : health.unhealthy,
      ...(detail === undefined ? {} : { detail }),
    };
    return {
      state: state.healthy === healthy && state.since === after.since ? state : { v: 1, healthy, since: after.since },
      actions: [{ type, key: `${type}:${service}/${backend}:${checkedAt}`, check: after }],
      reason: healthy ? "returned" : "ejected",
      trace: [
        { kind: "computed", rule: "streak", text, values },
        {
          kind: "chosen",
          rule: type,
          text: healthy
            ? `it takes requests again after ${formatDuration(now - (before?.since ?? now))}`
            : "it gets no requests until it passes again",
          values: {},
        },
      ],
    };
  },
  settle: (_config, state) => state,
  // The next check looks at it again; what is left undone is found by its lease.
  dueAt: () => undefined,
};
