import type { Jobs } from "../../shared/core/ports/jobs.ts";
import type { Notify } from "../../shared/core/ports/notify.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** What a process dies of in tests. */
export class Killed extends Error {
  constructor() {
    super("killed");
    this.name = "Killed";
  }
}

/**
 * A process on shared storage that may be killed at any call of a port, before or after the call has had its effect. From then on it
 * does nothing any more: what it still tries comes to nothing.
 *
 * @param dies asked before and after each call
 */
export function mortal(
  base: Runtime,
  dies: () => boolean,
): { readonly runtime: Runtime; readonly dead: () => boolean } {
  let dead = false;
  const check = (): void => {
    if (!dead && dies()) dead = true;
    if (dead) throw new Killed();
  };
  const guard = <Port extends object>(port: Port, names: readonly (keyof Port)[]): Port => {
    const guarded = { ...port };
    for (const name of names) {
      const call = port[name] as unknown as (...args: readonly unknown[]) => Promise<unknown>;
      guarded[name] = (async (...args: readonly unknown[]) => {
        check();
        const answer = await call(...args);
        check();
        return answer;
      }) as Port[keyof Port];
    }
    return guarded;
  };
  const runtime: Runtime = {
    ...base,
    store: guard(base.store, ["load", "write", "remove", "list", "due"]),
    journal: guard(base.journal, ["append", "outcome"]),
    objects: guard(base.objects, ["get", "put", "remove"]),
    timers: guard(base.timers, ["wake"]),
    ...(base.jobs
      ? {
          jobs: guard<Jobs>(base.jobs, [
            "list",
            "describe",
            "triggerSavepoint",
            "savepoint",
            "run",
            "cancel",
            "upload",
            "check",
          ]),
        }
      : {}),
    ...(base.notify ? { notify: guard<Notify>(base.notify, ["send"]) } : {}),
    sleep: async (ms) => {
      check();
      await base.sleep(ms);
      check();
    },
  };
  return { runtime, dead: () => dead };
}
