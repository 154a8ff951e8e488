import { sentenceOf } from "../functions/decisions/words.ts";
import type { Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import { iso, type Millis } from "../shared/core/kernel/time.ts";

/** What `npm start` prints. Everything but errors goes to standard output. */
export interface Out {
  line(text: string): void;
  error(text: string): void;
}

const MOST_FAULTS = 20;

/** One fault with place, value and what is allowed. */
function faultLine(fault: Fault, input?: string): string {
  const file = fault.file ?? input;
  const where =
    fault.line === undefined
      ? ""
      : `${file ?? "line "}${file ? ":" : ""}${fault.line}${fault.column ? `:${fault.column}` : ""} `;
  const value = fault.value === undefined ? "" : ` (found ${fault.value})`;
  const allowed = fault.allowed === undefined ? "" : `; allowed: ${fault.allowed}`;
  return printable(`${where}${fault.path}: ${fault.message}${value}${allowed}`);
}

/** An error for a person: the sentence, then one line per fault. A fault of an option is the sentence already. */
export function errorLines(error: HeadgateError, file?: string): readonly string[] {
  const placed = error.faults.filter((fault) => !fault.path.startsWith("--"));
  const faults = placed.slice(0, MOST_FAULTS).map((fault) => `  ${faultLine(fault, file)}`);
  const rest = placed.length - faults.length;
  return [`headgate: ${printable(error.message)}`, ...faults, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

/** What works and is probably not meant, one line each. */
export function warningLines(warnings: readonly Fault[], file: string): readonly string[] {
  return warnings.slice(0, MOST_FAULTS).map((fault) => `warning: ${faultLine(fault, file)}`);
}

/** Control characters in what others wrote (a service's last words) must not move the cursor of a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** The decision as a sentence, after its virtual time (UTC). */
export function decisionLine(record: DecisionRecord): string {
  return `${iso(record.at).slice(11, 16)}  ${printable(sentenceOf(record))}`;
}

export function troubleLine(at: Millis, service: string, text: string): string {
  return `${iso(at).slice(11, 16)}  ${service}: trouble: ${printable(text)}`;
}

/** What an alert group has to tell where it sends nothing; that it is open, empty or has no news is nobody's news. */
const TOLD_OF_GROUPS =
  /^((un)?acknowledged|commented|held_(muted|inactive|inhibited|silenced|suppressed|cooldown|acknowledged|not_sendable))$/;

/** Steps of a backup run on its way: what became of it is told. */
const STEPS_OF_BACKUPS =
  /^(started|cut_|work_|progressed|parts_|sealing|sealed|verification_|verified|pruning|taken|step_again|held_)/;

/** Groups come and go; who is forgotten is told of once more. */
const MOST_SUBJECTS = 10_000;

/**
 * Prints decisions as they are made, but not the same conclusion about the same service again and again while nothing
 * changes: who wants those reads the journal.
 */
export function decisionPrinter(out: Out): (record: DecisionRecord) => void {
  const last = new Map<string, string>();
  return (record) => {
    if (record.noun === "alerting" && record.actions.length === 0 && !TOLD_OF_GROUPS.test(record.reason)) return;
    const isBackup = record.noun === "backup";
    if (isBackup && STEPS_OF_BACKUPS.test(record.reason)) return;
    const known = !isBackup && last.get(record.subject) === record.reason;
    if (last.size >= MOST_SUBJECTS) last.clear();
    last.set(record.subject, record.reason);
    if (!known || record.actions.length > 0) out.line(decisionLine(record));
  };
}

/** Holds lines back until `release`, so that nothing stands above the banner. */
export function heldBack(out: Out): Out & { release(): void } {
  let held: string[] | undefined = [];
  return {
    error: out.error,
    line: (text) => {
      if (held) held.push(text);
      else out.line(text);
    },
    release: () => {
      for (const text of held ?? []) out.line(text);
      held = undefined;
    },
  };
}

/** Real ms in which the same error is told once: every virtual minute it would drown everything else. */
const REPEAT_ERROR_MS = 60_000;

/** Prints errors of the running control plane. */
export function errorPrinter(out: Out): (text: string) => void {
  const told = new Map<string, number>();
  return (text) => {
    const now = Date.now();
    if (now - (told.get(text) ?? 0) < REPEAT_ERROR_MS) return;
    if (told.size > 100) told.clear();
    told.set(text, now);
    out.error(`headgate: ${printable(text)}`);
  };
}
