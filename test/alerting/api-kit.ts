import { createApp } from "../../functions/api/app.ts";
import type { AppOptions } from "../../functions/api/context.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { liveWorld, type Over } from "./live-kit.ts";

/** Two receivers, an inhibition and an interval that always mutes. */
export const ROUTED = `
route:
  receiver: rest
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
  routes:
  - matchers: [severity="page"]
    receiver: pager
    labels: { team: a }
  - matchers: [zone=~"eu.*"]
    receiver: muted
    mute_time_intervals: [always]
inhibit_rules:
- source_matchers: [alertname="Source"]
  target_matchers: [severity="page"]
  equal: [cluster]
receivers:
- name: rest
  webhook_configs:
  - url: http://127.0.0.1:1/hidden-token
- name: pager
  labels: { owner: sre }
  webhook_configs:
  - url: http://127.0.0.1:1/hidden-token
- name: muted
time_intervals:
- name: always
  time_intervals:
  - times: [{ start_time: "00:00", end_time: "24:00" }]
`;

/** The whole API over a live world whose alerts are routed by {@link ROUTED}. */
export async function apiWorld(
  options: Partial<AppOptions> & { readonly section?: string; readonly over?: Over } = {},
) {
  const { section, over, ...rest } = options;
  // Counts are asked for as well.
  const telemetry = createTelemetry({ service: "headgate", write: () => {} });
  const w = liveWorld((runtime) => ({ telemetry, ...over?.(runtime) }));
  await w.apply(ROUTED, section);
  const app = createApp({ runtime: w.runtime, access: "loopback", ...rest });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await app.request(`http://127.0.0.1:4180${path}`, {
      method,
      headers: {
        host: "127.0.0.1:4180",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers member by member and fail where one is missing.
    let json: any;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    ...w,
    call,
    get: (path: string, headers?: Record<string, string>) => call("GET", path, undefined, headers),
    send: (path: string, body: unknown, headers?: Record<string, string>) => call("POST", path, body, headers),
  };
}

export type ApiWorld = Awaited<ReturnType<typeof apiWorld>>;
