import { mkdirSync } from "node:fs";
import { driveRun, openDirect } from "../functions/backup/direct.ts";
import { asks, parsePlan } from "./backup-kafka-plan.ts";

/** One process that does one thing with a real cluster, so that its time and its memory are its own: prints figures as JSON. */
const [what = "", brokers = "", folder = "", topics = "*"] = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
const { context, close } = openDirect(parsePlan(brokers, folder, topics.split(",")), "bench");
const before = process.cpuUsage();
const began = performance.now();
const figures = what === "run" ? await takePoint() : await asks[what as keyof typeof asks](context);
const seconds = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage(before);
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ ...figures, seconds, cpuSeconds: (user + system) / 1e6, peak: maxRSS * 1_024 }));
await close();

async function takePoint() {
  const { outcome, text, point } = await driveRun(context, { workers: 1 });
  if (outcome !== "sealed" || !point) throw new Error(text);
  return { id: point.id, raw: point.newBytes, records: point.newRecords, stored: point.storedBytes };
}
