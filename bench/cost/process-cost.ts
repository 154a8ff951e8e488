import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface ProcessCost {
  /** From the start of the process to its end, ms. */
  readonly ms: number;
  /** The most it held, megabytes. */
  readonly megabytes: number;
  readonly stdout: string;
}

const root = join(import.meta.dirname, "..", "..");
/** Says at its end how much memory it held at the most. */
const METER =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxrss "+process.resourceUsage().maxRSS+"\\n"))';

/** Runs Node on something and measures the whole process, its start included. */
export async function processCost(args: readonly string[]): Promise<ProcessCost> {
  const from = performance.now();
  const child = spawn(process.execPath, ["--import", METER, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  const ms = performance.now() - from;
  const kilobytes = Number(/^maxrss (\d+)$/m.exec(stderr)?.[1]);
  if (status !== 0 || Number.isNaN(kilobytes))
    throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  return { ms, megabytes: kilobytes / 1024, stdout };
}
