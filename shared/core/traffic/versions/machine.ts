import type { Clause, Machine, Step } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import { type Parts, said, sameShares, shareOf, sharesText } from "../weights/shares.ts";

/** Subject of the shares of a service's versions where gateways go by them; those of load balancers have another. */
export const versionsSubject = (service: string): string => `versions:${service}`;

export interface VersionsConfig {
  readonly kind: "versions";
  readonly service: string;
  /** Shares that the configuration wants. Absent: versions are not weighed. */
  readonly versions?: Parts;
}

export type VersionsInput =
  /** Shares above the configuration's, absolute, until they are released. */
  | { readonly kind: "versions_want"; readonly shares: Parts; readonly by: string; readonly why: string }
  /** Back to the configuration's. */
  | { readonly kind: "versions_release"; readonly by: string; readonly why: string }
  /** Requests that a gateway sent to each version within the time up to now. */
  | { readonly kind: "versions_look"; readonly requests: Parts; readonly windowMs: DurationMs };

export interface VersionsState {
  readonly v: 1;
  readonly asked?: { readonly shares: Parts; readonly by: string; readonly why: string; readonly at: Millis };
  /** What was served when it was last found to be as wanted, 0..1, and of how many requests. */
  readonly verified?: {
    readonly at: Millis;
    readonly shares: Parts;
    readonly served: Parts;
    readonly requests: number;
  };
}

/** Tells gateways that they are to look: what is in force they read. */
export interface SetVersionsAction {
  readonly type: "set_versions";
  readonly key: string;
  /** Absent: nothing is weighed any more. */
  readonly shares?: Parts;
}

/** How every decision about the shares of versions can end. */
export type VersionsReason =
  | "versions_set"
  | "versions_released"
  | "versions_verified"
  | "held_in_force"
  | "held_no_share"
  | "held_nothing_wanted"
  | "held_no_requests"
  | "held_other_shares";

type Result = Step<VersionsState, SetVersionsAction, VersionsReason>;

/** The version with the smallest share is to be expected so often: nothing seen of it then is no chance (e^-10). */
const LEAST_EXPECTED = 10;
/** Deviations of a share that chance alone may bring, and what is taken for the same in any case. */
const DEVIATIONS = 3;
const SAME = 0.01;

/** Shares in force: as asked for, or the configuration's. */
export const sharesInForce = (config: Pick<VersionsConfig, "versions">, state: VersionsState | undefined) =>
  state?.asked?.shares ?? config.versions;

/** Whether requests were shared out as wanted, as far as so many can tell (three standard deviations of a draw). */
export function servedAsWanted(wanted: Parts, requests: Parts): boolean {
  const all = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const names = new Set([...Object.keys(wanted), ...Object.keys(requests)]);
  return [...names].every((name) => {
    const share = shareOf(wanted, name);
    // However small a share is, something is not nothing.
    if (share > 0 && (requests[name] ?? 0) === 0) return false;
    const off = Math.abs(shareOf(requests, name) - share);
    return off <= SAME + DEVIATIONS * Math.sqrt((share * (1 - share)) / all);
  });
}

const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

/**
 * The shares of a service's versions: set absolutely by a person or a delivery, released to the configuration's, and verified by what was
 * served since.
 */
export const versionsMachine: Machine<VersionsConfig, VersionsState, VersionsInput, SetVersionsAction, VersionsReason> =
  {
    noun: "traffic",
    initial: () => ({ v: 1 }),
    step: (config, state, input, now) => {
      if (input.kind === "versions_want") return want(config, state, input, now);
      if (input.kind === "versions_release") return release(config, state, input, now);
      return look(config, state, input, now);
    },
    settle: (_config, state) => state,
    dueAt: () => undefined,
  };

const hold = (state: VersionsState, reason: VersionsReason, text: string, values: Clause["values"] = {}): Result => ({
  state,
  actions: [],
  reason,
  trace: [clause("held", reason.replace("held_", "").replaceAll("_", "-"), text, values)],
});

function want(
  config: VersionsConfig,
  state: VersionsState,
  { shares, by, why }: Extract<VersionsInput, { kind: "versions_want" }>,
  now: Millis,
): Result {
  if (!Object.values(shares).some((share) => share > 0))
    return hold(state, "held_no_share", `${by} asked for ${sharesText(shares)}: no version would get anything`);
  const before = sharesInForce(config, state);
  if (state.asked && sameShares(state.asked.shares, shares))
    return hold(state, "held_in_force", `${sharesText(shares)} is in force already, asked for by ${state.asked.by}`);
  const from = before ? sharesText(before) : "no shares";
  return {
    state: { v: 1, asked: { shares, by, why, at: now } },
    actions: [{ type: "set_versions", key: `set_versions:${config.service}:${now}`, shares }],
    reason: "versions_set",
    trace: [
      clause("changed", "asked", `${by} asked for ${sharesText(shares)}${said(why)}`, { shares }),
      clause("chosen", "set", `from ${from} to ${sharesText(shares)}`, { shares, ...(before ? { from: before } : {}) }),
    ],
  };
}

function release(
  config: VersionsConfig,
  state: VersionsState,
  { by, why }: Extract<VersionsInput, { kind: "versions_release" }>,
  now: Millis,
): Result {
  if (!state.asked) return hold(state, "held_in_force", "nobody had asked for other shares than the configuration's");
  const { versions } = config;
  const text = versions ? sharesText(versions) : "no shares: versions are not weighed";
  return {
    state: { v: 1 },
    actions: [
      { type: "set_versions", key: `set_versions:${config.service}:${now}`, ...(versions ? { shares: versions } : {}) },
    ],
    reason: "versions_released",
    trace: [clause("changed", "asked", `${by} gave them back to the configuration (${text})${said(why)}`)],
  };
}

function look(
  config: VersionsConfig,
  state: VersionsState,
  { requests, windowMs }: Extract<VersionsInput, { kind: "versions_look" }>,
  now: Millis,
): Result {
  const wanted = sharesInForce(config, state);
  if (!wanted) return hold(state, "held_nothing_wanted", "versions are not weighed");
  const all = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const early = state.asked !== undefined && now - state.asked.at < windowMs;
  const smallest = Math.min(...Object.keys(wanted).map((name) => shareOf(wanted, name) || 1));
  const enough = Math.ceil(LEAST_EXPECTED / smallest);
  if (early || all < enough) {
    const why = early
      ? "some of what was seen was sent before they were set"
      : `${all} requests say little of such shares, ${enough} do`;
    return hold(state, "held_no_requests", why, { requests });
  }
  const served = Object.fromEntries(Object.keys(requests).map((name) => [name, shareOf(requests, name)]));
  const text = `of ${all} requests: ${sharesText(requests)}; wanted: ${sharesText(wanted)}`;
  if (!servedAsWanted(wanted, requests)) return hold(state, "held_other_shares", text, { served, wanted });
  if (state.verified && sameShares(state.verified.shares, wanted))
    return hold(state, "held_in_force", text, { served });
  return {
    state: { ...state, verified: { at: now, shares: wanted, served, requests: all } },
    actions: [],
    reason: "versions_verified",
    trace: [clause("chosen", "verified", text, { served, wanted })],
  };
}
