import type { Millis } from "../../kernel/time.ts";
import { admitSlowly, type LocalItem, REFUSED, settle, succeed, type Ticket } from "./local-item.ts";
import type { CircuitOpenError } from "./open-error.ts";
import { outcomeOf } from "./outcome.ts";

/** What a call's end says about the other side. `ignored`: nothing, as a caller's own mistake or its impatience do. */
export type Says = "success" | "failure" | "ignored";

/** How ends of calls are read. */
export interface Judges {
  /** What an error says; default: failure. */
  readonly errorIs?: (error: unknown) => Says;
  /** What an answer says; default: success. An answer that is a failure is still given to the caller. */
  readonly resultIs?: (result: unknown) => Says;
  /** How long the other side asked to be left alone, from an error or an answer that counts as a failure. */
  readonly retryAfterMs?: (from: unknown) => number | undefined;
}

export type Fn<T> = () => T | PromiseLike<T>;
export type Fallback<T> = (error: unknown) => T | PromiseLike<T>;

/** A breaker that calls functions. */
export interface Runner {
  readonly local: LocalItem;
  readonly judges: Judges;
  /** Handlers of calls of one epoch: nothing is allocated for a call but its promise. */
  handlers: Handlers | undefined;
  /** A rejected promise for each refusal's error. */
  refused: { readonly error: CircuitOpenError; readonly promise: Promise<never> } | undefined;
}

interface Handlers {
  readonly ticket: Ticket;
  readonly kept: <T>(value: T) => T;
  readonly broken: (error: unknown) => never;
}

/** How a call ended; `from` is its answer or its error. */
function end({ local, judges }: Runner, ticket: Ticket, says: Says, from: unknown, ms: number, at?: Millis): Says {
  const after = says === "failure" ? judges.retryAfterMs?.(from) : undefined;
  const outcome = says === "ignored" ? says : outcomeOf(local.policy, says === "success", ms);
  const now = at ?? local.settings.now();
  settle(local, ticket, outcome, after === undefined ? undefined : now + after, now);
  return says;
}

function answered(runner: Runner, ticket: Ticket, value: unknown, ms: number, at?: Millis): void {
  const { resultIs } = runner.judges;
  const says = resultIs === undefined ? "success" : resultIs(value);
  if (says === "success") succeed(runner.local, ticket, ms, at);
  else end(runner, ticket, says, value, ms, at);
}

function threw(runner: Runner, ticket: Ticket, error: unknown, ms: number, at?: Millis): Says {
  const { errorIs } = runner.judges;
  return end(runner, ticket, errorIs === undefined ? "failure" : errorIs(error), error, ms, at);
}

function handlersOf(runner: Runner, ticket: Ticket): Handlers {
  const handlers: Handlers = {
    ticket,
    kept: (value) => {
      answered(runner, ticket, value, 0);
      return value;
    },
    broken: (error) => {
      threw(runner, ticket, error, 0);
      throw error;
    },
  };
  runner.handlers = handlers;
  return handlers;
}

/** The promise of a call; one that throws at once is a rejected one. */
function promiseOf<T>(fn: Fn<T>): Promise<T> {
  try {
    return Promise.resolve(fn());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A call whose time counts, or that has a fallback, has handlers of its own. */
function runTimed<T>(runner: Runner, ticket: Ticket, fn: Fn<T>, fallback: Fallback<T> | undefined): Promise<T> {
  const { now } = runner.local.settings;
  const startedAt: Millis = now();
  return promiseOf(fn).then(
    (value) => {
      const at = now();
      answered(runner, ticket, value, at - startedAt, at);
      return value;
    },
    (error: unknown) => {
      const at = now();
      const says = threw(runner, ticket, error, at - startedAt, at);
      if (fallback !== undefined && says === "failure") return fallback(error);
      throw error;
    },
  );
}

/**
 * A refusal as a promise. A new rejected promise costs ten times as much as one that follows a rejected one somebody has looked at: the
 * runtime reports it as unhandled, and takes that back when it is awaited. One that nobody awaits is still reported.
 */
function refuse(runner: Runner): Promise<never> {
  const error = runner.local.refusal as CircuitOpenError;
  if (runner.refused?.error !== error) {
    const promise = Promise.reject<never>(error);
    promise.catch(() => {});
    runner.refused = { error, promise };
  }
  return (runner.refused as { readonly promise: Promise<never> }).promise.then();
}

/** Admission, the call, its outcome. */
export function runCall<T>(runner: Runner, fn: Fn<T>, fallback: Fallback<T> | undefined): Promise<T> {
  const { local } = runner;
  const ticket = local.plain ? local.ticket : admitSlowly(local);
  if (ticket === REFUSED) {
    return fallback === undefined ? refuse(runner) : promiseOf(() => fallback(local.refusal));
  }
  if (fallback !== undefined || local.policy.rule === "rate") return runTimed(runner, ticket, fn, fallback);
  const { handlers } = runner;
  const { kept, broken } = handlers?.ticket === ticket ? handlers : handlersOf(runner, ticket);
  return promiseOf(fn).then(kept, broken);
}
