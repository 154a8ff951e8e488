import type { Alerts } from "../shared/core/ports/alerts.ts";
import { currentConfig } from "../shared/shell/config-store.ts";
import type { Runtime } from "../shared/shell/runtime.ts";

interface Options {
  readonly allowLocal: boolean;
  readonly warn: (message: string) => void;
}

/** Alerts to the Alertmanagers of each tenant's configuration in force; loaded when the first alert is sent. */
export function lazyAlerts(runtime: Runtime, { allowLocal, warn }: Options): Alerts {
  let made: Promise<Alerts> | undefined;
  const make = async (): Promise<Alerts> => {
    const { alertmanagerAlerts, httpClient, receiversOf } = await import("./alertmanager.ts");
    return alertmanagerAlerts({
      http: httpClient({ allowLocal }),
      receivers: async (tenant) => receiversOf((await currentConfig(runtime, tenant))?.config.monitoring),
      sleep: runtime.sleep,
      random: runtime.random,
      warn,
    });
  };
  return {
    send: async (tenant, alerts) => {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      await (await made).send(tenant, alerts);
    },
  };
}
