import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { knownSeries } from "../shared/core/monitoring/exposition/known-series.ts";
import { parseExposition } from "../shared/core/monitoring/exposition/parse.ts";
import { scanExposition } from "../shared/core/monitoring/exposition/scan.ts";
import { PROMETHEUS, type Prometheus, startPrometheus } from "../test/peers/prometheus.ts";
import { configuration, exposition, INTERVAL_MS, RULES, SERIES, TARGETS } from "./monitoring/fleet.ts";
import { type Row, row } from "./row.ts";
import { medianMs } from "./timing.ts";

/** Held by ours when it is measured; scraped in 20 s before. */
const HISTORY_MS = 15 * 60_000;
/** Every target has been scraped once, and what was compiled for it is compiled. */
const WARM_MS = 2 * INTERVAL_MS;
const MEASURE_MS = 60_000;

/** Without it V8 keeps 100 MB for young objects after the first scrape of so many series, and uses none of it. */
const YOUNG = "--max-semi-space-size=8";

/** The first line of a script's output, and how to end it. */
function script(file: URL, args: readonly string[]): { readonly line: Promise<string>; readonly child: ChildProcess } {
  const child = spawn(process.execPath, [YOUNG, fileURLToPath(file), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (part: Buffer) => {
      said += part.toString("utf8");
      if (said.includes("\n")) resolve(said.split("\n")[0] as string);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${file.pathname} ended with ${code}`)));
  });
  return { line, child };
}

const rulesFile = JSON.stringify({
  groups: [{ name: "platform", rules: RULES.map((expr, index) => ({ alert: `Rule${index}`, expr, for: "1m" })) }],
});

/** Prometheus over the same targets with the same rules, where it is installed. */
async function peer(address: string): Promise<Prometheus | undefined> {
  if (!existsSync(PROMETHEUS)) return undefined;
  return startPrometheus({
    // YAML reads JSON.
    files: { "prometheus.yml": JSON.stringify(configuration(address, ["rules.yml"])), "rules.yml": rulesFile },
  });
}

/** What Prometheus says of its own process. */
async function figures({ endpoint }: Prometheus) {
  const { samples } = parseExposition(await (await fetch(`${endpoint}/metrics`)).text(), { format: "text" });
  const value = (name: string) => samples.find(({ labels }) => labels["__name__"] === name)?.value ?? Number.NaN;
  return { cpuSeconds: value("process_cpu_seconds_total"), rssBytes: value("process_resident_memory_bytes") };
}

async function running(address: string) {
  const prometheus = await peer(address);
  try {
    const { line } = script(
      new URL("./monitoring/engine.ts", import.meta.url),
      [address, WARM_MS, MEASURE_MS, HISTORY_MS].map(String),
    );
    // Both at once, so that whatever else the machine does, it does to both.
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const theirs = async () => {
      if (!prometheus) return undefined;
      await wait(WARM_MS);
      const [before, began] = [await figures(prometheus), performance.now()];
      await wait(MEASURE_MS);
      const after = await figures(prometheus);
      return {
        cores: ((after.cpuSeconds - before.cpuSeconds) * 1000) / (performance.now() - began),
        rssBytes: after.rssBytes,
      };
    };
    const [ours, other] = await Promise.all([line, theirs()]);
    return {
      ours: JSON.parse(ours) as { cores: number; rssBytes: number; rulesMs: number; up: number; series: number },
      theirs: other,
    };
  } finally {
    await prometheus?.stop();
  }
}

/** Samples per second: text of one target, read again and again. */
async function parsing(): Promise<{ readonly known: number; readonly fresh: number }> {
  const bytes = new TextEncoder().encode(exposition(1, 1));
  const known = knownSeries<object>();
  const times = 200;
  const item = {};
  const read = () => {
    for (let time = 0; time < times; time += 1) {
      known.begin();
      scanExposition(bytes, "text", {
        expected: known.expected,
        sample: (body, start, end) => {
          if (!known.find(body, start, end)) known.add(body, start, end, () => item);
          return undefined;
        },
      });
      known.commit(bytes);
    }
  };
  read();
  const knownMs = await medianMs(5, read);
  const freshMs = await medianMs(5, () => parseExposition(bytes, { format: "text" }));
  return { known: (times * SERIES * 1000) / knownMs, fresh: (SERIES * 1000) / freshMs };
}

/** Scraping and rules of a fleet, ours and Prometheus side by side; about two minutes. */
export async function bench(): Promise<readonly Row[]> {
  const speed = await parsing();
  const targets = script(new URL("./monitoring/targets.ts", import.meta.url), []);
  try {
    const port = /port (\d+)/.exec(await targets.line)?.[1];
    const { ours, theirs } = await running(`127.0.0.1:${port}`);
    const fleet = `${TARGETS} targets × ${SERIES} series every 15 s and five rules`;
    const name = "Prometheus 2.42, beside it in the same run";
    const mb = (bytes: number) => bytes / 1024 ** 2;
    return [
      row("monitoring", {
        measure: `${fleet}: CPU`,
        value: ours.cores,
        unit: "cores",
        bar: 1,
        peer: { name, value: theirs?.cores ?? null },
      }),
      row("monitoring", {
        measure: `${fleet}: RSS with 15 min of samples (peer: 90 s), ${YOUNG}`,
        value: mb(ours.rssBytes),
        unit: "MB",
        bar: 400,
        peer: { name, value: theirs ? mb(theirs.rssBytes) : null },
      }),
      row("monitoring", {
        measure: "targets up at the end",
        value: ours.up,
        unit: "targets",
        bar: TARGETS,
        better: "near",
      }),
      row("monitoring", { measure: "the five rules, one evaluation", value: ours.rulesMs, unit: "ms" }),
      row("monitoring", {
        measure: "reading text, series known",
        value: speed.known,
        unit: "samples/s",
        bar: 1_500_000,
        better: "higher",
      }),
      row("monitoring", { measure: "reading text into label sets", value: speed.fresh, unit: "samples/s" }),
    ];
  } finally {
    targets.child.stdin?.end();
  }
}
