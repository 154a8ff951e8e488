import { parseArgs } from "node:util";
import type { Row } from "./row.ts";
import { table } from "./table.ts";

/** One bench per noun, loaded only when asked for. */
const BENCHES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  alerting: async () => (await import("./alerting.ts")).bench(),
  anomaly: async () => (await import("./anomaly.ts")).bench(),
  "anomaly-fold": async () => (await import("./anomaly-fold.ts")).bench(),
  backup: async () => (await import("./backup.ts")).bench(),
  "backup-kafka": async () => (await import("./backup-kafka.ts")).bench(),
  "backup-kill": async () => (await import("./backup-kill.ts")).bench(),
  autoscaling: async () => (await import("./autoscaling.ts")).bench(),
  "autoscaling-lag": async () => (await import("./autoscaling-lag.ts")).bench(),
  "autoscaling-tune": async () => (await import("./autoscaling-tune.ts")).bench(),
  "backup-roundtrip": async () => (await import("./backup-roundtrip.ts")).bench(),
  "backup-throughput": async () => (await import("./backup-throughput.ts")).bench(),
  cost: async () => (await import("./cost.ts")).bench(),
  "cost-allocate": async () => (await import("./cost-allocate.ts")).bench(),
  "cost-bill": async () => (await import("./cost-bill.ts")).bench(),
  "cost-forecast": async () => (await import("./cost-forecast.ts")).bench(),
  "cost-kept": async () => (await import("./cost-kept.ts")).bench(),
  "cost-requests": async () => (await import("./cost-requests.ts")).bench(),
  "cost-retention": async () => (await import("./cost-retention.ts")).bench(),
  "cost-saving": async () => (await import("./cost-saving.ts")).bench(),
  delivery: async () => (await import("./delivery.ts")).bench(),
  "delivery-flink": async () => (await import("./delivery-flink.ts")).bench(),
  "delivery-gate": async () => (await import("./delivery-gate.ts")).bench(),
  "delivery-flags": async () => (await import("./delivery-flags.ts")).bench(),
  "delivery-kill": async () => (await import("./delivery-kill.ts")).bench(),
  "delivery-local": async () => (await import("./delivery-local.ts")).bench(),
  oncall: async () => (await import("./oncall.ts")).bench(),
  load: async () => (await import("./load.ts")).bench(),
  kernel: async () => (await import("./kernel.ts")).bench(),
  monitoring: async () => (await import("./monitoring.ts")).bench(),
  promql: async () => (await import("./promql.ts")).bench(),
  scoring: async () => (await import("./scoring.ts")).bench(),
  slo: async () => (await import("./slo.ts")).bench(),
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
    // `backup`, `cost` and `delivery` are all of their parts, which stand in the list as well.
    const all = Object.keys(BENCHES).filter((noun) => !["backup", "cost", "delivery"].includes(noun));
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
