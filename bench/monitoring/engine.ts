import { scrapeReader } from "../../local/monitoring/scrape-reader.ts";
import { startPrometheusScraper } from "../../local/monitoring/scraper.ts";
import { openWindow } from "../../local/monitoring/window.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { evaluateInstant } from "../../shared/core/monitoring/promql/evaluate.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { compileRelabel } from "../../shared/core/monitoring/relabel.ts";
import { scrapeTarget } from "../../shared/core/monitoring/scrape-target.ts";
import { configuration, exposition, INTERVAL_MS, RULES } from "./fleet.ts";

/** Our scraper, window and evaluator in a process of their own: `engine.ts ADDRESS WARM_MS MEASURE_MS HISTORY_MS`, one line of JSON. */
const [address = "", warmMs = "0", measureMs = "0", historyMs = "0"] = process.argv.slice(2);

const file = readPrometheusFile(configuration(address, []));
if (!file.ok) throw new Error(JSON.stringify(file.faults));
const { jobs } = file.settings;
const window = openWindow({ keepMs: 3_600_000, maxBytes: 256 * 1024 ** 2, now: Date.now });

/** What the window would hold after running for so long: read from the same texts, by the same reader. */
function remember(): void {
  const now = Date.now() - INTERVAL_MS;
  let number = 0;
  for (const job of jobs)
    for (const { targets, labels } of job.groups)
      for (const target of targets) {
        const found = scrapeTarget(job, target, labels, compileRelabel([]));
        if (found.kind !== "target") throw new Error("no target");
        const reader = scrapeReader(job, found.target.labels, undefined, window.writer());
        for (let at = now - Number(historyMs), round = 0; at < now; at += INTERVAL_MS, round += 1) {
          const body = new TextEncoder().encode(exposition(number, round));
          reader.take(at, { body, contentType: "text/plain" }, () => 0);
        }
        reader.close(now);
        number += 1;
      }
}

const exprs = RULES.map((rule) => {
  const parsed = parsePromql(rule);
  if (!parsed.ok) throw new Error(rule);
  return parsed.expr;
});
let evaluations = 0;
let rulesMs = 0;
const evaluate = () => {
  const before = performance.now();
  for (const expr of exprs) evaluateInstant(expr, window, Date.now());
  rulesMs += performance.now() - before;
  evaluations += 1;
};

remember();
const scraper = startPrometheusScraper({
  jobs,
  window,
  clock: {
    now: Date.now,
    speed: 1,
    at: (instant, fn) => {
      const timer = setTimeout(fn, instant - Date.now());
      return () => clearTimeout(timer);
    },
  },
  onError: (error) => process.stderr.write(`${(error as Error).message}\n`),
});
const rules = setInterval(evaluate, INTERVAL_MS);
await new Promise((resolve) => setTimeout(resolve, Number(warmMs)));
const [cpu, began] = [process.cpuUsage(), performance.now()];
await new Promise((resolve) => setTimeout(resolve, Number(measureMs)));
const used = process.cpuUsage(cpu);
const answer = {
  cores: (used.user + used.system) / 1000 / (performance.now() - began),
  rssBytes: process.memoryUsage().rss,
  rulesMs: rulesMs / Math.max(1, evaluations),
  series: window.series(),
  windowBytes: window.bytes(),
  up: scraper.targets().filter((target) => target.health === "up").length,
};
clearInterval(rules);
await scraper.stop();
process.stdout.write(`${JSON.stringify(answer)}\n`);
