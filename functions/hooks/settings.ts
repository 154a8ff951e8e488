import type { CloudwatchOptions } from "../../shared/core/alerting/sources/cloudwatch-alert.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type Got, limitedGet } from "../../shared/edge/limited-get.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import { sourceOptions } from "../alerting/sources/options.ts";

/** What hooks need to know of their surroundings. */
export interface HookSettings {
  /** ARNs of the SNS topics whose messages are taken; every other topic's are refused, however well they are signed. */
  readonly topics: readonly string[];
  /** What posts to `/hooks/alerts/:source` are signed with; undefined: none are taken. */
  readonly secret: () => Promise<string | undefined>;
  readonly cloudwatch: CloudwatchOptions;
  /** Real time, as signatures tell it; not the control plane's clock. */
  readonly wallNow: () => Millis;
  /** Asks SNS, and nobody else. */
  readonly get: (url: URL) => Promise<Got>;
}

const TIMEOUT_MS = 3_000;
/** A certificate has 2 KB, the answer to a confirmation less. */
const MOST_BYTES = 16_384;
const ANY = "*/*";

type Env = Readonly<Record<string, string | undefined>>;

/** As the environment says: `HEADGATE_HOOK_TOPICS` (ARNs, commas between) and `HEADGATE_HOOK_SECRET` (a reference). */
export function hookSettings(env: Env, parameter?: (path: string) => Promise<string>): HookSettings {
  const known = secrets({ env, baseDir: ".", ...(parameter ? { parameter } : {}) });
  const reference = env["HEADGATE_HOOK_SECRET"] ?? "";
  return {
    topics: (env["HEADGATE_HOOK_TOPICS"] ?? "").split(",").flatMap((arn) => arn.trim() || []),
    secret: async () => {
      if (reference === "") return undefined;
      const value = known.value(reference);
      // A secret that stands there itself would be seen by whoever may look at the function.
      if (!value) throw new Error("HEADGATE_HOOK_SECRET is no reference: env:NAME, file:path or ssm:/path");
      return value;
    },
    cloudwatch: sourceOptions(env),
    wallNow: Date.now,
    get: (url) => limitedGet(url, { timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES, loopback: false, accept: ANY }),
  };
}
