import type { Notes } from "../../kernel/fields.ts";
import { goQuoted } from "../../kernel/go-quote.ts";
import type { PathFault } from "../../kernel/path-fault.ts";
import type { AlertmanagerSettings, IntegrationSpec, NamedTimeInterval, ReceiverSpec } from "../types.ts";
import { emitYaml } from "./emit.ts";
import { type FileStruct, file, fileFields } from "./file.ts";
import { globalDefaults, globalFault } from "./global.ts";
import { inherit, sharedGlobal } from "./inherit.ts";
import { intervalSpec } from "./interval.ts";
import { fault } from "./kind.ts";
import { eventRecorder, tracing } from "./other-sections.ts";
import { INTEGRATIONS, type ReceiverStruct, SENDABLE } from "./receiver.ts";
import { showFields } from "./structures.ts";
import { checkTree, inhibitSpec, rootFault, routeSpec } from "./tree.ts";

export type ReadAlertmanager =
  | { readonly ok: true; readonly settings: AlertmanagerSettings; readonly warnings: readonly PathFault[] }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

export interface ReadOptions {
  /** The file's own text. */
  readonly text: string;
  /** The template files that its patterns match. */
  readonly templates?: readonly { readonly file: string; readonly text: string }[];
}

/**
 * Reads alertmanager.yml as upstream loads it: unknown keys, wrong types and everything that upstream refuses are faults, all of them at
 * once and each at its place; what is inherited is filled in. `value` is the parsed document; bare numbers and truth values may be `Written`,
 * so that they are taken as texts where Go does. What is accepted and not acted on is told in warnings. Source: config/config.go.
 */
export function readAlertmanagerFile(value: unknown, options: ReadOptions): ReadAlertmanager {
  const faults: PathFault[] = [];
  const warnings: PathFault[] = [];
  const notes: Notes = { faults, warnings };
  const read = file.decode(value, [], notes, file.zero);
  if (faults.length > 0) return { ok: false, faults };
  const own = read.global ?? globalDefaults();
  const wrong = globalFault(own);
  if (wrong) notes.faults.push({ path: ["global", wrong.key], message: wrong.message, atKey: true });
  const given = read.receivers ?? [];
  const global = sharedGlobal(own, given);
  const names = new Set<string>();
  const complete: ReceiverStruct[] = [];
  for (const [index, receiver] of given.entries()) {
    const path = ["receivers", index];
    if (names.has(receiver.name))
      fault(notes, [...path, "name"], `notification config name ${goQuoted(receiver.name)} is not unique`);
    names.add(receiver.name);
    complete.push(inherit(receiver, global, path, notes));
  }
  checkRoot(read, names, notes);
  if (faults.length > 0 || !read.route) return { ok: false, faults };
  warnOfTheUnused(read, complete, notes);
  const intervals = [...(read.mute_time_intervals ?? []), ...(read.time_intervals ?? [])];
  const settings: AlertmanagerSettings = {
    resolveTimeoutMs: global.resolve_timeout,
    route: routeSpec(read.route),
    inhibitRules: (read.inhibit_rules ?? []).map(inhibitSpec),
    receivers: complete.map(receiverSpec),
    timeIntervals: intervals.map(
      ({ name, time_intervals: all }): NamedTimeInterval => ({ name, intervals: (all ?? []).map(intervalSpec) }),
    ),
    templateFiles: read.templates ?? [],
    templates: options.templates ?? [],
    shown: emitYaml(showFields(fileFields, { ...read, global, receivers: complete })),
  };
  return { ok: true, settings, warnings };
}

function checkRoot(read: FileStruct, receiverNames: ReadonlySet<string>, notes: Notes): void {
  if (!read.route) {
    fault(notes, [], "no routes provided", { allowed: "a map under route" });
    return;
  }
  const wrong = rootFault(read.route);
  if (wrong)
    notes.faults.push({
      path: wrong.key === undefined ? ["route"] : ["route", wrong.key],
      message: wrong.message,
      ...(wrong.key === undefined ? {} : { atKey: true }),
    });
  const intervalNames = new Set<string>();
  for (const [key, what] of [
    ["mute_time_intervals", "mute time interval"],
    ["time_intervals", "time interval"],
  ] as const)
    for (const [index, { name }] of (read[key] ?? []).entries()) {
      if (intervalNames.has(name)) fault(notes, [key, index, "name"], `${what} ${goQuoted(name)} is not unique`);
      intervalNames.add(name);
    }
  checkTree(read.route, { receivers: receiverNames, intervals: intervalNames }, notes);
}

/** Nothing that the file says is dropped in silence. */
function warnOfTheUnused(read: FileStruct, all: readonly ReceiverStruct[], notes: Notes): void {
  for (const [index, receiver] of all.entries())
    for (const [type] of INTEGRATIONS) {
      const key = `${type}_configs` as const;
      if (SENDABLE.has(type) || (receiver[key] ?? []).length === 0) continue;
      notes.warnings.push({
        path: ["receivers", index, key],
        message: `${type} is read and checked, and not sent by Headgate: receiver ${JSON.stringify(receiver.name)} gets nothing by it`,
        atKey: true,
      });
    }
  if (!tracing.empty(read.tracing))
    notes.warnings.push({
      path: ["tracing"],
      message: "tracing is read and checked, and not acted on here",
      atKey: true,
    });
  if (!eventRecorder.empty(read.event_recorder))
    notes.warnings.push({
      path: ["event_recorder"],
      message: "event_recorder is read and checked, and not acted on here: the journal keeps every event",
      atKey: true,
    });
}

function receiverSpec(receiver: ReceiverStruct): ReceiverSpec {
  const integrations = INTEGRATIONS.flatMap(([type, kind]) =>
    (receiver[`${type}_configs`] ?? []).flatMap((config, index): IntegrationSpec[] =>
      config === null
        ? []
        : [
            {
              id: `${type}[${index}]`,
              type,
              index,
              sendResolved: config.send_resolved,
              sendable: SENDABLE.has(type),
              settings: (kind as { plain(value: unknown): Record<string, unknown> }).plain(config),
            },
          ],
    ),
  );
  return { name: receiver.name, labels: receiver.labels ?? {}, integrations };
}
