import type {
  BackendCountsView,
  BackendStateView,
  TrafficBackendView,
  TrafficServiceSummary,
} from "../../functions/api/views-traffic.ts";
import { clockTime, duration, plural, words } from "./format.ts";

/** How something stands: a word, a shape, and only then a colour. */
export interface Standing {
  readonly tone: "ok" | "held" | "degraded" | "failing";
  readonly icon: "ok" | "chosen" | "held" | "pending" | "unknown" | "degraded" | "vetoed" | "circuit" | "failing";
  readonly word: string;
}

export const BACKEND_STATES: Readonly<Record<BackendStateView, Standing>> = {
  ok: { tone: "ok", icon: "ok", word: "ok" },
  draining: { tone: "held", icon: "held", word: "draining" },
  unhealthy: { tone: "failing", icon: "failing", word: "unhealthy" },
  ejected: { tone: "degraded", icon: "vetoed", word: "ejected" },
  circuit_open: { tone: "failing", icon: "circuit", word: "circuit open" },
};

/** What panic means, for those who meet it for the first time. */
export const PANIC =
  "too few backends are well, so requests go to all of them, well or not: some answers are better than none";

const OTHERS: readonly (readonly [keyof BackendCountsView, string])[] = [
  ["unhealthy", "unhealthy"],
  ["circuitOpen", "circuit open"],
  ["ejected", "ejected"],
  ["draining", "draining"],
];

/** Backends that are not well, by what is in their way: "1 circuit open, 2 draining"; empty when there is none. */
export const othersText = (counts: BackendCountsView): string =>
  OTHERS.flatMap(([name, word]) => (counts[name] > 0 ? `${counts[name]} ${word}` : [])).join(", ");

/** "2 of 3 ok, 1 circuit open". */
export function backendsText(counts: BackendCountsView): string {
  if (counts.total === 0) return "no backends";
  const others = othersText(counts);
  if (others === "") return `${counts.total} ok`;
  return `${counts.ok} of ${counts.total} ok, ${others}`;
}

/** How the traffic of a service stands: the worst of it. */
export function standingOf({ panic, backends, gateway }: TrafficServiceSummary): Standing {
  if (panic) return { tone: "failing", icon: "failing", word: "panic" };
  if (backends.total === 0) return { tone: "held", icon: "unknown", word: "no backends" };
  if (backends.ok === 0) return { tone: "failing", icon: "failing", word: "none is ok" };
  const hurt = OTHERS.filter(([name]) => name !== "draining" && backends[name] > 0);
  if (hurt.length > 0) return { tone: "degraded", icon: "degraded", word: hurt[0]?.[1] ?? "" };
  if ((gateway?.queued ?? 0) > 0) return { tone: "degraded", icon: "pending", word: "queueing" };
  if (backends.draining > 0) return { tone: "held", icon: "held", word: "draining" };
  return { tone: "ok", icon: "ok", word: "ok" };
}

const RANK = { failing: 0, degraded: 1, held: 2, ok: 3 } as const;

/** What needs a person first, then by name. */
export const byNeed = (a: TrafficServiceSummary, b: TrafficServiceSummary): number =>
  RANK[standingOf(a).tone] - RANK[standingOf(b).tone] || a.service.localeCompare(b.service);

/** Whether somebody should look at it. */
export const needsPerson = (one: TrafficServiceSummary): boolean => RANK[standingOf(one).tone] < RANK.held;

const BACKEND_RANK: Readonly<Record<BackendStateView, number>> = {
  unhealthy: 0,
  circuit_open: 1,
  ejected: 2,
  draining: 3,
  ok: 4,
};

/** Backends in whose way something is first, then in the order of the API. */
export const byState = (items: readonly TrafficBackendView[]): readonly TrafficBackendView[] =>
  [...items].sort((a, b) => BACKEND_RANK[a.state] - BACKEND_RANK[b.state]);

const sumOf = (items: readonly TrafficServiceSummary[], name: keyof BackendCountsView): number =>
  items.reduce((sum, { backends }) => sum + backends[name], 0);

/** What is not as it should be, in words: "payments in panic", "2 circuits open"; empty when all is well. */
export function troubles(items: readonly TrafficServiceSummary[]): readonly string[] {
  const panic = items.filter((one) => one.panic);
  const [unhealthy, open, ejected] = (["unhealthy", "circuitOpen", "ejected"] as const).map((name) =>
    sumOf(items, name),
  ) as [number, number, number];
  return [
    ...(panic.length === 1 ? [`${panic[0]?.service} in panic`] : []),
    ...(panic.length > 1 ? [`${panic.length} services in panic`] : []),
    ...(open > 0 ? [plural(open, "circuit open", "circuits open")] : []),
    ...(ejected > 0 ? [plural(ejected, "backend ejected", "backends ejected")] : []),
    ...(unhealthy > 0 ? [plural(unhealthy, "backend unhealthy", "backends unhealthy")] : []),
  ];
}

/** All of it in one line. */
export function trafficLine(items: readonly TrafficServiceSummary[]): string {
  if (items.length === 0) return "No service has traffic";
  const found = troubles(items);
  const all = sumOf(items, "total");
  const start = plural(items.length, "service");
  const draining = sumOf(items, "draining");
  if (found.length > 0) return [start, ...found].join(", ");
  return [
    `${start}, ${all - draining === 1 ? "its backend is" : `all ${all - draining} backends are`} ok`,
    ...(draining > 0 ? [`${draining} draining`] : []),
  ].join(", ");
}

const CAUSES: Readonly<Record<string, string>> = {
  consecutive_5xx: "it failed too often in a row",
  consecutive_gateway_failure: "it failed as a gateway too often in a row",
  consecutive_local_origin_failure: "it could not be reached too often in a row",
  success_rate: "it fails more than the others do",
  failure_percentage: "too many of its answers fail",
  success_rate_local_origin: "it is reached less than the others are",
  failure_percentage_local_origin: "it cannot be reached too often",
};

/** Why a backend was ejected, as people say it. */
export const ejectionCause = (why: string | undefined): string =>
  why === undefined ? "its answers failed" : (CAUSES[why] ?? words(why));

/** What is in the way of a backend and until when; undefined where nothing is. */
export function backendWhy(
  { state, drainingSince, check, ejection, circuit }: TrafficBackendView,
  now: number,
): string | undefined {
  switch (state) {
    case "draining":
      return drainingSince === undefined
        ? "gets nothing new"
        : `gets nothing new since ${clockTime(drainingSince, now)}`;
    case "unhealthy":
      return `its checks fail${check?.detail === undefined ? "" : `: ${check.detail}`}`;
    case "ejected": {
      const until = ejection?.until === undefined ? "" : `, until ${clockTime(ejection.until, now)}`;
      return `${ejectionCause(ejection?.why)}${until}`;
    }
    case "circuit_open": {
      const { forced } = circuit ?? {};
      if (forced) return `forced by ${forced.by ?? "somebody"}${forced.why ? `: ${forced.why}` : ""}`;
      if (circuit?.status === "half_open") return "a probe is on its way";
      const until = circuit?.openUntil;
      if (until === undefined) return "calls are refused";
      return until > now ? `next probe in ${duration(until - now)}` : "a probe is due";
    }
    default:
      return undefined;
  }
}

/** "3 times in a row, until 14:05:11"; undefined where it was not ejected lately. */
export function ejectedText({ ejection }: TrafficBackendView, now: number): string | undefined {
  if (ejection === undefined || (ejection.times === 0 && ejection.until === undefined)) return undefined;
  const times = ejection.times === 1 ? "once" : `${ejection.times} times in a row`;
  const { until } = ejection;
  return until !== undefined && until > now ? `${times}, until ${clockTime(until, now)}` : times;
}

const EXCLUDED: Readonly<Record<string, string>> = {
  draining: "draining",
  unhealthy: "its checks fail",
  ejected: "ejected",
  circuit_open: "its circuit is open",
  tried: "tried already",
  other_subset: "not in the subset",
  other_level: "another level has its turn",
  other_version: "another version has its turn",
  other_zone: "another zone has its turn",
  no_share: "its share is 0",
  full: "full",
};

/** What excludes a candidate, in words. */
export const excludedText = (excluded: string): string => EXCLUDED[excluded] ?? words(excluded);

/** A share of 0..1 in percent, with as many digits as help. */
export const shareText = (share: number): string => {
  const percent = share * 100;
  return `${percent > 0 && percent < 1 ? percent.toFixed(1) : Math.round(percent)}\u00a0%`;
};

/** Shares of versions as percent of their sum, the largest first: "v1 95 %, v2 5 %". */
export function versionsText(shares: Readonly<Record<string, number>>): string {
  const all = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${all === 0 ? share : shareText(share / all)}`)
    .join(", ");
}

/** What a gateway did beside passing on, since it was opened: "3 retried, 2 refused"; empty when there is nothing. */
export function besidesText(gateway: TrafficServiceSummary["gateway"]): string {
  if (gateway === undefined) return "";
  const { retried, refused, shed = 0, queued, abandoned } = gateway;
  return [
    queued > 0 ? `${queued} queued now` : "",
    retried > 0 ? `${retried} retried` : "",
    refused > 0 ? `${refused} refused${shed > 0 ? `, ${shed} of them shed` : ""}` : "",
    abandoned > 0 ? `${abandoned} given up` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** "key=value other=value" as a record; undefined where a part of it is none. */
export function readMatch(text: string): Readonly<Record<string, string>> | undefined {
  const parts = text.split(/[\s,]+/u).filter(Boolean);
  const pairs = parts.map((part) => /^([^=]+)=(.*)$/u.exec(part));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.flatMap((pair) => (pair ? [[pair[1] ?? "", pair[2] ?? ""]] : [])));
}
