import { bench as kafka } from "./backup-kafka.ts";
import { bench as kill } from "./backup-kill.ts";
import { bench as roundtrip } from "./backup-roundtrip.ts";
import { bench as throughput } from "./backup-throughput.ts";
import type { Row } from "./row.ts";

/** Every bar of backup: bytes without a broker, a real broker, runs killed at every point. */
export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const one of [throughput, kafka, roundtrip, kill]) rows.push(...(await one()));
  return rows;
}
