import { parseArgs } from "node:util";
import type { Row } from "./row.ts";
import { table } from "./table.ts";

/** One bench per noun, loaded only when asked for. */
const BENCHES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  alerting: async () => (await import("./alerting.ts")).bench(),
  anomaly: async () => (await import("./anomaly.ts")).bench(),
  "anomaly-fold": async () => (await import("./anomaly-fold.ts")).bench(),
  autoscaling: async () => (await import("./autoscaling.ts")).bench(),
  delivery: async () => (await import("./delivery.ts")).bench(),
  "delivery-flink": async () => (await import("./delivery-flink.ts")).bench(),
  "delivery-gate": async () => (await import("./delivery-gate.ts")).bench(),
  "delivery-flags": async () => (await import("./delivery-flags.ts")).bench(),
  "delivery-kill": async () => (await import("./delivery-kill.ts")).bench(),
  "delivery-local": async () => (await import("./delivery-local.ts")).bench(),
  kernel: async () => (await import("./kernel.ts")).bench(),
  monitoring: async () => (await import("./monitoring.ts")).bench(),
  promql: async () => (await import("./promql.ts")).bench(),
  scoring: async () => (await import("./scoring.ts")).bench(),
  start: async () => (await import("./start.ts")).bench(),
  traffic: async () => (await import("./traffic.ts")).bench(),
  "traffic-gateway": async () => (await import("./traffic-gateway.ts")).bench(),
  "traffic-storm": async () => (await import("./traffic-storm.ts")).bench(),
};

const USAGE = `usage: npm run bench -- <${Object.keys(BENCHES).join("|")}>... [--json]
Without a noun every bench runs. Exit 0: all bars met, 1: a bar was missed, 2: bad usage.`;

function usage(message: string): never {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

function read(): { nouns: readonly string[]; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      process.exit(0);
    }
    const unknown = positionals.find((noun) => !Object.hasOwn(BENCHES, noun));
    if (unknown !== undefined) usage(`unknown bench "${unknown}"`);
    // `delivery` is all of its parts, which stand in the list as well.
    const all = Object.keys(BENCHES).filter((noun) => noun !== "delivery");
    return { nouns: positionals.length > 0 ? positionals : all, json: values.json };
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const { nouns, json } = read();
const rows: Row[] = [];
for (const noun of nouns) rows.push(...((await BENCHES[noun]?.()) ?? []));
process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : `${table(rows)}\n`);
process.exitCode = rows.every((row) => row.ok) ? 0 : 1;
