import { parseArgs } from "node:util";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";

/** `npm start -- …`, read and checked. */
export interface StartOptions {
  /** The user's own configuration; absent: the example. */
  readonly config?: string;
  readonly trace?: string;
  /** Virtual seconds per second; absent: by what is run. */
  readonly speed?: number;
  readonly port: number;
  readonly data: string;
  readonly load: boolean;
  readonly quiet: boolean;
}

export const DEFAULT_PORT = 4180;
export const DEFAULT_DATA = ".headgate";
export const MOST_SPEED = 600;

export const START_USAGE = `Usage: npm start -- [options]        (installed: headgate start [options])

Runs the whole control plane on this machine: services as processes, a gateway, load, autoscaling, console.

  --config FILE   your own services (headgate.yaml) instead of the example
  --trace FILE    play a recorded load, CSV with the header timestamp,value
  --speed N       virtual seconds per second, 1..${MOST_SPEED} (default 120 with generated load, else 1)
  --port N        port of API and console on 127.0.0.1, 0 = any free one (default ${DEFAULT_PORT})
  --data DIR      folder of the state (default ${DEFAULT_DATA})
  --no-load       generate no load
  --quiet         no line per decision
  --help          this text

Example: npm start -- --config my.yaml --port 8080`;

/** The same for the CLI's own parser. */
export const START_FLAGS = {
  config: { type: "string" },
  trace: { type: "string" },
  speed: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  "no-load": { type: "boolean" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const wholeNumber = /^\d{1,9}$/;
const decimal = /^\d{1,6}(\.\d{1,6})?$/;

/**
 * Reads the arguments of `start`. Answers "help" when that is asked for.
 *
 * @throws HeadgateError `input.invalid` naming option, value and what is allowed
 */
export function readStartOptions(args: readonly string[]): StartOptions | "help" {
  let values: { readonly [name: string]: string | boolean | undefined };
  try {
    values = parseArgs({ args: [...args], options: START_FLAGS, allowPositionals: false }).values;
  } catch (cause) {
    throw new HeadgateError("input.invalid", (cause as Error).message.split(". To specify")[0] ?? "bad options", {
      cause,
    });
  }
  if (values["help"] === true) return "help";
  const faults: Fault[] = [];
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (value !== "") return typeof value === "string" ? value : undefined;
    faults.push({ path: `--${name}`, message: "is empty", allowed: "a name" });
    return undefined;
  };
  const number = (name: string, form: RegExp, least: number, most: number): number | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    const value = form.test(given) ? Number(given) : Number.NaN;
    if (value >= least && value <= most) return value;
    const kind = form === wholeNumber ? "whole number" : "number";
    faults.push({
      path: `--${name}`,
      message: "is not allowed",
      value: given.slice(0, 40),
      allowed: `${kind} ${least}..${most}`,
    });
    return undefined;
  };
  const config = text("config");
  const trace = text("trace");
  const speed = number("speed", decimal, 1, MOST_SPEED);
  const options: StartOptions = {
    ...(config === undefined ? {} : { config }),
    ...(trace === undefined ? {} : { trace }),
    ...(speed === undefined ? {} : { speed }),
    port: number("port", wholeNumber, 0, 65_535) ?? DEFAULT_PORT,
    data: text("data") ?? DEFAULT_DATA,
    load: values["no-load"] !== true,
    quiet: values["quiet"] === true,
  };
  if (faults.length === 0) return options;
  const [first] = faults;
  const said = faults.map(
    (one) => `${one.path} ${one.message}${one.value ? `: ${one.value}` : ""} (allowed: ${one.allowed})`,
  );
  throw new HeadgateError("input.invalid", first ? said.join("; ") : "bad options", { faults });
}
