import { idleMegabytes, promptSeconds } from "./prompt.ts";
import { type Row, row } from "./row.ts";

/** What a user waits for and what the laptop carries: `npm start`, after install. */
export async function bench(): Promise<readonly Row[]> {
  const { decision, scaleOut } = await promptSeconds();
  const idle = await idleMegabytes();
  return [
    row("start", { measure: "prompt to first decision", value: decision, unit: "s", bar: 15 }),
    row("start", { measure: "prompt to first scale-out", value: scaleOut, unit: "s", bar: 60 }),
    ...(idle === undefined
      ? []
      : [row("start", { measure: "resident memory idle, besides the services", value: idle, unit: "MB", bar: 250 })]),
  ];
}
