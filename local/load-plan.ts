import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { DAY_MS, type Millis } from "../shared/core/kernel/time.ts";
import type { Trace } from "../shared/core/kernel/trace.ts";
import { readTrace as traceIn } from "../shared/core/kernel/trace-read.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { readTextFile } from "./config-file.ts";
import { dayShape, type Shape, traceShape } from "./load-shape.ts";

/** Load that is to be generated for one service. */
export interface PlannedLoad {
  readonly service: string;
  readonly path: string;
  readonly shape: Shape;
  /** For the banner. */
  readonly text: string;
}

const MOST_TRACE_BYTES = 256 * 1024 * 1024;
/** Load for a trace on a service that declares no load. */
const UNDECLARED = { shape: "day", mean: 50, peak: 100, path: "/" } as const;

/** @throws HeadgateError `input.invalid` (cannot be read), `trace.invalid` with the place of each fault */
export function readTrace(path: string): { readonly trace: Trace; readonly warnings: readonly Fault[] } {
  const result = traceIn(readTextFile("--trace", path, MOST_TRACE_BYTES));
  if (!result.ok) throw new HeadgateError("trace.invalid", `${path} is not a usable trace`, { faults: result.faults });
  return { trace: result.trace, warnings: result.warnings };
}

/** The instant at or before `origin` that has the trace's time of day: noon of the record is played at noon. */
function anchor(trace: Trace, origin: Millis): Millis {
  const first = trace.points[0]?.at ?? 0;
  return origin - ((((origin - first) % DAY_MS) + DAY_MS) % DAY_MS);
}

/** What the configuration asks for, or the trace in its place. Local services only. */
export function planLoad(config: HeadgateConfig, trace: Trace | undefined, origin: Millis): readonly PlannedLoad[] {
  return Object.entries(config.services).flatMap(([service, { run, load: declared }]) => {
    const load = declared ?? (trace ? UNDECLARED : undefined);
    if (!run || !load || load.shape === "none") return [];
    const { path, mean, peak } = load;
    if (trace)
      return [
        {
          service,
          path,
          shape: traceShape(trace, mean, anchor(trace, origin)),
          text: `the trace, ${mean} requests/s on average`,
        },
      ];
    if (load.shape === "constant") return [{ service, path, shape: () => mean, text: `${mean} requests/s` }];
    return [
      {
        service,
        path,
        shape: dayShape(mean, peak),
        text: `a day of ${mean} requests/s on average, ${peak} at its peak`,
      },
    ];
  });
}
