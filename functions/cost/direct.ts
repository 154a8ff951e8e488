import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { createApp } from "../api/app.ts";
import { createHub } from "../api/hub.ts";
import { directRuntime } from "../backup/direct-runtime.ts";
import { lazyCostExplorer } from "../lazy-cost-explorer.ts";

export interface CostDirectOptions {
  readonly config: HeadgateConfig;
  readonly version: string;
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Folder of the configuration file. */
  readonly baseDir: string;
  /** Folder in which days of bills are kept, so that what was paid for is not paid for again. */
  readonly data: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets the log's lines. Default: nobody. */
  readonly log?: (line: string) => void;
}

/** The API of cost in this process, for one command without a server: the same answers, state ends with it, bills stay in `data`. */
export async function costDirect(options: CostDirectOptions) {
  const { baseDir, env, data, log } = options;
  const { runtime: base, close } = directRuntime({ baseDir, env, ...(log ? { log } : {}) });
  const region = env["AWS_REGION"] === undefined ? {} : { region: env["AWS_REGION"] };
  const endpoint = env["HEADGATE_AWS_ENDPOINT"];
  const clients = awsClients({ ...region, ...(endpoint === undefined ? {} : { endpoint }) });
  const runtime = {
    ...base,
    objects: directoryObjects(data),
    costExplorer: lazyCostExplorer({ clients, sleep: base.sleep, random: base.random }),
  };
  const { config, version, text, files } = options;
  await applyConfig(
    runtime,
    DEFAULT_TENANT,
    { config, version, text, ...(files ? { files } : {}) },
    { by: "command line" },
  );
  const app = createApp({ runtime, access: "loopback", hub: createHub() });
  return {
    fetch: (request: Request) => app.fetch(request),
    close: async () => {
      await clients.close();
      await close();
    },
  };
}
