import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { missing, type Part, partFolder, start } from "./parts.ts";

const FOLDER = partFolder("alertmanager");
export const ALERTMANAGER = join(FOLDER, "bin", "alertmanager");
export const AMTOOL = join(FOLDER, "bin", "amtool");
const HEADGATE = fileURLToPath(new URL("../../bin/headgate.mjs", import.meta.url));

/** Why tests against the real Alertmanager are skipped, for the suite's name. */
export function absent(): string | undefined {
  const why = missing("alertmanager");
  if (why !== undefined) return why;
  const version = alertmanagerVersion();
  return /^0\.(\d+)/.test(version) && Number(version.split(".")[1]) >= 34
    ? undefined
    : `Alertmanager ${version} is too old`;
}

/** Version of what is installed, as it says itself. */
export const alertmanagerVersion = (): string =>
  existsSync(join(FOLDER, "version")) ? readFileSync(join(FOLDER, "version"), "utf8") : "";

export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

export interface GettableAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL?: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: "active" | "suppressed" | "unprocessed";
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy: readonly string[];
  };
}

export interface GettableGroup {
  readonly labels: Labels;
  readonly routeLabels?: Labels;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly GettableAlert[];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A running Alertmanager, the real one or ours: both are used in the same way. */
export interface Alertmanager extends Part {
  readonly name: "alertmanager" | "headgate";
  /** Where its alertmanager.yml and its data are. */
  readonly folder: string;
  readonly pid: number;
  readonly request: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** GET below /api/v2/; throws unless it is answered with 200. */
  readonly get: <T>(path: string) => Promise<T>;
  /** POST /api/v2/alerts; throws unless all were taken. */
  readonly post: (alerts: readonly PostedAlert[]) => Promise<void>;
  /** POST /api/v2/silences; its id. */
  readonly silence: (silence: unknown) => Promise<string>;
  readonly expire: (id: string) => Promise<void>;
  /** Writes the configuration and has it read. */
  readonly reload: (config: string) => Promise<Answer>;
}

export interface Given {
  readonly config: string;
  /** Further files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** The real one. */
export function startAlertmanager(given: Given): Promise<Alertmanager> {
  return startIn("alertmanager", given, (config, data) =>
    start(
      ALERTMANAGER,
      [
        `--config.file=${config}`,
        `--storage.path=${data}`,
        "--web.listen-address=127.0.0.1:0",
        "--web.external-url=http://alerts.example.org",
        "--web.route-prefix=/",
        "--cluster.listen-address=",
        ...(given.args ?? []),
      ],
      /msg="Listening on" address=127\.0\.0\.1:(\d+)/,
    ),
  );
}

/** Ours, as a user runs it in the place of the real one. */
export function startHeadgate(given: Given): Promise<Alertmanager> {
  return startIn("headgate", given, (config, data) =>
    start(
      process.execPath,
      [
        HEADGATE,
        ...["alerts", "serve", "--config", config, "--data", data, "--port", "0"],
        ...["--web.external-url", "http://alerts.example.org", ...(given.args ?? [])],
      ],
      /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/,
    ),
  );
}

/** Both with the same configuration. */
export async function startBoth(given: Given): Promise<{ readonly real: Alertmanager; readonly ours: Alertmanager }> {
  const [real, ours] = await Promise.allSettled([startAlertmanager(given), startHeadgate(given)]);
  if (real.status === "fulfilled" && ours.status === "fulfilled") return { real: real.value, ours: ours.value };
  for (const one of [real, ours]) if (one.status === "fulfilled") await one.value.stop();
  throw real.status === "rejected" ? real.reason : (ours as PromiseRejectedResult).reason;
}

async function startIn(
  name: Alertmanager["name"],
  given: Given,
  run: (config: string, data: string) => Promise<Part & { readonly pid: number }>,
): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), `headgate-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const [file, text] of Object.entries({ ...given.files, "alertmanager.yml": given.config })) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const part = await run(join(folder, "alertmanager.yml"), join(folder, "data"));
    const stop = async () => {
      await part.stop();
      remove();
    };
    await ready(part.endpoint);
    return { ...part, ...client(part.endpoint, folder), name, folder, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/** It listens before it has loaded its data. */
async function ready(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await fetch(`${endpoint}/-/ready`)).ok) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${endpoint} did not get ready`);
}

function client(endpoint: string, folder: string) {
  const request = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${endpoint}${path}`, {
      method,
      ...(body === undefined ? {} : { headers, body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const good = async (method: string, path: string, body?: unknown): Promise<string> => {
    const { status, text } = await request(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text;
  };
  return {
    request,
    get: async <T>(path: string): Promise<T> => JSON.parse(await good("GET", `/api/v2/${path}`)) as T,
    post: async (alerts: readonly PostedAlert[]) => void (await good("POST", "/api/v2/alerts", alerts)),
    silence: async (silence: unknown): Promise<string> =>
      JSON.parse(await good("POST", "/api/v2/silences", silence)).silenceID,
    expire: async (id: string) => void (await good("DELETE", `/api/v2/silence/${id}`)),
    reload: (config: string) => {
      writeFileSync(join(folder, "alertmanager.yml"), config);
      return request("POST", "/-/reload", "");
    },
  };
}

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs amtool; nothing of the user's own settings applies. */
export function amtool(args: readonly string[], input = "", cwd = FOLDER): Said {
  const env = { ...process.env, HOME: "/nonexistent", TZ: "UTC" };
  const { status, stdout, stderr } = spawnSync(AMTOOL, args, { cwd, encoding: "utf8", timeout: 60_000, input, env });
  return { status: status ?? -1, stdout, stderr };
}
