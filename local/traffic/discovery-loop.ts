import { discoverService, sourceOf } from "../../functions/traffic/discover.ts";
import { settingsIn } from "../../functions/traffic/service-traffic.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Discovery } from "../../shared/core/ports/discovery.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Asks AWS Cloud Map or ECS for the backends of services that say so; deployed, a schedule does. */
export interface DiscoveryLoop {
  /** Asks for all of them now. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface DiscoveryLoopOptions {
  readonly runtime: Runtime;
  /** Loaded when the first service wants it. */
  readonly sources: () => Promise<Discovery>;
  readonly onChange: (service: string) => void;
  /** A sentence about a source that does not answer, when that is news. */
  readonly onTrouble: (service: string, text: string) => void;
  readonly onError: (error: unknown) => void;
  /** Real ms between looks: AWS lives on the wall's clock. */
  readonly everyMs?: number;
}

export function discoveryLoop(options: DiscoveryLoopOptions): DiscoveryLoop {
  const { runtime, onChange, onTrouble, onError, everyMs = MINUTE_MS } = options;
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();

  const ask = async () => {
    const applied = await currentConfig(runtime, DEFAULT_TENANT);
    if (!applied) return;
    for (const service of Object.keys(applied.config.traffic ?? {})) {
      const settings = settingsIn(applied, service);
      const source = settings && sourceOf(applied.config, settings);
      if (!source || stopped) continue;
      const asking = { ...runtime, discovery: await options.sources() };
      const { reason, came, went, notes } = await discoverService(asking, DEFAULT_TENANT, source);
      const trouble = reason === "held_unavailable" ? (notes[0] ?? "its backends could not be asked for") : "";
      if (trouble !== "" && told.get(service) !== trouble) onTrouble(service, trouble);
      told.set(service, trouble);
      if (came.length > 0 || went.length > 0) onChange(service);
    }
  };
  const look = (): Promise<void> => {
    clearTimeout(timer);
    looking = ask()
      .catch(onError)
      .finally(() => {
        if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
      });
    return looking;
  };
  return {
    look,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
