import { startPrometheusScraper } from "../../local/monitoring/scraper.ts";
import { openWindow } from "../../local/monitoring/window.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { evaluateInstant } from "../../shared/core/monitoring/promql/evaluate.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { configuration, INTERVAL_MS, RULES } from "./fleet.ts";

/** Our scraper, window and evaluator in a process of their own: `engine.ts ADDRESS WARM_MS MEASURE_MS HISTORY_MS`, one line of JSON. */
const [address = "", warmMs = "0", measureMs = "0", historyMs = "0"] = process.argv.slice(2);

const file = readPrometheusFile(configuration(address, []));
if (!file.ok) throw new Error(JSON.stringify(file.faults));

/** The history is scraped like everything else, only faster: so many virtual seconds a second, at first. */
const FAST = 45;
const fastMs = Number(historyMs) / FAST;
const began = performance.now();
const origin = Date.now() - Number(historyMs);
const now = () => {
  const passed = performance.now() - began;
  return Math.floor(origin + Math.min(passed, fastMs) * FAST + Math.max(0, passed - fastMs));
};
const clock = {
  now,
  speed: FAST,
  at: (instant: number, fn: () => void) => {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const rate = performance.now() - began < fastMs ? FAST : 1;
      const wait = (instant - now()) / rate;
      if (wait <= 0) timer = setTimeout(fn, 0);
      // In pieces, because the rate may change meanwhile.
      else timer = setTimeout(arm, Math.min(Math.ceil(wait), 1_000));
    };
    arm();
    return () => clearTimeout(timer);
  },
};
const window = openWindow({ keepMs: 3_600_000, maxBytes: 256 * 1024 ** 2, now });

const exprs = RULES.map((rule) => {
  const parsed = parsePromql(rule);
  if (!parsed.ok) throw new Error(rule);
  return parsed.expr;
});
let evaluations = 0;
let rulesMs = 0;
const evaluate = () => {
  const before = performance.now();
  for (const expr of exprs) evaluateInstant(expr, window, now());
  rulesMs += performance.now() - before;
  evaluations += 1;
};

const scraper = startPrometheusScraper({
  jobs: file.settings.jobs,
  window,
  clock,
  onError: (error) => process.stderr.write(`${(error as Error).message}\n`),
});
await new Promise((resolve) => setTimeout(resolve, fastMs));
const rules = setInterval(evaluate, INTERVAL_MS);
await new Promise((resolve) => setTimeout(resolve, Number(warmMs)));
const [cpu, from] = [process.cpuUsage(), performance.now()];
await new Promise((resolve) => setTimeout(resolve, Number(measureMs)));
const used = process.cpuUsage(cpu);
const answer = {
  cores: (used.user + used.system) / 1000 / (performance.now() - from),
  rssBytes: process.memoryUsage().rss,
  rulesMs: rulesMs / Math.max(1, evaluations),
  series: window.series(),
  windowBytes: window.bytes(),
  samples: window.select([], 0, now()).reduce((sum, one) => sum + one.times.length, 0),
  up: scraper.targets().filter((target) => target.health === "up").length,
};
clearInterval(rules);
await scraper.stop();
process.stdout.write(`${JSON.stringify(answer)}\n`);
