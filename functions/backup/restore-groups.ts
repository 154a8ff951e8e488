import type { GroupPlan, GroupPosition, RestorePlan } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { GroupOffset, Offset } from "../../shared/core/kernel/streams.ts";
import { locate } from "./restore-locate.ts";
import type { PartitionDone, RestoreContext } from "./restore-types.ts";

export interface GroupDone {
  readonly source: string;
  readonly target: string;
  /** `set`: every position is what it should be, read back from the cluster. `partly`, `failed`: see why. `left`: nothing was done. */
  readonly status: "set" | "partly" | "failed" | "left";
  readonly why?: string;
  readonly positions: readonly (GroupPosition & {
    /** As the cluster says after it was set; absent: it says nothing. */
    readonly now?: Offset;
    readonly verified: boolean;
  })[];
}

const place = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

/** Where every position lands, now that the records are in; none goes beyond what is there. */
async function settled(
  context: RestoreContext,
  plan: RestorePlan,
  done: ReadonlyMap<string, PartitionDone>,
  { positions }: GroupPlan,
): Promise<readonly GroupPosition[]> {
  const cluster = context.source.parts.manifest.cluster?.id ?? "";
  const landed: GroupPosition[] = [];
  for (const position of positions) {
    const { topic, partition, source, lands } = position;
    const part = done.get(place(position));
    if (lands === "not" || lands === "kept") {
      landed.push(position);
      continue;
    }
    if (part?.status !== "done") {
      const why = `its partition is not whole${part?.why ? `: ${part.why}` : ""}`;
      if (position.offset === undefined || !part || part.next === 0) landed.push({ ...position, lands: "not", why });
      else if (position.offset <= part.next) landed.push(position);
      else landed.push({ ...position, lands: "earlier", offset: part.next, by: position.offset - part.next, why });
      continue;
    }
    if (position.offset !== undefined) {
      landed.push(position);
      continue;
    }
    const known = part.positions.find(([old]) => old === source.offset)?.[1];
    const from = { cluster, topic: source.topic, partition, point: plan.selection };
    const offset = known ?? (await locate(context.streams, { topic, partition }, [source.offset], from))[0]?.[1];
    landed.push(
      offset === undefined ? { ...position, lands: "not", why: "its records are not found" } : { ...position, offset },
    );
  }
  return landed;
}

/**
 * Sets the positions of one group and reads them back: that a call was answered well is no proof.
 */
export async function restoreGroup(
  context: RestoreContext,
  plan: RestorePlan,
  done: ReadonlyMap<string, PartitionDone>,
  group: GroupPlan,
): Promise<GroupDone> {
  const { source, target } = group;
  const untouched = (status: "left" | "failed", why: string): GroupDone => ({
    source,
    target,
    status,
    why,
    positions: group.positions.map((one) => ({ ...one, verified: false })),
  });
  if (group.refused !== undefined) return untouched("left", group.refused);
  try {
    const positions = await settled(context, plan, done, group);
    const offsets = positions.flatMap((one): readonly GroupOffset[] =>
      one.offset === undefined || one.lands === "not" || one.lands === "kept"
        ? []
        : [
            {
              topic: one.topic,
              partition: one.partition,
              offset: one.offset,
              ...(one.metadata === undefined ? {} : { metadata: one.metadata }),
            },
          ],
    );
    if (offsets.length > 0) {
      const set = await context.streams.setGroupOffsets(target, offsets);
      if (set.status === "refused") return untouched("failed", `the cluster refused its positions: ${set.why}`);
    }
    const [now] = await context.streams.groups([target]);
    const read = positions.map((one) => {
      const found = now?.offsets.find(({ topic, partition }) => topic === one.topic && partition === one.partition);
      const verified = one.lands === "not" ? false : one.lands === "kept" || found?.offset === one.offset;
      return { ...one, ...(found ? { now: found.offset } : {}), verified };
    });
    const wrong = read.filter(({ verified }) => !verified);
    const unset = wrong.filter(({ lands }) => lands !== "not");
    if (wrong.length === 0) return { source, target, status: "set", positions: read };
    const named = wrong
      .slice(0, 3)
      .map((one) => `${place(one)} (${one.why ?? `is ${one.now ?? "absent"}, should be ${one.offset}`})`);
    const why = `${wrong.length} of ${read.length} positions are not as they should be: ${named.join(", ")}`;
    return { source, target, status: unset.length === read.length ? "failed" : "partly", why, positions: read };
  } catch (error) {
    if (error instanceof HeadgateError && error.retryable) throw error;
    return untouched("failed", error instanceof Error ? error.message : String(error));
  }
}
