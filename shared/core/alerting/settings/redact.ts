import type { AlertingConfig, IntegrationSpec } from "../types.ts";
import { file } from "./file.ts";
import { parseHttpUrl } from "./go-url.ts";
import { INTEGRATIONS } from "./receiver.ts";
import { SECRET } from "./scalars.ts";

const HIDE: ReadonlyMap<string, (plain: unknown) => unknown> = new Map(
  INTEGRATIONS.map(([type, kind]) => [type, kind.hide] as const),
);

/** An integration's settings with `<secret>` for each secret. */
export const shownSettings = ({
  type,
  settings,
}: Pick<IntegrationSpec, "type" | "settings">): IntegrationSpec["settings"] =>
  (HIDE.get(type)?.(settings) ?? settings) as IntegrationSpec["settings"];

/** The configuration as anybody who may read may see it: no secret is in it. */
export const redactedConfig = (config: AlertingConfig): AlertingConfig => ({
  ...config,
  settings: {
    ...config.settings,
    receivers: config.settings.receivers.map((receiver) => ({
      ...receiver,
      integrations: receiver.integrations.map((one) => ({ ...one, settings: shownSettings(one) })),
    })),
  },
});

/** Every secret in a parsed alertmanager.yml, also where the file has faults; addresses as they are printed again. */
export function secretsOf(document: unknown): ReadonlySet<string> {
  const read = file.decode(document, [], { faults: [], warnings: [] }, file.zero);
  const plain = file.plain(read);
  const found = new Set<string>();
  collect(plain, file.hide(plain), found);
  return found;
}

function collect(plain: unknown, hidden: unknown, found: Set<string>): void {
  if (typeof plain === "string") {
    if (plain !== hidden && plain !== SECRET) found.add(plain);
  } else if (typeof plain === "object" && plain !== null)
    for (const [key, one] of Object.entries(plain))
      collect(one, (hidden as Readonly<Record<string, unknown>> | undefined)?.[key], found);
}

/** Whether a text, as it stands in the file, is one of the secrets. */
export function isSecret(text: string, secrets: ReadonlySet<string>): boolean {
  if (secrets.has(text)) return true;
  const url = /^https?:/i.test(text) ? parseHttpUrl(text) : undefined;
  return typeof url === "object" && secrets.has(url.text);
}
