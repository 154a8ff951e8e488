import { type CostWork, costFromConfig } from "../../functions/cost/context.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Store } from "../../shared/core/ports/store.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { sourcesWorld } from "./sources-kit.ts";

/** Cost over bills in files, with alerts that are collected and store calls that are counted. */
export function lookWorld(now: number) {
  const world = sourcesWorld({ now });
  const sent: Alert[] = [];
  const calls: Record<string, number> = {};
  const inner = memoryStore(() => world.clock.now);
  const counted = <K extends "load" | "write" | "list">(name: K): Store[K] =>
    ((...given: never[]) => {
      calls[name] = (calls[name] ?? 0) + 1;
      return (inner[name] as (...all: never[]) => unknown)(...given);
    }) as unknown as Store[K];
  const store: Store = { ...inner, load: counted("load"), write: counted("write"), list: counted("list") };
  let away = false;
  const alerts = {
    send: async (_: string, some: readonly Alert[]) => {
      if (away) throw new Error("nobody takes alerts");
      sent.push(...some);
    },
  };
  return {
    ...{ ...world, sent, calls, store },
    away: (is: boolean) => void (away = is),
    /** A new look at this instant, by a section `cost` in YAML's flow form. */
    look: (section: string): CostWork => {
      const parsed = parseConfig(`version: 1\ncost: ${section}\n`);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      const runtime: Runtime = { ...world.work().runtime, now: () => world.clock.now, store, alerts };
      return costFromConfig({ runtime, tenant: "default", config: parsed.config });
    },
  };
}

/** What began to fire and what ended, in words that can be compared. */
export const toldOf = (alerts: readonly Alert[], now: number): readonly string[] =>
  alerts.map(
    ({ labels, endsAt }) =>
      `${labels["budget"] ?? labels["service"]} ${labels["threshold"] ?? labels["alertname"]}${(endsAt ?? 0) <= now ? " over" : ""}`,
  );
