import * as v from "valibot";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type {
  RolloutConfig,
  RolloutInput,
  RolloutLook,
  RolloutState,
  RolloutStep,
  VersionLook,
} from "../../shared/core/delivery/rollout/types.ts";
import { ServiceDelivery } from "../../shared/core/delivery/section.ts";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";

export const SERVICE = "orders";
export const START = 1_700_000_010_000;

/** A configuration as the file has it, with its defaults. */
export const configOf = (delivery: v.InferInput<typeof ServiceDelivery> = {}): RolloutConfig => ({
  service: SERVICE,
  delivery: v.parse(ServiceDelivery, delivery),
});

export const releaseOf = (version: string): Release => ({
  version,
  command: ["node", "orders.mjs"],
  environment: {},
  resources: { memoryMb: 1024, cpus: 1 },
  ports: [],
  volumes: [],
  restartPolicy: "unless-stopped",
  health: { path: "/health", intervalMs: 5000, timeoutMs: 5000, retries: 3, startPeriodMs: 0 },
  metricsPath: "/metrics",
});

/** A version with all instances ready, unless said otherwise. */
export const seen = (version: string, desired: number, other: Partial<VersionLook> = {}): VersionLook => ({
  version,
  desired,
  pending: 0,
  running: desired,
  ready: desired,
  failures: 0,
  attempts: 2,
  ...other,
});

export const look = (versions: readonly VersionLook[] | undefined, other: Partial<RolloutLook> = {}): RolloutLook => ({
  kind: "look",
  divides: true,
  stable: "v1",
  ...(versions ? { versions } : {}),
  ...other,
});

/** One service in virtual time: each step is settled as if all had been done, unless said otherwise. */
export function desk(config: RolloutConfig, now = START) {
  const table = {
    now,
    state: rolloutMachine.initial(config, now) as RolloutState,
    /** Results of the next step's actions instead of "done". */
    results: undefined as ((key: string, type: string) => Partial<ActionResult>) | undefined,
    step(input: RolloutInput): RolloutStep {
      const step = rolloutMachine.step(config, table.state, input, table.now);
      const results = step.actions.map(
        ({ key, type }): ActionResult => ({
          key,
          status: "done",
          at: table.now,
          detail: "ok",
          ...table.results?.(key, type),
        }),
      );
      table.state = results.length > 0 ? rolloutMachine.settle(config, step.state, results, table.now) : step.state;
      return step;
    },
    start(
      over: Partial<Extract<RolloutInput, { kind: "start" }>> = {},
      at: RolloutLook = look([seen("v1", 4)]),
    ): RolloutStep {
      return table.step({
        kind: "start",
        id: "rol_1",
        release: releaseOf("v2"),
        by: "ada",
        why: "",
        look: at,
        ...over,
      });
    },
    say(command: Extract<RolloutInput, { kind: "command" }>["command"], at?: RolloutLook, id?: string): RolloutStep {
      return table.step({
        kind: "command",
        command,
        by: "ada",
        why: "",
        ...(id === undefined ? {} : { id }),
        ...(at ? { look: at } : {}),
      });
    },
    /** Looks after some seconds. */
    after(seconds: number, at: RolloutLook): RolloutStep {
      table.now += seconds * 1000;
      return table.step(at);
    },
    get phase() {
      return table.state.current?.phase;
    },
  };
  return table;
}

/** What a step does, in short: "set_shares v1 95 v2 5". */
export const did = ({ actions }: RolloutStep): readonly string[] =>
  actions.map((action) => {
    switch (action.type) {
      case "ensure_version":
        return `ensure ${action.release.version} ${action.count}`;
      case "resize_version":
        return `resize ${action.version} ${action.count}`;
      case "set_shares":
        return `shares ${Object.entries(action.shares)
          .map(([name, share]) => `${name} ${share}`)
          .join(" ")}`;
      case "tell":
        return `tell ${action.event}`;
      case "ask_hook":
        return `ask ${action.hook}`;
      default:
        return `${action.type.replace("_version", "").replace("_shares", "")} ${action.version}`;
    }
  });
