import type { Notification, NotifiedAlert } from "../../shared/core/ports/notify.ts";
import type { NotifyOptions } from "../../shared/edge/notify/notify.ts";
import { notify } from "../../shared/edge/notify/notify.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";

/** Receives everything; texts of the settings are taken as they are. */
const asWritten = {
  text: (text: string) => ({ ok: true as const, text }),
  html: (text: string) => ({ ok: true as const, text }),
};

export const alert = (given: Partial<NotifiedAlert> = {}): NotifiedAlert => ({
  fingerprint: "0123456789abcdef",
  labels: { alertname: "Down", instance: "a" },
  annotations: { summary: "it is down" },
  startsAt: 1_700_000_000_000,
  endsAt: 1_700_000_060_000,
  updatedAt: 1_700_000_000_000,
  timeout: false,
  generatorUrl: "",
  status: "firing",
  ...given,
});

/** A notification to an integration with these settings. */
export function notification(
  type: string,
  settings: Readonly<Record<string, unknown>>,
  given: Partial<Notification> = {},
): Notification {
  const now = Date.now();
  return {
    key: "b0a1c2d3e4f5",
    integration: { id: `${type}[0]`, type, index: 0, sendResolved: true, sendable: true, settings },
    receiver: "team",
    groupKey: '{}:{alertname="Down"}',
    reason: "first notification",
    alerts: [alert()],
    groupLabels: { alertname: "Down" },
    routeLabels: {},
    flushAt: now,
    deadline: now + 10_000,
    externalUrl: "http://headgate.example",
    ...given,
  };
}

/** The sender, with loopback allowed, texts as they are written and keys that are none. */
export function sender(given: Partial<NotifyOptions> = {}) {
  return notify({
    templatesOf: async () => asWritten,
    http: { allowLocal: true },
    secrets: secrets({ env: {}, baseDir: "/" }),
    env: {},
    aws: {
      credentials: async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "aws-secret-key" }),
      region: "eu-central-1",
    },
    now: Date.now,
    version: "1.2.3",
    ...given,
  });
}
