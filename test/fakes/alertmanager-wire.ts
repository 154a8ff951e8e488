import * as v from "valibot";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { labelsKey } from "../../shared/core/kernel/labels.ts";
import { type HttpWire, httpWire } from "./http-wire.ts";

const Instant = v.pipe(v.string(), v.isoTimestamp());
const Labels = v.record(v.pipe(v.string(), v.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)), v.string());
/** `postableAlerts` of Alertmanager's API v2 (api/v2/openapi.yaml). */
const Postable = v.array(
  v.object({
    labels: v.pipe(
      Labels,
      v.check((labels) => Object.values(labels).some((value) => value !== ""), "at least one label"),
    ),
    annotations: v.optional(Labels, {}),
    startsAt: v.optional(Instant),
    endsAt: v.optional(Instant),
    generatorURL: v.optional(v.pipe(v.string(), v.url())),
  }),
);

export interface AlertmanagerWire extends HttpWire {
  /** What it holds, the last of each label set. */
  readonly held: () => readonly Alert[];
}

/** Alertmanager as far as a sender sees it: takes alerts of API v2, refuses malformed ones, keeps the last of each label set. */
export async function alertmanagerWire(): Promise<AlertmanagerWire> {
  const held = new Map<string, Alert>();
  const wire = await httpWire(({ method, url, headers, body }) => {
    if (!url.pathname.endsWith("/api/v2/alerts")) return { status: 404, body: "not found" };
    if (method !== "POST") return { status: 405 };
    if (!headers["content-type"]?.startsWith("application/json")) return { status: 415 };
    const parsed = v.safeParse(Postable, JSON.parse(body));
    if (!parsed.success) return { status: 400, body: JSON.stringify(parsed.issues[0].message) };
    for (const { labels, annotations, startsAt, endsAt, generatorURL } of parsed.output)
      held.set(labelsKey(labels), {
        labels,
        annotations,
        startsAt: Date.parse(startsAt ?? ""),
        ...(endsAt === undefined ? {} : { endsAt: Date.parse(endsAt) }),
        ...(generatorURL === undefined ? {} : { generatorUrl: generatorURL }),
      });
    return { status: 200 };
  });
  return { ...wire, held: () => [...held.values()] };
}
