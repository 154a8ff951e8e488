import type {
  BackupCommandView,
  BackupDrillsView,
  BackupPlanView,
  BackupPointDetailView,
  BackupPointsView,
  BackupRestoreDetailView,
  BackupRestoreStartedView,
  BackupTaskView,
} from "../functions/backup/views.ts";
import type { Verification } from "../shared/core/backup/format/verification.ts";
import type { Hold } from "../shared/core/backup/keep/types.ts";
import { runProgress } from "./backup-direct.ts";
import type { BackupWork, RestoreAsk } from "./backup-work.ts";
import { answer, client, once } from "./client.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

type WithClock<T> = T & { readonly clock: { readonly now: number } };

/** Between two questions, real time. */
const ASK_MS = 500;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, ASK_MS));

const OVER: ReadonlySet<string> = new Set(["done", "partly", "failed", "cancelled", "approval"]);

/** Asks the API of a control plane. @throws UsageError where it is not clear which plan is meant; ApiError */
export async function apiWork(io: Io, wanted: string | undefined): Promise<BackupWork> {
  const routes = client(io).api.v1.backup;
  const plan = wanted ?? (await onlyPlan(io));
  const param = { plan: encodeURIComponent(plan) };
  const of = (id: string) => ({ param: { ...param, id: encodeURIComponent(id) } });
  const at = routes[":plan"];
  const points = at.points[":id"];
  const state = () => answer<WithClock<BackupPlanView>>(at.$get({ param }));
  const restoreOf = (id: string) => answer<BackupRestoreDetailView>(at.restores[":id"].$get(of(id)));
  const body = ({ point, request, into }: RestoreAsk) => ({ point, request, ...(into === undefined ? {} : { into }) });
  return {
    plan,
    now: async () => (await state()).clock.now,
    run: async (said, show) => {
      const begun = await answer<BackupCommandView>(at.run.$post({ param, json: { ...said } }, once()));
      for (;;) {
        const { running, ended } = await state();
        const over = ended.find(({ id }) => id === begun.run);
        if (over)
          return {
            plan,
            outcome: over.outcome,
            text: over.text,
            run: over.id,
            ...(over.point ? { point: over.point } : {}),
          };
        if (running) show(runProgress(running));
        await pause();
      }
    },
    points: () => answer<BackupPointsView>(at.points.$get({ param })),
    point: (id) => answer<BackupPointDetailView>(points.$get(of(id))),
    verify: async (id, deep, show) => {
      const list = async (of_: string) =>
        (await answer<{ items: readonly Verification[] }>(points.verifications.$get(of(of_)))).items;
      const named = id === "latest" ? (await answer<BackupPointDetailView>(points.$get(of(id)))).id : id;
      // What is there already, before anybody begins: a small point is verified before the next question.
      const before = new Set((await list(named)).map((one) => one.at));
      await answer<BackupTaskView>(points.verify.$post({ ...of(named), json: { deep } }, once()));
      for (;;) {
        show({ doing: "verifying", done: 0 });
        const found = (await list(named)).find((one) => !before.has(one.at) && !one.onlyNew && one.deep === deep);
        if (found) return found;
        await pause();
      }
    },
    diff: (from, to) => answer(points.diff.$get({ ...of(from), query: { to } })),
    planRestore: (ask) => answer(at.restores.plan.$post({ param, json: body(ask) as never })),
    restore: async (ask, show) => {
      const { by, why, check } = ask;
      const json = { ...body(ask), check, ...(by === undefined ? {} : { by }), ...(why === undefined ? {} : { why }) };
      const { id } = await answer<BackupRestoreStartedView>(at.restores.$post({ param, json: json as never }, once()));
      for (;;) {
        const found = await restoreOf(id);
        if (OVER.has(found.job.phase)) return found;
        const { so, totals, phase } = found.job;
        show(
          phase === "restoring"
            ? { doing: phase, done: so.bytes, total: totals.bytes }
            : { doing: phase, done: so.bytes },
        );
        await pause();
      }
    },
    prune: (dryRun) => answer(at.prune.$post({ param, json: { dryRun } }, once())),
    heal: () => answer(at.heal.$post({ param }, once())),
    drill: async (point, said, show) => {
      const json = { ...said, ...(point === undefined ? {} : { point }) };
      const { id } = await answer<BackupTaskView>(at.drills.$post({ param, json }, once()));
      for (;;) {
        const { current, notes, items } = await answer<BackupDrillsView>(at.drills.$get({ param }));
        const note = notes.find((one) => one.id === id);
        const report = items.find((one) => one.id === id);
        if (note) return { note, ...(report ? { report } : {}) };
        if (current) show({ doing: current.phase, done: 0 });
        await pause();
      }
    },
    drills: () => answer(at.drills.$get({ param })),
    cost: () => answer(at.cost.$get({ param })),
    preview: () => answer(at.preview.$get({ param })),
    holds: async () => (await answer<{ items: readonly Hold[] }>(at.holds.$get({ param }))).items,
    hold: (id, reason, by) =>
      answer(points.hold.$post({ ...of(id), json: { reason, ...(by === undefined ? {} : { by }) } }, once())),
    release: (id) => answer(points.release.$post(of(id), once())),
    state,
    close: async () => undefined,
  };
}

/** The only plan there is. */
async function onlyPlan(io: Io): Promise<string> {
  const { plans } = await answer<{ plans: readonly BackupPlanView[] }>(client(io).api.v1.backup.$get());
  const [only] = plans;
  if (only && plans.length === 1) return only.plan;
  throw new UsageError(
    plans.length === 0
      ? "the configuration in force has no backup plan; without a server give --config FILE, or --brokers and --to"
      : `which plan is meant: ${plans.map(({ plan }) => plan).join(", ")}? (--plan)`,
    "headgate backup --help",
  );
}
