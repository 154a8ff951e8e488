import type { Json } from "../../shared/core/kernel/json.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { dueChecks } from "../../shared/core/traffic/checks/plan.ts";
import { checkPasses } from "../../shared/core/traffic/checks/rules.ts";
import { type CheckResult, checkChanged, checkStep } from "../../shared/core/traffic/checks/streak.ts";
import { checkFor } from "../../shared/core/traffic/registry.ts";
import type { HealthConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Registration } from "../../shared/core/traffic/types.ts";
import type { CheckHttp } from "../../shared/edge/http-check.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { readChecks, registrySubject } from "../../shared/shell/traffic-registry.ts";
import { bounded } from "../bounded.ts";
import { type Checked, decideCheck } from "./check-one.ts";
import { changeChecks } from "./check-store.ts";
import { knownBackends, sweepLeases } from "./registry.ts";
import { type ServiceSettings, settingsIn, settingsOf } from "./service-traffic.ts";

/** Backends that are asked at a time: a connection each. */
const AT_ONCE = 100;
const SERVICES_AT_ONCE = 8;
const WRITES_AT_ONCE = 16;
/** More checks than one look makes itself; they go to others, so many each… */
const MOST_CHECKS = 500;
/** …and fewer where each may wait for long: a function should have them all done in real ms of this. */
const DONE_MS = 25_000;
/** A part is made of whole items. */
const MOST_PARTS = 64;
/** Where the last look is kept, one item per tenant. */
export const CHECKER_NOUN = "traffic-checker";

/** The time whose checks are made: those due after `from`, up to `to`. */
export interface Window {
  readonly from: Millis;
  readonly to: Millis;
}

/** A part of a service's checks, made by whoever takes it: backends whose item's number leaves `part` when divided by `parts`. */
export interface CheckPart extends Window {
  readonly tenant: string;
  readonly service: string;
  readonly part: number;
  readonly parts: number;
}

/** What a look came to. */
export interface Looked {
  readonly checks: number;
  readonly failed: number;
  readonly ejected: readonly string[];
  readonly returned: readonly string[];
  /** Verdicts that could not be recorded or written; the next check comes to them again. */
  readonly errors: readonly Error[];
}

export const NOTHING: Looked = { checks: 0, failed: 0, ejected: [], returned: [], errors: [] };

export const together = (all: readonly Looked[]): Looked => ({
  checks: all.reduce((sum, { checks }) => sum + checks, 0),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
  ejected: all.flatMap(({ ejected }) => ejected),
  returned: all.flatMap(({ returned }) => returned),
  errors: all.flatMap(({ errors }) => errors),
});

interface Clock {
  readonly v: 1;
  /** Everything due up to then has been taken by some look. */
  readonly at: Millis;
}

const clockKey = (tenant: string) => ({ tenant, noun: CHECKER_NOUN, subject: "clock" });

/** When the checker last looked; undefined: never. @throws HeadgateError of the store */
export async function lastLook(runtime: Runtime, tenant: string): Promise<Millis | undefined> {
  return ((await runtime.store.load(clockKey(tenant)))?.state as unknown as Clock | undefined)?.at;
}

/**
 * Takes the time since the last look, so that of several checkers at once one makes each check. A look that dies has taken it with it: its
 * checks are made a period later.
 */
async function takeWindow(runtime: Runtime, tenant: string, longest: DurationMs): Promise<Window | undefined> {
  const to = Math.floor(runtime.now());
  const stored = await runtime.store.load(clockKey(tenant));
  const last = (stored?.state as unknown as Clock | undefined)?.at;
  if (last !== undefined && last >= to) return undefined;
  const state = { v: 1, at: to } satisfies Clock as unknown as Json;
  const taken = await runtime.store.write(clockKey(tenant), stored?.version ?? 0, { state });
  // After a long rest (or at the first look) each backend is due once, not once for each period that went by.
  return taken.ok ? { from: Math.max(last ?? Number.NEGATIVE_INFINITY, to - longest), to } : undefined;
}

/** Services whose backends are checked at all. */
export async function checkedServices(runtime: Runtime, tenant: string): Promise<readonly ServiceSettings[]> {
  const applied = await currentConfig(runtime, tenant);
  if (!applied) return [];
  return Object.keys(applied.config.traffic ?? {})
    .flatMap((service) => settingsIn(applied, service) ?? [])
    .filter(({ config }) => config.health !== undefined)
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** Longest a window may be: a backend that is jittered late in one period and early in the next is still met. */
const longestWindow = (services: readonly ServiceSettings[]): DurationMs =>
  Math.max(MINUTE_MS, ...services.map(({ config }) => 2 * (config.health?.every ?? 0)));

export interface LookOptions {
  readonly check: CheckHttp;
  readonly trigger: Trigger;
  /** Takes parts of a service that has many backends; absent: they are checked here. */
  readonly hand?: (parts: readonly CheckPart[]) => Promise<void>;
}

/**
 * One look of the one checker: makes the checks that have come due since the last one, of all services with `health`, and writes what
 * has changed. A service that is well and quiet writes nothing.
 *
 * @throws HeadgateError of the store where it cannot be read at all; what concerns one service is in the answer
 */
export async function checkDue(runtime: Runtime, tenant: string, options: LookOptions): Promise<Looked> {
  const services = await checkedServices(runtime, tenant);
  if (services.length === 0) return NOTHING;
  const window = await takeWindow(runtime, tenant, longestWindow(services));
  if (!window) return NOTHING;
  const looked = await bounded(services, SERVICES_AT_ONCE, async (settings) => {
    try {
      return await checkService(runtime, tenant, settings, window, options);
    } catch (error) {
      return { ...NOTHING, errors: [error instanceof Error ? error : new Error(String(error))] };
    }
  });
  const all = together(looked);
  runtime.telemetry.count("headgate_traffic_checks_total", { result: "passed" }, all.checks - all.failed);
  runtime.telemetry.count("headgate_traffic_checks_total", { result: "failed" }, all.failed);
  return all;
}

async function checkService(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  window: Window,
  options: LookOptions,
): Promise<Looked> {
  const health = settings.config.health as HealthConfig;
  const { backends, lapsed } = await knownBackends(runtime, tenant, settings);
  if (lapsed > 0) await sweepLeases(runtime, tenant, settings.service);
  const due = dueOf(backends, health, window);
  const most = Math.min(MOST_CHECKS, Math.max(1, Math.floor(DONE_MS / health.timeout)) * AT_ONCE);
  if (due.length <= most || !options.hand) return checkAll(runtime, tenant, settings, { backends, due }, options);
  const parts = Math.min(MOST_PARTS, Math.ceil(due.length / most));
  const { service } = settings;
  await options.hand(Array.from({ length: parts }, (_, part) => ({ tenant, service, part, parts, ...window })));
  return NOTHING;
}

/** Those that are due and are to get requests at all. */
function dueOf(backends: readonly Registration[], health: HealthConfig, { from, to }: Window): readonly Registration[] {
  const active = backends.filter(({ drainingSince }) => drainingSince === undefined);
  return dueChecks(
    active.map(({ id }) => id),
    health,
    from,
    to,
  ).map(({ index }) => active[index] as Registration);
}

/**
 * Makes one part of a service's checks.
 *
 * @throws HeadgateError of the store; `service.unknown` where it is configured no more
 */
export async function checkPart(
  runtime: Runtime,
  part: CheckPart,
  options: Omit<LookOptions, "hand">,
): Promise<Looked> {
  const settings = await settingsOf(runtime, part.tenant, part.service);
  const { health } = settings.config;
  if (!health) return NOTHING;
  const { backends } = await knownBackends(runtime, part.tenant, settings);
  const ours = backends.filter(({ id }) => shardNumber(part.service, id) % part.parts === part.part);
  return checkAll(runtime, part.tenant, settings, { backends, due: dueOf(ours, health, part) }, options);
}

const shardNumber = (service: string, id: string): number =>
  Number(registrySubject(service, id).slice(service.length + 1));

async function checkAll(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  { backends, due }: { readonly backends: readonly Registration[]; readonly due: readonly Registration[] },
  { check, trigger }: Pick<LookOptions, "check" | "trigger">,
): Promise<Looked> {
  if (due.length === 0) return NOTHING;
  const { service } = settings;
  const health = settings.config.health as HealthConfig;
  const known = await readChecks(runtime.store, tenant, service);
  const checked = await bounded(due, AT_ONCE, async (backend): Promise<Checked> => {
    const result = await checkOne(check, health, backend);
    return { backend, result, at: Math.floor(runtime.now()), before: checkFor(backend, known.get(backend.id)) };
  });
  const rows = checked.map((one) => ({ ...one, after: checkStep(one.before, one.result, health, one.at) }));
  const flips = rows.filter(({ before, after }) => (before?.healthy ?? true) !== after.healthy);
  const quiet = rows.filter((row) => !flips.includes(row) && checkChanged(row.before, row.after));
  const errors: Error[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const bySubject = Map.groupBy(quiet, ({ backend }) => registrySubject(service, backend.id));
  const there = new Set(backends.map(({ id }) => id));
  await bounded([...bySubject], WRITES_AT_ONCE, ([subject, ours]) =>
    attempt(() => writeRows(runtime, tenant, subject, ours, there)),
  );
  const decided: { id: string; healthy: boolean }[] = [];
  await bounded(flips, AT_ONCE, ({ backend, after, ...row }) =>
    attempt(async () => {
      const result = await decideCheck(runtime, tenant, settings, health, backend, trigger, row);
      if (result.status === "decided") decided.push({ id: backend.id, healthy: after.healthy });
    }),
  );
  const ids = (healthy: boolean) =>
    decided.filter((one) => one.healthy === healthy).map(({ id }) => `${service}/${id}`);
  return {
    checks: checked.length,
    failed: checked.filter(({ result }) => !result.ok).length,
    ejected: ids(false),
    returned: ids(true),
    errors,
  };
}

/** Rows that decide nothing, as they are after this check; a verdict that somebody else has written meanwhile stays. */
function writeRows(
  runtime: Runtime,
  tenant: string,
  subject: string,
  rows: readonly {
    readonly backend: Registration;
    readonly before: CheckState | undefined;
    readonly after: CheckState;
  }[],
  there: ReadonlySet<string>,
): Promise<void> {
  const byId = new Map(rows.map((row) => [row.backend.id, row]));
  const change = (now: CheckState | undefined, id: string) => {
    const after = byId.get(id)?.after;
    return now && after && now.checkedAt > after.checkedAt ? now : after;
  };
  return changeChecks(runtime, tenant, subject, [...byId.keys()], change, (id) => there.has(id));
}

async function checkOne(check: CheckHttp, health: HealthConfig, backend: Registration): Promise<CheckResult> {
  const answer = await check({
    host: backend.host,
    port: health.port ?? backend.port,
    path: health.path,
    timeoutMs: health.timeout,
    body: health.json !== undefined,
    ...(health.host === undefined ? {} : { hostHeader: health.host }),
  });
  return answer.ok ? checkPasses(health, answer.status, answer.text) : { ok: false, detail: answer.why };
}
