import { join } from "node:path";
import { processCost } from "./cost/process-cost.ts";
import { withFolder } from "./parts.ts";
import { type Row, row } from "./row.ts";

const NOUN = "cost-kept";
const SCRIPT = join(import.meta.dirname, "cost", "keep-days.ts");
/** Thousands of charges a day, of 30 days. */
const [FEW, MANY] = [10, 100];
/** What is held grows with what waits to be written, not with the bill. */
const MEGABYTES = 600;
/** Ten times the bill may not cost twice the memory. */
const GROWTH = 2;

/** Days of bills in the object store: 30 of 100,000 charges each that have nothing in common, written and read in processes of their own. */
export async function bench(): Promise<readonly Row[]> {
  const measured = async (thousands: number) =>
    withFolder(async (folder) => {
      const run = async (mode: string) => {
        const { ms, megabytes, stdout } = await processCost([SCRIPT, mode, folder, `${thousands}`]);
        if (Number(stdout) !== thousands * 30_000) throw new Error(`${mode}: ${stdout} charges`);
        return { seconds: ms / 1000, megabytes };
      };
      return { write: await run("write"), read: await run("read") };
    });
  const few = await measured(FEW);
  const many = await measured(MANY);
  return (["write", "read"] as const).flatMap((mode) => [
    row(NOUN, {
      measure: `${mode} 30 days of 100,000 charges: memory`,
      ...{ value: many[mode].megabytes, unit: "MB", bar: MEGABYTES },
    }),
    row(NOUN, {
      measure: `${mode}: memory of ten times the charges`,
      ...{ value: many[mode].megabytes / few[mode].megabytes, unit: "times", bar: GROWTH },
    }),
    row(NOUN, {
      measure: `${mode} 30 days of 100,000 charges: time`,
      ...{ value: many[mode].seconds, unit: "s" },
    }),
  ]);
}
