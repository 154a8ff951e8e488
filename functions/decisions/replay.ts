import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import type { ReplayView } from "../api/views.ts";
import { machines } from "../machines.ts";

/** Recomputes records and compares them member by member with what was recorded then. */
export async function replayAll(records: readonly DecisionRecord[]): Promise<ReplayView> {
  const differences: ReplayView["differences"][number][] = [];
  let same = 0;
  let skipped = 0;
  for (const record of records) {
    const result = await replayWith(machines, record);
    if (result === undefined) skipped += 1;
    else if (result.same) same += 1;
    else for (const difference of result.differences) differences.push({ id: record.id, ...difference });
  }
  return { checked: records.length - skipped, same, skipped, differences };
}
