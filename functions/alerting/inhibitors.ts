import type { CompiledInhibit, InhibitKey } from "../../shared/core/alerting/inhibit.ts";
import { mergeRow } from "../../shared/core/alerting/merge.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import type { Alerting } from "./context.ts";
import { INHIBITOR_NOUN } from "./nouns.ts";

/** A source that is over inhibits nothing; it is kept a little for what is still on its way. */
const KEEP_MS = 15 * MINUTE_MS;
const TRIES = 8;
const AT_ONCE = 50;

interface Sources {
  readonly v: 1;
  readonly rows: readonly AlertRow[];
}

/** What is kept at a key once an alert is heard of: without its texts, which inhibit nothing. */
function after(
  inhibit: CompiledInhibit,
  at: InhibitKey,
  kept: readonly AlertRow[],
  row: AlertRow,
): readonly AlertRow[] {
  const known = kept.find(({ fingerprint }) => fingerprint === row.fingerprint);
  const merged = known ? mergeRow(known, row) : row;
  return merged === known ? kept : inhibit.keep(at, kept, { ...merged, annotations: {}, generatorUrl: "" });
}

/**
 * Notes the alerts that may inhibit others at the keys where those are looked for, by rule and values of the equal labels.
 *
 * @throws HeadgateError of the store; `store.throttled` when others kept writing the same ones
 */
export async function noteSources(
  runtime: Runtime,
  tenant: string,
  { inhibit, config }: Alerting,
  rows: readonly AlertRow[],
): Promise<void> {
  if (config.settings.inhibitRules.length === 0) return;
  const byKey = new Map<string, { readonly at: InhibitKey; readonly rows: AlertRow[] }>();
  for (const row of rows)
    for (const at of inhibit.sourceKeys(row.labels)) {
      const known = byKey.get(at.key);
      if (known) known.rows.push(row);
      else byKey.set(at.key, { at, rows: [row] });
    }
  await bounded([...byKey.values()], AT_ONCE, ({ at, rows: some }) =>
    note(runtime, tenant, at.key, (kept) => some.reduce((all, row) => after(inhibit, at, all, row), kept)),
  );
}

async function note(
  runtime: Runtime,
  tenant: string,
  subject: string,
  change: (kept: readonly AlertRow[]) => readonly AlertRow[],
): Promise<void> {
  const key = { tenant, noun: INHIBITOR_NOUN, subject };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(runtime.random() * 2 ** attempt * 5);
    const stored = await runtime.store.load(key);
    const known = (stored?.state as unknown as Sources | undefined)?.rows ?? [];
    const rows = change(known);
    if (rows === known) return;
    const lastEnd = rows.reduce((last, { endsAt }) => Math.max(last, endsAt), runtime.now());
    const expiresAt = lastEnd + KEEP_MS * runtime.speed;
    const state: Sources = { v: 1, rows };
    const written = await runtime.store.write(key, stored?.version ?? 0, {
      state: state as unknown as Json,
      expiresAt,
    });
    if (written.ok) return;
  }
  throw new HeadgateError("store.throttled", "too many writers at one inhibiting alert", { retryable: true });
}

/** The sources that may inhibit any of these alerts, by the keys under which rules look for them. */
export async function sourcesFor(
  runtime: Runtime,
  tenant: string,
  { inhibit, config }: Alerting,
  rows: Iterable<AlertRow>,
): Promise<ReadonlyMap<string, readonly AlertRow[]>> {
  const found = new Map<string, readonly AlertRow[]>();
  if (config.settings.inhibitRules.length === 0) return found;
  const keys = new Set<string>();
  for (const { labels } of rows) for (const { key } of inhibit.targetKeys(labels)) keys.add(key);
  await bounded([...keys], AT_ONCE, async (subject) => {
    const stored = await runtime.store.load({ tenant, noun: INHIBITOR_NOUN, subject });
    if (stored) found.set(subject, (stored.state as unknown as Sources).rows);
  });
  return found;
}
