import type { JobSlots } from "../core/ports/jobs.ts";
import { type FlinkCall, isRecord } from "./flink-calls.ts";

/** A task manager as `/taskmanagers` lists it. */
interface TaskManager {
  readonly id: string;
  readonly slots: number;
  readonly free: number;
}

/** Requests under way at once. */
const AT_ONCE = 8;

const count = (value: unknown): number => (typeof value === "number" && value >= 0 ? value : 0);

export function readManagers(body: unknown): readonly TaskManager[] | undefined {
  const all = isRecord(body) ? body["taskmanagers"] : undefined;
  if (!Array.isArray(all)) return undefined;
  return all.flatMap((one: unknown) =>
    isRecord(one) && typeof one["id"] === "string"
      ? [{ id: one["id"], slots: count(one["slotsNumber"]), free: count(one["freeSlots"]) }]
      : [],
  );
}

/** Who has which slots: each task manager says it of its own (Flink 1.13 and later). One that went meanwhile has none. */
export async function slotsOf(call: FlinkCall, managers: readonly TaskManager[]): Promise<JobSlots> {
  const jobs: Record<string, number> = {};
  const busy = managers.filter(({ slots, free }) => slots > free);
  for (let at = 0; at < busy.length; at += AT_ONCE) {
    const answers = await Promise.all(
      busy.slice(at, at + AT_ONCE).map(({ id }) => call("GET", `/taskmanagers/${encodeURIComponent(id)}`)),
    );
    for (const { status, body } of answers) {
      const slots = status === 200 && isRecord(body) ? body["allocatedSlots"] : undefined;
      for (const slot of Array.isArray(slots) ? (slots as readonly unknown[]) : []) {
        const job = isRecord(slot) ? slot["jobId"] : undefined;
        if (typeof job === "string") jobs[job] = (jobs[job] ?? 0) + 1;
      }
    }
  }
  const sum = (of: "slots" | "free") => managers.reduce((total, one) => total + one[of], 0);
  return { total: sum("slots"), free: sum("free"), jobs };
}
