import { spawn } from "node:child_process";
import { join } from "node:path";

export interface Invoked {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the handler answers; the tests look into it.
  readonly result?: any;
  readonly error?: string;
  readonly importMs: number;
  readonly invokeMs: number;
  /** Bytes of the bundle loaded by importing it, and by importing it and answering the event. */
  readonly initBytes: number;
  readonly loadedBytes: number;
  /** Names of the files of the bundle that were. */
  readonly loaded: readonly string[];
  /** The function's log: JSON lines. */
  readonly log: readonly string[];
  /** Those of them that are on standard output. */
  readonly printed: readonly string[];
}

/** Imports a bundle in a fresh Node 24 and hands it an event. */
export async function invoke(entry: string, event: unknown, env: Readonly<Record<string, string>>): Promise<Invoked> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "invoke-child.ts"), entry, JSON.stringify(event)], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const code = await new Promise((closed) => child.on("close", closed));
  const lines = `${out}\n${err}`.split("\n").filter((line) => line !== "");
  const result = lines.find((line) => line.startsWith("RESULT "));
  if (!result) throw new Error(`the bundle gave no result (exit ${String(code)}):\n${out}\n${err}`);
  return {
    ...(JSON.parse(result.slice("RESULT ".length)) as Invoked),
    log: lines.filter((line) => line.startsWith("{")),
    printed: out.split("\n").filter((line) => line.startsWith("{")),
  };
}
