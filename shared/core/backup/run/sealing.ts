import { formatDuration } from "../../kernel/time.ts";
import { makeParts } from "./copying.ts";
import { ask, backOff, clause, enter, hold, mayTry, moved, type Scene } from "./moves.ts";
import type { BackupRun, Beside, PointNote, RunAction, RunMoved, TellEvent } from "./types.ts";

/** How often somebody is asked to verify. That nobody could does not take the point away. */
const MOST_VERIFICATIONS = 3;

/** Of the deadline: a savepoint that takes longer keeps the cut back no more. */
const SAVEPOINTS_SHARE = 0.25;

/** Whether the cut has to wait for savepoints: a job that went on from one would else skip what was written behind the end of the restored topics. */
function awaited({ parts, startedAt, deadline }: BackupRun, { config, now }: Scene): boolean {
  const note = parts.flink;
  if (!config.parts.includes("flink") || now >= startedAt + SAVEPOINTS_SHARE * (deadline - startedAt)) return false;
  return !note || (note.status === "waiting" && note.ready !== true);
}

export function cutting(before: BackupRun, scene: Scene, avoid: readonly string[]): RunMoved {
  let run = before;
  if (run.cut) return moved(enter(run, "copying", scene.now), "cut_taken", cutText(run.cut));
  if (awaited(run, scene)) {
    const made = makeParts(run, scene, ["flink"]);
    run = made.run;
    const text = "savepoints are taken before the cut";
    if (made.actions.length > 0) return moved(run, "parts_asked", text, made.actions);
    if (awaited(run, scene)) return hold(run, "held_waiting", text);
  }
  const not = mayTry(run, scene, "the cut");
  if (not) return not;
  return moved(run, "cut_asked", "offsets, settings and groups are read at one moment", [
    ask(run, scene, { type: "take_cut", avoid }),
  ]);
}

const cutText = ({ kind, topics, partitions, units, previous }: NonNullable<BackupRun["cut"]>): string =>
  `cut taken: ${topics} topics with ${partitions} partitions, ${units} units to read, ${kind}${previous === undefined ? "" : ` on ${previous}`}`;

export function folding(run: BackupRun, scene: Scene): RunMoved {
  const { config, now } = scene;
  if (run.draft !== undefined) return moved(enter(run, "sealing", now), "sealing", "everything is put together");
  const not = mayTry(run, scene, "putting the point together");
  if (not || !run.cut) return not ?? moved(enter(run, "cutting", now), "progressed", "there is no cut yet");
  const parts: { [kind in Beside]?: { name?: string; why?: string } } = {};
  for (const kind of config.parts) {
    const note = run.parts[kind];
    parts[kind] =
      note?.status === "done" && note.name !== undefined ? { name: note.name } : { why: note?.why ?? "nobody made it" };
  }
  const { startedAt } = run;
  return moved(run, "sealing", "what was read is put together", [
    ask(run, scene, { type: "fold", cut: run.cut.name, startedAt, finishedAt: now, parts }),
  ]);
}

export function sealing(run: BackupRun, scene: Scene): RunMoved {
  const { config, now } = scene;
  if (run.point) {
    const { id, at, missing } = run.point;
    const where = `${id} is at ${at.join(" and ")}${missing.length > 0 ? `, and not at ${missing.join(" and ")}` : ""}`;
    return moved(enter(run, "verifying", now), "sealed", where);
  }
  const not = mayTry(run, scene, "sealing");
  if (not) return not;
  if (run.draft === undefined) return moved(enter(run, "folding", now), "progressed", "nothing is put together yet");
  return moved(run, "sealing", `the manifest is written, ${config.plan} has a new point then`, [
    ask(run, scene, { type: "seal", draft: run.draft }),
  ]);
}

export function verifying(run: BackupRun, scene: Scene): RunMoved {
  const { config, now } = scene;
  const found = run.verified ?? scene.look.verified;
  if (config.verify === "off") return finished(run, scene, "not_done", "verification is off");
  if (found) return finished({ ...run, verified: found }, scene, found.ok ? "ok" : "failed", found.text);
  const silent = run.asked !== undefined && now - run.asked >= config.silenceMs;
  const failed = scene.look.failed?.find(({ unit }) => unit === VERIFICATION);
  const failures = run.failures + (silent || failed ? 1 : 0);
  const trouble = failed?.why ?? (silent ? "its worker fell silent" : run.trouble);
  if (failures >= MOST_VERIFICATIONS)
    return finished(run, scene, "not_done", `nobody could verify it: ${trouble ?? "nobody said why"}`);
  if (silent || failed) {
    const { asked: _, ...rest } = run;
    const again = {
      ...rest,
      failures,
      againAt: now + backOff(config, failures),
      ...(trouble === undefined ? {} : { trouble }),
    };
    return moved(again, "progressed", `verification failed (${trouble}) and is tried again`);
  }
  if (run.asked !== undefined) return hold(run, "held_waiting", "it is being verified");
  if (run.againAt !== undefined && now < run.againAt)
    return hold(run, "held_back_off", `verification failed; again in ${formatDuration(run.againAt - now)}`);
  return moved({ ...run, asked: now }, "verification_asked", "what was written is read back", [
    ask(run, scene, { type: "verify", depth: config.verify }),
  ]);
}

/** The number under which a worker tells that verification failed. */
export const VERIFICATION = -1;

function finished(run: BackupRun, scene: Scene, verified: NonNullable<PointNote["verified"]>, text: string): RunMoved {
  if (!run.point) return moved(enter(run, "sealing", scene.now), "progressed", "there is no point yet");
  const point: PointNote = { ...run.point, verified };
  const actions: RunAction[] = [ask(run, scene, { type: "prune", sealed: true }), tellOf(run, scene, point, text)];
  const reason = verified === "failed" ? "damaged" : "finished";
  const kind = verified === "failed" ? "vetoed" : "chosen";
  return {
    run: { ...run, point },
    actions,
    reason,
    trace: [clause(kind, "verifying", text)],
    ended: { outcome: "sealed", text: `${point.id}: ${text}` },
  };
}

/** Places that a point is not at, each with what it said. */
export const missingText = ({ missing, missingWhy = [] }: Pick<PointNote, "missing" | "missingWhy">): string =>
  missing
    .map((place, index) => (missingWhy[index] === undefined ? place : `${place} (${missingWhy[index]})`))
    .join(" and ");

/** What people are told of a new point: what is not as it should be, and that the rest is over. */
function tellOf(run: BackupRun, scene: Scene, point: PointNote, text: string): RunAction {
  const raise: { event: TellEvent; text: string }[] = [];
  if (point.alarming.length > 0) raise.push({ event: "gaps", text: point.alarming.join("; ") });
  if (point.missing.length > 0)
    raise.push({
      event: "degraded",
      text: `${point.id} is not at ${missingText(point)}; the next run heals it`,
    });
  if (point.verified === "failed") raise.push({ event: "damaged", text: `${point.id}: ${text}` });
  const all: readonly TellEvent[] = ["failed", "missed", "gaps", "degraded", "damaged"];
  const end = all.filter((event) => !raise.some((one) => one.event === event));
  return ask(run, scene, { type: "tell", raise, end });
}
