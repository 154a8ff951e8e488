import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import type { Hub } from "./hub.ts";
import type { ClockView } from "./views.ts";

/**
 * What a key allows. read, operate and admin each include the one before. `alerts:post`, `silences:write` and `flags:evaluate` are for senders,
 * people and services that may do nothing but this; operate includes them.
 */
export type Scope = "read" | "operate" | "admin" | "alerts:post" | "silences:write" | "flags:evaluate";

/** Who is asking. `name` reaches decision records ("by"). */
export interface Principal {
  readonly name: string;
  readonly scope: Scope;
  readonly tenant: string;
  /** Absent for somebody on this machine without a key. */
  readonly keyId?: string;
}

/**
 * `keys`: every request but /live carries an API key. `loopback`: the server listens on this machine only, and a request
 * addressed to it by a loopback name needs none.
 */
export type AccessMode = "keys" | "loopback";

export interface AppOptions {
  readonly runtime: Runtime;
  /** Default: "keys", so that forgetting it opens nothing. */
  readonly access?: AccessMode;
  /** Tenant of requests without a key. Default: "default". */
  readonly tenant?: string;
  /** Live decisions; absent where no stream is possible (Lambda behind API Gateway). */
  readonly hub?: Hub;
  /** Origins besides the server's own that may call it from a browser, e.g. "http://localhost:5173" (console development). */
  readonly allowedOrigins?: readonly string[];
  /** Measurements on the overview are read once a minute for everybody (deployed: reading them costs money). */
  readonly keepSamples?: boolean;
  /**
   * Reads the configuration from its files again and puts it in force (`POST /-/reload`); throws what is wrong with them. Absent: there
   * are no files, a configuration is applied through the API.
   */
  readonly reload?: () => Promise<void>;
  /** Real milliseconds between comments that keep an event stream open. Default: 15 000. */
  readonly heartbeatMs?: number;
}

/** Hono's environment of every route. */
export interface AppEnv {
  Variables: {
    principal: Principal;
    trace: TraceContext;
    /** Pattern of the route that answered, where it was found in a part that is loaded later. */
    route?: string;
    /** Kept for a repeat with the same Idempotency-Key instead of the answer itself, where that holds a secret. */
    keptAnswer?: unknown;
  };
}

export function clockOf(runtime: Runtime): ClockView {
  return { now: runtime.now(), speed: runtime.speed, simulated: runtime.speed !== 1 };
}
