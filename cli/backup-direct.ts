import type { Place } from "../functions/backup/place.ts";
import type { BackupRunView } from "../functions/backup/views.ts";
import type { BackupConfig } from "../shared/core/backup/section.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import type { DirectSource } from "./backup-options.ts";
import type { BackupWork } from "./backup-work.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";
import type { Progress } from "./progress-bar.ts";

const KMS = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/.+$/;

/** What a run is at, as the bar shows it. */
export function runProgress(view: BackupRunView): Progress {
  const total = view.totalBytes;
  if (view.phase === "copying" || view.phase === "collecting")
    return {
      doing: view.phase,
      done: view.bytes,
      ...(total === undefined ? {} : { total: Math.max(total, view.bytes) }),
    };
  return { doing: view.phase, done: view.bytes };
}

/** Ctrl-C ends the work in order: what it has begun is finished or given up, not left. */
function interruptible(): { readonly signal: AbortSignal; readonly end: () => void } {
  const abort = new AbortController();
  const stop = () => abort.abort(new Error("interrupted"));
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, stop);
  return {
    signal: abort.signal,
    end: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}

export const withPlan = (config: HeadgateConfig, name: string, plan: BackupConfig): HeadgateConfig => ({
  ...config,
  backup: { ...config.backup, [name]: plan },
});

/** A key that was named on the command line is wanted: what it cannot seal would be missing, and so nothing is begun. @throws HeadgateError `backup.key` */
async function checkKey(key: string, baseDir: string): Promise<void> {
  const { openSealer } = await import("../shared/edge/seal.ts");
  const { surroundings } = await import("../functions/backup/surroundings.ts");
  if (key.startsWith("arn:") && !KMS.test(key))
    throw new HeadgateError(
      "backup.key",
      `--key ${key} is no ARN of a KMS key, such as arn:aws:kms:REGION:ACCOUNT:key/ID`,
    );
  await openSealer(key, surroundings(baseDir, true));
}

/**
 * What is asked of places has to be asked somewhere. A bucket that is not there says so itself; a folder is made by the first run only.
 *
 * @throws HeadgateError `backup.unknown` where none of them is there
 */
async function assertThere(io: Io, places: readonly Place[]): Promise<void> {
  const there = await Promise.all(places.map((place) => place.there?.() ?? true));
  const gone = places.flatMap(({ name, address = name }, at) => (there[at] ? [] : [nameOf(name, address)]));
  if (gone.length === 0) return;
  const text = `there is no such folder: ${gone.join(", ")}`;
  if (gone.length === places.length) throw new HeadgateError("backup.unknown", `no restore points: ${text}`);
  io.note(plain(text));
}

const nameOf = (name: string, address: string): string => (name === address ? name : `${name} (${address})`);

/** Works in this process, by the configuration that was read. @throws UsageError where it is not clear which plan is meant; HeadgateError of what it opens */
export async function directWork(
  io: Io,
  source: DirectSource,
  wanted: string | undefined,
  point?: string,
): Promise<BackupWork> {
  if (source.key !== undefined) await checkKey(source.key, source.baseDir);
  const [{ openDirect, driveRun }, { PATIENCE_MS }] = await Promise.all([
    import("../functions/backup/direct.ts"),
    import("../functions/backup/patience.ts"),
  ]);
  const log = (line: string) => {
    if (io.env["HEADGATE_LOG"] !== undefined) io.note(line);
  };
  const name = await planMeant(io, source, wanted, point);
  const own = source.config.backup?.[name];
  const config = own || !source.manual ? source.config : withPlan(source.config, name, source.manual);
  const { context, close } = openDirect({ ...source, kind: "config", config }, name, { log });
  const [asks, restores, plans] = await Promise.all([
    import("../functions/backup/asks.ts"),
    import("../functions/backup/asks-restore.ts"),
    import("../functions/backup/plans-view.ts"),
  ]);
  const by = (said: { readonly by?: string }) => said.by ?? io.env["USER"] ?? "command line";
  return {
    plan: name,
    now: async () => Date.now(),
    run: async (said, show, limits) => {
      const { signal, end } = interruptible();
      const limitMs = limits?.waitMs ?? PATIENCE_MS;
      const onWait = (why: string, waitedMs: number) =>
        io.note(
          plain(`waiting for the cluster, ${formatDuration(waitedMs)} of at most ${formatDuration(limitMs)}: ${why}`),
        );
      try {
        const driven = await driveRun(context, {
          ...{ by: by(said), why: said.why ?? "", signal, patience: { limitMs, onWait } },
          onProgress: (view) => show(runProgress(view)),
        });
        const { outcome, text, run, point: made } = driven;
        return { plan: name, outcome, text, run: run.id, ...(made ? { point: made } : {}) };
      } finally {
        end();
      }
    },
    points: async () => {
      await assertThere(io, context.places);
      return plans.pointsViewOf(context);
    },
    point: async (id) => plans.pointDetailOf(context, await asks.pointNamed(context, id)),
    verify: async (id, deep, show) => {
      const { verifyOf } = await import("../functions/backup/asks.ts");
      return verifyOf(context, id, {
        deep,
        onProgress: ({ bytes, ofBytes }) =>
          show({ doing: "verifying", done: Math.min(bytes, ofBytes), total: ofBytes }),
      });
    },
    diff: (from, to) => asks.diffPointsOf(context, from, to),
    planRestore: ({ point: id, request, into }) => asks.restorePlanOf(context, id, request, into),
    restore: async (ask, show) => {
      const { signal, end } = interruptible();
      try {
        const { beginRestore, driveRestore } = await import("../functions/backup/restore-run.ts");
        const { opener } = await import("../functions/backup/tasks.ts");
        const { clusterNamed } = await import("../functions/backup/restore-open.ts");
        const { runtime, tenant } = context;
        const { request, check } = ask;
        const rules = { check };
        const begun = await beginRestore(
          runtime,
          tenant,
          opener(context),
          {
            plan: name,
            point: await asks.pointNamed(context, ask.point),
            cluster: clusterNamed(context, ask.into).name,
            ...{ request, by: by(ask), why: ask.why ?? "" },
          },
          rules,
        );
        await driveRestore(runtime, tenant, opener(context), begun.id, {
          ...{ signal, rules },
          onProgress: ({ phase, bytes, ofBytes }) =>
            show(
              phase === "records" ? { doing: "restoring", done: bytes, total: ofBytes } : { doing: phase, done: bytes },
            ),
        });
        return await restores.oneRestoreView(context, begun.id);
      } finally {
        end();
      }
    },
    prune: (dryRun) => asks.pruneOf(context, dryRun),
    heal: async () => (await import("../functions/backup/heal.ts")).heal(context.places, name),
    drill: async (id, said, show) => {
      const { signal, end } = interruptible();
      try {
        const { beginDrill, driveDrill } = await import("../functions/backup/drill.ts");
        const chosen =
          id === undefined ? undefined : await plans.pointDetailOf(context, await asks.pointNamed(context, id));
        const drill = await beginDrill(context, {
          ...{ by: by(said), why: said.why ?? "" },
          ...(chosen ? { point: { id: chosen.id, cutAt: chosen.cutAt } } : {}),
        });
        const note = await driveDrill(context, drill, {
          signal,
          onProgress: ({ phase, bytes, ofBytes }) =>
            show(
              phase === "records" ? { doing: "restoring", done: bytes, total: ofBytes } : { doing: phase, done: bytes },
            ),
        });
        const report = (await restores.drillsView(context)).items.find((one) => one.id === drill);
        return { note, ...(report ? { report } : {}) };
      } finally {
        end();
      }
    },
    drills: () => restores.drillsView(context),
    cost: () => asks.costOfPlan(context),
    preview: () => asks.previewOf(context),
    holds: () => asks.holdsOf(context),
    hold: (id, reason, who) => asks.holdOf(context, id, { reason, by: who ?? by({}) }),
    release: (id) => asks.releaseOf(context, id),
    state: async () => undefined,
    close,
  };
}

/**
 * The plan that is meant: the one that was named; the only one of the file; with places alone, the only one whose points lie there, or the one of the point.
 *
 * @throws UsageError where several could be meant; HeadgateError `backup.unknown` of a point that is not there
 */
export async function planMeant(
  io: Io,
  source: DirectSource,
  wanted: string | undefined,
  point?: string,
): Promise<string> {
  if (wanted !== undefined) return wanted;
  const { plans, manual } = source;
  const [only] = plans;
  if (!manual) {
    if (only !== undefined && plans.length === 1) return only;
    throw new UsageError(
      plans.length === 0 ? "the file has no backup plan" : `which plan is meant: ${plans.join(", ")}? (--plan)`,
      "headgate backup --help",
    );
  }
  const [{ openPlaces }, { surroundings }, { listPoints }] = await Promise.all([
    import("../functions/backup/destinations.ts"),
    import("../functions/backup/surroundings.ts"),
    import("../functions/backup/points.ts"),
  ]);
  if (source.writing) return only ?? "manual";
  const places = openPlaces(manual.to, source.config.destinations, surroundings(source.baseDir, true));
  const { points, unreadable } = await listPoints(places);
  const found = [...points, ...unreadable];
  const of =
    point === undefined || point === "latest" ? found : found.filter(({ id }) => id === point || id === `bkp_${point}`);
  const names = [...new Set(of.map(({ plan }) => plan))];
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  if (names.length > 1)
    throw new UsageError(`which plan is meant: ${names.join(", ")}? (--plan)`, "headgate backup --help");
  const there = await Promise.all(places.map((place) => place.there?.() ?? true));
  const where = manual.to.map((to, at) => (there[at] ? to : `${to} (there is no such folder)`));
  const nothing = `there is no restore point ${point === undefined || point === "latest" ? "" : `${point} `}at ${where.join(", ")}`;
  if (found.length > 0 || point !== undefined || !there.some(Boolean))
    throw new HeadgateError("backup.unknown", nothing);
  io.note(plain(nothing));
  return only ?? "manual";
}
