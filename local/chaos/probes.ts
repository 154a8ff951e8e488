import type { ProbeSpec } from "../../shared/core/backup/chaos/experiment.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { runCommand } from "./run-command.ts";

export interface ProbeParts {
  /** Folder of the experiment's file: programs begin there. */
  readonly baseDir: string;
  /** A cluster by its name; without one the only one there is. Rejects where there is none. */
  readonly streams?: (cluster: string | undefined) => Promise<Streams>;
}

export interface Probed {
  readonly ok: boolean;
  readonly text: string;
  readonly value?: number;
}

const PROMQL_MS = 10_000;
const MOST = 1 << 20;

async function answer(url: string, ms: number, stop: AbortSignal) {
  const limit = AbortSignal.timeout(ms);
  const signal = AbortSignal.any([limit, stop]);
  try {
    const reply = await fetch(url, { signal, redirect: "manual" });
    return { status: reply.status, body: (await reply.text()).slice(0, MOST) };
  } catch (error) {
    if (limit.aborted) throw new Error(`${url} did not answer within ${ms} ms`);
    const { cause, message } = error as Error & {
      readonly cause?: { readonly message?: string; readonly code?: string };
    };
    throw new Error(`${url}: ${cause?.code ?? cause?.message ?? message}`);
  }
}

const inBound = (
  value: number,
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
): boolean =>
  Number.isFinite(value) && value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY);

/** Looks once at one part of the steady state. Rejecting counts as failing. */
export async function probeOnce(probe: ProbeSpec, parts: ProbeParts, stop: AbortSignal): Promise<Probed> {
  const { http, promql, lag, command } = probe;
  if (http) {
    const { status, body } = await answer(http.url, http.within, stop);
    const good = http.status === undefined ? status < 400 : status === http.status;
    if (!good) return { ok: false, text: `${http.url} answered ${status}`, value: status };
    const has = http.contains === undefined || body.includes(http.contains);
    return {
      ok: has,
      text: has ? `answered ${status}` : `the answer has no ${JSON.stringify(http.contains)} in it`,
      value: status,
    };
  }
  if (promql) {
    const url = new URL("api/v1/query", promql.url.endsWith("/") ? promql.url : `${promql.url}/`);
    url.searchParams.set("query", promql.query);
    const { status, body } = await answer(url.href, PROMQL_MS, stop);
    if (status !== 200) return { ok: false, text: `${promql.url} answered ${status}` };
    const { data } = JSON.parse(body) as { data?: { resultType?: string; result?: unknown } };
    const result = data?.result;
    const values = (
      data?.resultType === "scalar" ? [result] : ((result ?? []) as { value?: unknown }[]).map((one) => one.value)
    ).map((pair) => Number((pair as [number, string])?.[1]));
    if (values.length === 0) return { ok: false, text: "no series answers the query" };
    const bad = values.find((value) => !inBound(value, promql));
    const value = bad ?? values[0] ?? Number.NaN;
    return {
      ok: bad === undefined,
      text: `${value}${bad === undefined ? "" : " is out of bounds"}`,
      ...(Number.isFinite(value) ? { value } : {}),
    };
  }
  if (lag) {
    if (!parts.streams) throw new Error("no cluster is configured");
    const streams = await parts.streams(lag.cluster);
    const [group] = await streams.groups([lag.group]);
    if (!group || group.offsets.length === 0) return { ok: false, text: `${lag.group} has no position` };
    const ends = new Map(
      (await streams.offsets(group.offsets)).map((one) => [`${one.topic}/${one.partition}`, one.stable]),
    );
    const value = group.offsets.reduce(
      (sum, one) => sum + Math.max(0, (ends.get(`${one.topic}/${one.partition}`) ?? one.offset) - one.offset),
      0,
    );
    return { ok: value <= lag.max, text: `${lag.group} is ${value} records behind`, value };
  }
  if (command) {
    const { code, said } = await runCommand(command.run, parts.baseDir, command.within, stop);
    return {
      ok: code === 0,
      text:
        code === 0
          ? said || "exit code 0"
          : `${code === undefined ? "did not end" : `exit code ${code}`}${said ? `: ${said}` : ""}`,
    };
  }
  throw new Error("a probe without anything to look at");
}
