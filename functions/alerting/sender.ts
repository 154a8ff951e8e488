// Loaded when the first notification is sent, see ../lazy-notify.ts.
import "../shared-parts.ts";
import type { AwsIdentity } from "../../shared/edge/aws-clients.ts";
import type { HttpSendOptions } from "../../shared/edge/notify/http-send.ts";
import { notify } from "../../shared/edge/notify/notify.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { VERSION } from "../../shared/shell/version.ts";
import { alertingAtHand } from "./context.ts";
import { templatesOf } from "./templates-of.ts";

export interface SenderOptions {
  /** Whether receivers on this machine may be reached. */
  readonly allowLocal: boolean;
  /** See HttpSendOptions. */
  readonly localAddress?: HttpSendOptions["localAddress"];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that the files named in alertmanager.yml are seen from. */
  readonly baseDir: string;
  /** Value of an SSM parameter; absent: such references are refused. */
  readonly parameter?: (path: string) => Promise<string>;
  readonly aws: {
    readonly credentials: () => Promise<AwsIdentity>;
    readonly region?: string;
    readonly endpoint?: string;
  };
  /** Real epoch ms. */
  readonly now: () => number;
}

/** Sends notifications of each tenant with the templates of its configuration in force. */
export function sender(runtime: Runtime, options: SenderOptions): ReturnType<typeof notify> {
  const { env, baseDir, parameter, allowLocal, localAddress } = options;
  return notify({
    templatesOf: async (tenant) => templatesOf(await alertingAtHand(runtime, tenant)),
    http: { allowLocal, ...(localAddress ? { localAddress } : {}) },
    secrets: secrets({ env, baseDir, ...(parameter ? { parameter } : {}) }),
    aws: options.aws,
    env,
    now: options.now,
    version: VERSION,
  });
}
