import { hash64 } from "../kernel/hash.ts";
import type { Labels } from "../kernel/labels.ts";
import type { EscalationStep, GroupConfig } from "./group-types.ts";
import { compileMatchers, matchersText } from "./matchers/match.ts";
import { pagingOf } from "./oncall/resolve.ts";
import type { OncallSectionValue } from "./oncall/section.ts";
import type { CompiledRoute } from "./routes.ts";
import type { EscalationRule, GroupIdentity, IntegrationRef, ReceiverSpec } from "./types.ts";

/** An integration without its settings, which hold secrets. */
export const integrationRef = ({ id, type, index, sendResolved, sendable }: IntegrationRef): IntegrationRef => ({
  id,
  type,
  index,
  sendResolved,
  sendable,
});

export type Receivers = ReadonlyMap<string, readonly IntegrationRef[]>;

export const receiversOf = (receivers: readonly ReceiverSpec[]): Receivers =>
  new Map(receivers.map(({ name, integrations }) => [name, integrations.map(integrationRef)]));

/** Names a rule of escalation by what it says. */
const escalationId = ({ match, afterMs, to }: EscalationRule): string =>
  hash64(`${matchersText(match)}\u0001${afterMs}\u0001${to}`);

export interface CompiledEscalation {
  readonly steps: readonly EscalationStep[];
  /** By rule: which alerts it is for. */
  readonly matches: readonly { readonly rule: string; readonly matches: (labels: Labels) => boolean }[];
}

export const compileEscalation = (rules: readonly EscalationRule[], receivers: Receivers): CompiledEscalation => ({
  steps: rules.map((rule) => ({
    rule: escalationId(rule),
    afterMs: rule.afterMs,
    receiver: rule.to,
    integrations: receivers.get(rule.to) ?? [],
  })),
  matches: rules.map((rule) => ({ rule: escalationId(rule), matches: compileMatchers(rule.match) })),
});

/** What a group of a route is decided by. */
export const groupConfigOf = (
  route: CompiledRoute,
  identity: GroupIdentity,
  {
    receivers,
    escalation,
    version,
    oncall,
  }: {
    readonly receivers: Receivers;
    readonly escalation: CompiledEscalation;
    readonly version: string;
    readonly oncall?: OncallSectionValue;
  },
): GroupConfig => ({
  identity,
  version,
  groupWaitMs: route.groupWaitMs,
  groupIntervalMs: route.groupIntervalMs,
  repeatIntervalMs: route.repeatIntervalMs,
  integrations: receivers.get(route.receiver) ?? [],
  escalation: escalation.steps,
  ...pagingMember(oncall, identity.receiver),
});

function pagingMember(oncall: OncallSectionValue | undefined, receiver: string): Pick<GroupConfig, "paging"> {
  const paging = pagingOf(oncall, receiver);
  return paging ? { paging } : {};
}
