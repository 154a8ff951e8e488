import { flagMachine } from "../../shared/core/delivery/flags/machine.ts";
import {
  type FlagConfig,
  type FlagDecision,
  type FlagInput,
  type FlagState,
  flagSubject,
  type ServeFlagAction,
} from "../../shared/core/delivery/flags/state.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { FlagChangedView } from "../api/views-flags.ts";
import { summaryOf } from "../decisions/summary.ts";
import { FLAG_NOUN, type KnownFlag, knownFlag } from "./flags-known.ts";
import { forgetFlags } from "./flags-snapshot.ts";
import { flagSummary } from "./flags-views.ts";

/** One decision about a flag. @throws HeadgateError of store and journal */
export async function decideFlag(
  runtime: Runtime,
  tenant: string,
  { name, config, version }: Pick<KnownFlag, "name" | "config" | "version">,
  trigger: Trigger,
  input: FlagInput | ((attempt: number) => Promise<FlagInput>),
): Promise<RunResult<FlagDecision>> {
  const done = await run<FlagConfig, FlagState, FlagInput, ServeFlagAction, FlagDecision>(runtime, {
    machine: flagMachine,
    tenant,
    subject: flagSubject(name),
    mode: "act",
    config,
    configVersion: version,
    trigger,
    observe: async (attempt) => (typeof input === "function" ? input(attempt) : input),
    perform: async ({ key }) => ({
      key,
      status: "done",
      at: runtime.now(),
      detail: "everybody who evaluates goes by it from the next snapshot on",
    }),
  });
  if (done.status === "decided") forgetFlags(runtime, tenant);
  return done;
}

/** What a person asks for. */
export type FlagAsk = Extract<FlagInput, { readonly by: string }>;

const invalid = (path: string, message: string, allowed: string) =>
  new HeadgateError("input.invalid", `${path}: ${message}`, { faults: [{ path, message, allowed }] });

/** What cannot be is told before anything is decided. */
function refuse({ config }: KnownFlag, ask: FlagAsk): void {
  if (ask.kind === "flag_percent" && config.to === undefined)
    throw invalid("percent", "the flag has more than one variant besides its default", "shares, percent by variant");
  if (ask.kind === "flag_start" && !config.rollout)
    throw invalid("start", "the configuration has no steps for this flag", "a flag with rollout.steps, or percent");
  if (ask.kind !== "flag_set") return;
  const unknown = Object.keys(ask.shares).find((name) => !config.variants.includes(name));
  if (unknown !== undefined)
    throw invalid(`shares.${unknown}`, "is no variant of the flag", config.variants.join(", "));
  const sum = Object.values(ask.shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 100) > 0.0005) throw invalid("shares", `are ${sum} % together`, "shares of 100 % together");
}

/**
 * Does what a person asks for, and writes down who and why.
 *
 * @throws HeadgateError `flag.unknown`; `input.invalid` for what the flag cannot do; those of store and journal
 */
export async function changeFlag(
  runtime: Runtime,
  tenant: string,
  name: string,
  ask: FlagAsk,
): Promise<FlagChangedView> {
  const known = await knownFlag(runtime, tenant, name);
  refuse(known, ask);
  const trigger = { type: "api", detail: ask.why === "" ? ask.by : `${ask.by}: ${ask.why}` } as const;
  const { status, reason, record, recorded } = await decideFlag(runtime, tenant, known, trigger, ask);
  const stored = await runtime.store.load({ tenant, noun: FLAG_NOUN, subject: flagSubject(name) });
  const state = (stored?.state as unknown as FlagState | undefined) ?? known.state;
  const text = record?.trace[0]?.text;
  return {
    clock: clockOf(runtime),
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(text === undefined ? {} : { text }),
    flag: flagSummary({ ...known, state }, runtime.now()),
    ...(record && recorded ? { decision: summaryOf(record) } : {}),
  };
}
