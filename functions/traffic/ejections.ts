import type { OutlierVerdict } from "../../shared/core/traffic/outlier/eject.ts";
import { ejectionInput, ejectionMachine, ejectionSubject } from "../../shared/core/traffic/outlier/machine.ts";
import type { OutlierConfig } from "../../shared/core/traffic/section.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { recordOnly } from "./record-only.ts";

/** Whose detector has spoken, and under which settings. */
export interface EjectionOf {
  readonly tenant: string;
  readonly service: string;
  readonly outlier: OutlierConfig;
  readonly configVersion: string;
}

/**
 * Writes one verdict of passive detection into the journal. There is no item beside it: what is ejected is known to whoever sends the
 * requests, and a sender that dies begins with nobody ejected, as Envoy does.
 *
 * @throws HeadgateError of the journal
 */
export async function recordVerdict(runtime: Runtime, of: EjectionOf, verdict: OutlierVerdict): Promise<void> {
  const input = ejectionInput(verdict);
  if (!input) return;
  const { tenant, service, outlier, configVersion } = of;
  await recordOnly(
    { ...runtime, now: () => verdict.at },
    {
      machine: ejectionMachine,
      tenant,
      subject: ejectionSubject(service, verdict.id),
      mode: "act",
      config: { kind: "ejection", service, backend: verdict.id, outlier },
      configVersion,
      trigger: { type: "queue", detail: "requests that went through" },
    },
    input,
  );
}

/**
 * Takes verdicts as they come and writes down what is news: each ejection and return, and a finding that could not eject once per host
 * and interval. A host that fails every request is found hundreds of times a second while too many are out already.
 */
export function verdictJournal(
  runtime: Runtime,
  of: () => EjectionOf | undefined,
  onError: (error: unknown) => void,
): (verdict: OutlierVerdict) => void {
  const told = new Map<string, number>();
  return (verdict) => {
    const known = of();
    if (!known) return;
    if (verdict.action !== "ejected" && verdict.action !== "returned") {
      const last = told.get(verdict.id);
      if (last !== undefined && verdict.at - last < known.outlier.interval) return;
      for (const [id, at] of told) if (verdict.at - at >= known.outlier.interval) told.delete(id);
      told.set(verdict.id, verdict.at);
    }
    recordVerdict(runtime, known, verdict).catch(onError);
  };
}
