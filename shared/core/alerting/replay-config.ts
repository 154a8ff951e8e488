import { compileCooldowns } from "./cooldowns.ts";
import { type CompiledEscalation, compileEscalation, type Receivers, receiversOf } from "./group-config.ts";
import { type CompiledInhibit, compileInhibit } from "./inhibit.ts";
import type { OncallSectionValue } from "./oncall/section.ts";
import { type CompiledRoute, compileRoutes } from "./routes.ts";
import type { AlertingConfig, AlertmanagerSettings, NamedTimeInterval } from "./types.ts";

/** Sources of one key that a replay remembers: it has them in memory, so that only storms of them are cut. */
const MOST_SOURCES = 100;

/** A configuration with everything read that flushes need. */
export interface Compiled {
  readonly version: string;
  readonly resolveTimeoutMs: number;
  readonly root: CompiledRoute;
  readonly inhibit: CompiledInhibit;
  readonly intervals: ReadonlyMap<string, NamedTimeInterval>;
  readonly receivers: Receivers;
  readonly escalation: CompiledEscalation;
  readonly cooldownsOf?: ReturnType<typeof compileCooldowns>;
  readonly oncall?: OncallSectionValue;
}

export function compileConfig(config: AlertingConfig | AlertmanagerSettings, version: string): Compiled {
  const settings = "settings" in config ? config.settings : config;
  const { escalation, cooldown, oncall }: Pick<AlertingConfig, "escalation" | "cooldown" | "oncall"> =
    "settings" in config ? config : { escalation: [], cooldown: [] };
  const receivers = receiversOf(settings.receivers);
  return {
    version,
    resolveTimeoutMs: settings.resolveTimeoutMs,
    root: compileRoutes(settings.route),
    inhibit: compileInhibit(settings.inhibitRules, MOST_SOURCES),
    intervals: new Map(settings.timeIntervals.map((interval) => [interval.name, interval])),
    receivers,
    escalation: compileEscalation(escalation, receivers),
    ...(cooldown.length > 0 ? { cooldownsOf: compileCooldowns(cooldown) } : {}),
    ...(oncall ? { oncall } : {}),
  };
}
