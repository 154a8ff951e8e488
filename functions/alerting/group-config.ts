import { compileCooldowns } from "../../shared/core/alerting/cooldowns.ts";
import {
  type CompiledEscalation,
  compileEscalation,
  groupConfigOf,
  type Receivers,
  receiversOf,
} from "../../shared/core/alerting/group-config.ts";
import { targetsOf } from "../../shared/core/alerting/group-delivery.ts";
import type { GroupConfig } from "../../shared/core/alerting/group-types.ts";
import type { PageInput } from "../../shared/core/alerting/oncall/paging-types.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import type { FlushFacts } from "../../shared/core/alerting/suppress.ts";
import type { GroupIdentity } from "../../shared/core/alerting/types.ts";
import type { Alerting } from "./context.ts";

interface Derived {
  readonly receivers: Receivers;
  readonly escalation: CompiledEscalation;
  readonly cooldownKeys?: NonNullable<FlushFacts["cooldowns"]>["keysOf"];
}

const derived = new WeakMap<Alerting, Derived>();

/** What follows from the section once, whatever the group. */
export function rulesOf(alerting: Alerting): Derived {
  const known = derived.get(alerting);
  if (known) return known;
  const { escalation, cooldown, settings } = alerting.config;
  const receivers = receiversOf(settings.receivers);
  const made: Derived = {
    receivers,
    escalation: compileEscalation(escalation, receivers),
    ...(cooldown.length > 0 ? { cooldownKeys: compileCooldowns(cooldown) } : {}),
  };
  derived.set(alerting, made);
  return made;
}

/** What a group of this identity is decided by. */
export function groupConfig(alerting: Alerting, route: CompiledRoute, identity: GroupIdentity): GroupConfig {
  const { receivers, escalation } = rulesOf(alerting);
  const { oncall } = alerting.config;
  return groupConfigOf(route, identity, {
    receivers,
    escalation,
    version: alerting.formedBy,
    ...(oncall ? { oncall } : {}),
  });
}

/** Keys in the log of everything that may be told about a group. */
export const logKeys = (config: GroupConfig, page: PageInput | undefined): readonly string[] =>
  targetsOf(config, page).map(({ to }) => to);
