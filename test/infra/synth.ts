import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./platform.ts";

export interface SynthRequest {
  readonly stage: string;
  /** Path of the SST configuration, relative to the root; default sst.config.ts. */
  readonly config?: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs are whatever a provider's resource takes; assertions read into them.
export type Inputs = Record<string, any>;

export interface Resource {
  /** Pulumi's type, e.g. "aws:lambda/function:Function". */
  readonly type: string;
  /** Logical name. Suffixes are not stable: find by type and beginning. */
  readonly name: string;
  readonly inputs: Inputs;
}

/** What the app would create. `errors` is empty when it could be synthesised. */
export interface Synth {
  readonly app: {
    readonly name?: string;
    readonly stage?: string;
    readonly removal?: string;
    readonly protect?: boolean;
  };
  /** What `sst deploy` prints at its end. */
  readonly outputs: Inputs;
  readonly resources: Resource[];
  readonly invokes: string[];
  readonly builds: { functionID: string; handler: string; runtime: string; properties: Inputs }[];
  readonly errors: string[];
}

/** Synthesises the app of a stage in a child process; about two seconds. */
export async function synth(request: SynthRequest): Promise<Synth> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "synth-child.ts"), JSON.stringify(request)], {
    cwd: root,
    env: { ...process.env, PULUMI_NODEJS_SILENT: "1", ...request.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const code = await new Promise((closed) => child.on("close", closed));
  const line = out.split("\n").find((text) => text.startsWith('{"app"'));
  if (!line) throw new Error(`synthesis printed no result (exit ${String(code)}):\n${out}\n${err}`);
  return JSON.parse(line) as Synth;
}
