import { existsSync } from "node:fs";
import type { Row } from "./row.ts";
import { pickRows } from "./traffic-pick.ts";
import { queueRows, spreadRows } from "./traffic-spread.ts";

/** Parts that may be absent, each a file that answers `rows()`: breakers, their stores, the gateway beside its peers. */
const PARTS = ["breaker", "circuits", "gateway"];

async function partRows(name: string): Promise<readonly Row[]> {
  const file = new URL(`./traffic-${name}.ts`, import.meta.url);
  if (!existsSync(file)) return [];
  const part = (await import(file.href)) as Partial<Record<"rows" | "bench", () => Promise<readonly Row[]>>>;
  return (await (part.rows ?? part.bench)?.()) ?? [];
}

/** Balancing in this process: picks, tables, queues; then breakers, circuits in stores and the gateway. */
export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [...pickRows(), ...spreadRows(), ...queueRows()];
  for (const part of PARTS) rows.push(...(await partRows(part)));
  return rows;
}
