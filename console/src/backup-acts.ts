import type { BackupPlan, BackupPoint, BackupPrune } from "../../functions/api/views-backup.ts";
import {
  beginDrill,
  commandRestore,
  healPlan,
  holdPoint,
  prunePlan,
  recordOf,
  releasePoint,
  runNow,
  stopRun,
  verifyPoint,
} from "./api-backup.ts";
import { bytes } from "./backup-words.ts";
import { plural, told } from "./format.ts";
import type { BackupAct } from "./parts/backup/act.tsx";

const places = (names: readonly string[]): string => names.join(" and ");

export const runAct = ({ plan, destinations, parts }: BackupPlan): BackupAct => ({
  ...{ title: "Run now", subject: plan, button: "Run now", reason: true },
  consequences: [
    `A restore point is taken now and written to ${places(destinations)}: ${parts.join(", ")}.`,
    "What earlier points hold already is not read again. The next run by schedule comes all the same.",
  ],
  send: async (said, key) => {
    const { reason, text } = await runNow(plan, said, key);
    return { told: [told(text)], decisions: await recordOf(`run:${plan}`, reason) };
  },
});

export const stopAct = (plan: string, id: string): BackupAct => ({
  ...{ title: "Stop the run", subject: id, button: "Stop", reason: true },
  consequences: [
    "No restore point comes of it: what it has read so far is thrown away.",
    "Earlier points are not touched, and the next run comes by schedule.",
  ],
  send: async (said, key) => {
    const { reason, text } = await stopRun(plan, { ...said, id }, key);
    return { told: [told(text)], decisions: await recordOf(`run:${plan}`, reason) };
  },
});

export const drillAct = (plan: string): BackupAct => ({
  ...{ title: "Hold a drill", subject: plan, button: "Begin the drill", reason: true },
  consequences: [
    "A restore point is restored under names of its own, every record is compared, and all of it is removed again.",
    "How long that takes is the RTO that is proven, and how old the point is the RPO.",
  ],
  send: async (said, key) => {
    const { id } = await beginDrill(plan, said, key);
    return { told: [`${id} begins.`], decisions: await recordOf(`drill:${plan}`, "started") };
  },
});

export const healAct = ({ plan, destinations }: BackupPlan): BackupAct => ({
  ...{ title: "Heal", subject: plan, button: "Heal", reason: false },
  consequences: [
    `Points that lack something at ${places(destinations)} get it from the place that has it, checked by its hash.`,
    "Nothing is overwritten that is sound, and nothing is removed.",
  ],
  send: async (_, key) => {
    const { healed, failed } = await healPlan(plan, key);
    const done = healed.map(({ id, place }) => `${id} is whole at ${place} now.`);
    const not = failed.map(({ id, place, why }) => `${id} at ${place}: ${why}`);
    return {
      told: done.length + not.length === 0 ? ["Every point is whole already."] : [...done, ...not],
      ok: not.length === 0,
    };
  },
});

/** What pruning comes to: sentences of each place. */
export const pruneTexts = ({ remove, places: at, dryRun }: BackupPrune): readonly string[] => [
  remove.length === 0
    ? "Nothing is too old."
    : `${plural(remove.length, "point")} ${dryRun ? "would go" : remove.length === 1 ? "is gone" : "are gone"}.`,
  ...at.map(({ place, status, why, objects, freedBytes, locked }) =>
    status === "done" || status === "planned"
      ? `${place}: ${plural(objects, "object")}, ${bytes(freedBytes)}${locked.length > 0 ? `, ${locked.length} kept by their lock` : ""}.`
      : `${place}: ${status}: ${why ?? "nobody said why"}`,
  ),
];

export const pruneAct = (plan: string, dry: BackupPrune): BackupAct => ({
  ...{ title: "Apply retention", subject: plan, button: "Remove", reason: false, typed: plan },
  consequences: [
    ...pruneTexts(dry),
    "What goes cannot be had back. What a kept point needs stays, and that is proven before anything is removed.",
  ],
  send: async (_, key) => {
    const done = await prunePlan(plan, key);
    return { told: pruneTexts(done), ok: done.places.every(({ status }) => status === "done") };
  },
});

export const verifyAct = ({ plan, id }: Pick<BackupPoint, "plan" | "id">, deep: boolean): BackupAct => ({
  ...{ title: deep ? "Verify deeply" : "Verify", subject: id, button: "Verify", reason: false },
  consequences: [
    "Every object of the point is read at every place and held against its hash.",
    deep
      ? "Every record is unpacked and read as well: that takes longer."
      : "Records are not unpacked: that is the deep one.",
  ],
  send: async (_, key) => {
    await verifyPoint(plan, id, deep, key);
    return { told: ["A worker has it. What it finds is listed under verifications."] };
  },
});

export const holdAct = ({ plan, id }: Pick<BackupPoint, "plan" | "id">): BackupAct => ({
  ...{ title: "Hold", subject: id, button: "Hold", reason: true },
  consequences: ["Retention leaves this point, and all it needs, alone until the hold is taken away."],
  send: async ({ why, by }, key) => {
    await holdPoint(plan, id, { reason: why, ...(by === undefined ? {} : { by }) }, key);
    return { told: ["It is held."] };
  },
});

export const releaseAct = ({ plan, id }: Pick<BackupPoint, "plan" | "id">): BackupAct => ({
  ...{ title: "Take the hold away", subject: id, button: "Release", reason: false, typed: id },
  consequences: ["From then on retention counts this point as any other: it may go with the next run."],
  send: async (_, key) => {
    await releasePoint(plan, id, key);
    return { told: ["It is held no more."] };
  },
});

export const restoreAct = (plan: string, id: string, verb: "approve" | "cancel"): BackupAct => ({
  title: verb === "approve" ? "Approve the restore" : "Cancel the restore",
  ...{ subject: id, button: verb === "approve" ? "Approve" : "Cancel it", reason: true },
  ...(verb === "approve" ? {} : { typed: id }),
  consequences:
    verb === "approve"
      ? ["It begins at once: what its plan below says is written."]
      : ["Nothing more is written. What has been restored so far stays where it is."],
  send: async (said, key) => {
    await commandRestore(plan, id, verb, said, key);
    const reason = verb === "approve" ? "approved" : "cancelled";
    return { told: ["Decided and recorded."], decisions: await recordOf(`restore:${id}`, reason) };
  },
});
