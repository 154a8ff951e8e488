import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { changeIndex } from "../../functions/cost/bill-store.ts";
import { billWriter } from "../../functions/cost/bill-writer.ts";
import { collectBills } from "../../functions/cost/collect.ts";
import { costFromConfig } from "../../functions/cost/context.ts";
import { rememberImport } from "../../functions/cost/imported.ts";
import { daysOf } from "../../shared/core/cost/day.ts";
import { sums } from "../../shared/core/cost/report/sum.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";
import { takeIn } from "../../shared/core/cost/sources/take-in.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";

// A process of its own, so that its memory is that of the work: `write` or `read`, a folder, and how many thousand charges a day has.
const [mode, folder = ".", thousands = "1"] = process.argv.slice(2);
const [from, to] = ["2026-09-01", "2026-09-30"];
const { runtime: base } = directRuntime({ baseDir: folder });
const runtime = { ...base, objects: directoryObjects(folder) };
const work = costFromConfig({ runtime, tenant: "default" });

async function write(): Promise<number> {
  const place = { runtime, prefix: work.prefix, source: "import" };
  const writer = billWriter(place, work.now);
  const model = sampleDay({ seed: 1, day: from, copies: 62 }).slice(0, 1000);
  for (const day of daysOf(from, to))
    for (let piece = 0; piece < Number(thousands); piece += 1)
      // Resources of their own: nothing can be put together, which is the worst that a bill can be.
      await writer.add(model.map((one) => ({ ...one, day, resourceId: `${one.resourceId}/${piece}` })));
  const draft = await writer.finish({ name: "bench", at: work.now, finality: () => "closed" });
  await changeIndex(place, (index) => takeIn(index, draft));
  await rememberImport(work, place.source);
  return writer.rows();
}

async function read(): Promise<number> {
  const all = sums({ basis: "billed", groupBy: ["day", "service"] });
  const { days } = await collectBills(work, { from, to });
  for await (const { charges } of days) for (const charge of charges) all.add(charge);
  return all.result().charges;
}

process.stdout.write(`${await (mode === "write" ? write() : read())}\n`);
