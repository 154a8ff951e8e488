import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type Part, partFolder, start } from "./parts.ts";
import { writeRequest } from "./remote-write.ts";

const BIN = join(partFolder("prometheus"), "root", "usr", "bin");
export const PROMETHEUS = join(BIN, "prometheus");
export const PROMTOOL = join(BIN, "promtool");

/** One series of an answer; a value is [seconds, text]. */
export interface PromSeries {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export type PromAnswer =
  | {
      readonly status: "success";
      readonly data: {
        readonly resultType: string;
        readonly result: readonly PromSeries[] | readonly [number, string];
      };
    }
  | { readonly status: "error"; readonly errorType: string; readonly error: string };

export interface PromData {
  readonly labels: Labels;
  /** Ascending; "stale" writes the staleness marker. */
  readonly points: readonly { readonly at: Millis; readonly value: number | "stale" }[];
}

/** A real Prometheus on a free loopback port, with a folder of its own that goes when it stops. */
export interface Prometheus extends Part {
  /** Where its configuration (`prometheus.yml` and the other files) and its `data` are. */
  readonly folder: string;
  readonly instant: (query: string, at: Millis) => Promise<PromAnswer>;
  readonly range: (query: string, from: Millis, to: Millis, stepMs: number) => Promise<PromAnswer>;
  /** GET below /api/v1/, answered as JSON, e.g. `api("alerts")`. */
  readonly api: (path: string) => Promise<unknown>;
  /** Writes samples by remote write; per call not older than an hour before the newest one written before. */
  readonly write: (series: readonly PromData[]) => Promise<void>;
}

export interface PrometheusOptions {
  /** Files of the folder by name; `prometheus.yml` scrapes nothing where it is not given. */
  readonly files?: Readonly<Record<string, string>>;
  /** OpenMetrics text with timestamps (and `# EOF`), which promtool turns into blocks before the start. */
  readonly history?: string;
  /** A folder with what its `data` holds at the start: copied. */
  readonly data?: string;
  readonly args?: readonly string[];
}

/** Runs promtool in a folder; both outputs as one text. */
export function promtool(args: readonly string[], cwd: string): { readonly status: number; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { cwd, encoding: "utf8", timeout: 60_000 });
  return { status: status ?? -1, said: `${stdout}${stderr}` };
}

export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-prometheus-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const part = await startIn(folder, options);
    const stop = async () => {
      await part.stop();
      remove();
    };
    return { ...part, ...client(part.endpoint), folder, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

async function startIn(folder: string, { files = {}, history, data, args = [] }: PrometheusOptions): Promise<Part> {
  const quiet = "global: { scrape_interval: 1h, evaluation_interval: 1m }\n";
  for (const [name, text] of Object.entries({ "prometheus.yml": quiet, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  if (data !== undefined) cpSync(data, join(folder, "data"), { recursive: true });
  if (history !== undefined) {
    writeFileSync(join(folder, "history.txt"), history);
    const made = promtool(["tsdb", "create-blocks-from", "openmetrics", "history.txt", "data"], folder);
    if (made.status !== 0) throw new Error(`promtool: ${made.said}`);
  }
  const part = await start(
    PROMETHEUS,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--storage.tsdb.retention.time=100y",
      "--web.listen-address=127.0.0.1:0",
      "--web.enable-remote-write-receiver",
      "--web.enable-lifecycle",
      ...args,
    ],
    /msg="Listening on" address=127\.0\.0\.1:(\d+)/,
  );
  // It listens before it has read its data; ready it is soon after, and says nothing that could be waited for.
  for (let tries = 0; tries < 200; tries++) {
    const { ok } = await fetch(`${part.endpoint}/-/ready`);
    if (ok) return part;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await part.stop();
  throw new Error("Prometheus did not get ready");
}

function client(endpoint: string): Pick<Prometheus, "instant" | "range" | "api" | "write"> {
  const api = async (path: string): Promise<unknown> => (await fetch(`${endpoint}/api/v1/${path}`)).json();
  const post = async (path: string, fields: Record<string, string>): Promise<PromAnswer> => {
    const answer = await fetch(`${endpoint}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(fields) });
    return (await answer.json()) as PromAnswer;
  };
  const seconds = (at: Millis) => String(at / 1000);
  return {
    api,
    instant: (query, at) => post("query", { query, time: seconds(at) }),
    range: (query, from, to, stepMs) =>
      post("query_range", { query, start: seconds(from), end: seconds(to), step: seconds(stepMs) }),
    write: async (series) => {
      const headers = {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
      };
      const body = writeRequest(series);
      const answer = await fetch(`${endpoint}/api/v1/write`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`remote write: ${answer.status} ${await answer.text()}`);
    },
  };
}
