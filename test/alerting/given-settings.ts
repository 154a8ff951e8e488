import type {
  AlertmanagerSettings,
  InhibitRuleSpec,
  IntegrationSpec,
  Matcher,
  NamedTimeInterval,
  ReceiverSpec,
  RouteSpec,
} from "../../shared/core/alerting/types.ts";

export const is = (name: string, value: string): Matcher => ({ name, op: "=", value });

export const webhook = (index = 0, more: Partial<IntegrationSpec> = {}): IntegrationSpec => ({
  id: `webhook[${index}]`,
  type: "webhook",
  index,
  sendResolved: true,
  sendable: true,
  settings: {},
  ...more,
});

export const node = (more: Partial<RouteSpec> = {}): RouteSpec => ({
  matchers: [],
  continue: false,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
  labels: {},
  routes: [],
  ...more,
});

export const receiver = (name: string, ...integrations: readonly IntegrationSpec[]): ReceiverSpec => ({
  name,
  integrations: integrations.length > 0 ? integrations : [webhook()],
});

/** Settings as if read from a file. Without more: one receiver `chat`, a wait of 10 s, an interval of 60 s, a repeat after 10 min. */
export const settings = (
  more: {
    readonly route?: Partial<RouteSpec>;
    readonly receivers?: readonly ReceiverSpec[];
    readonly inhibitRules?: readonly InhibitRuleSpec[];
    readonly timeIntervals?: readonly NamedTimeInterval[];
    readonly resolveTimeoutMs?: number;
  } = {},
): AlertmanagerSettings => ({
  resolveTimeoutMs: more.resolveTimeoutMs ?? 300_000,
  route: node({
    receiver: "chat",
    groupBy: ["alertname"],
    groupWaitMs: 10_000,
    groupIntervalMs: 60_000,
    repeatIntervalMs: 600_000,
    ...more.route,
  }),
  inhibitRules: more.inhibitRules ?? [],
  receivers: more.receivers ?? [receiver("chat")],
  timeIntervals: more.timeIntervals ?? [],
  templateFiles: [],
  templates: [],
  shown: "",
});
