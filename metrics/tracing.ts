import { AsyncLocalStorage } from "node:async_hooks";
import { otlpExporter } from "../shared/shell/otlp.ts";
import { childOf, newTrace, parseTraceparent, traceparent } from "../shared/shell/trace-context.ts";
import type { ActiveSpan, EndedSpan, FormatTraceparent, ParseTrace, TagValue, Trace } from "./types.ts";

/** Spans leave at the latest so long after they ended, in a process that nobody flushes. */
const SEND_AFTER_MS = 5_000;
/** W3C: at least 512 characters have to be handed on; what is longer is dropped whole, never cut. */
const MAX_STATE = 512;

export const parseTrace: ParseTrace = (header, state) => {
  const trace = parseTraceparent(header);
  if (!trace) return undefined;
  return state && state.length <= MAX_STATE ? { ...trace, state } : trace;
};

export const formatTraceparent: FormatTraceparent = (trace) => traceparent(trace);

export interface TracingOptions {
  readonly service: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly sampleRatio: number;
  readonly otlp: string | undefined;
  readonly warn: (message: string) => void;
  readonly onSpan: ((span: EndedSpan) => void) | undefined;
}

/** How a span's work ended: `error` is what it threw. */
export interface Outcome {
  readonly error?: unknown;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** Spans of one process: which one is at work, who comes below it, and where they go when they have ended. */
export function tracing(options: TracingOptions) {
  const { now, random, onSpan } = options;
  const current = new AsyncLocalStorage<Trace>();
  const exporter = options.otlp ? otlpExporter(options.otlp, options.service, options.warn) : undefined;
  let timer: NodeJS.Timeout | undefined;

  const begin = (parent: Trace | undefined): Trace => {
    if (parent) return { ...childOf(parent, random), ...(parent.state === undefined ? {} : { state: parent.state }) };
    const fresh = newTrace(random);
    return options.sampleRatio >= 1 ? fresh : { ...fresh, sampled: random() < options.sampleRatio };
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await exporter?.flush();
  };

  const ended = (span: EndedSpan): void => {
    try {
      onSpan?.(span);
    } catch (error) {
      options.warn(`onSpan failed: ${messageOf(error)}`);
    }
    if (!exporter || !span.trace.sampled) return;
    const { trace, tags, name, parentSpanId, startMs, endMs, error } = span;
    exporter.add({
      name,
      context: trace,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      startMs,
      endMs,
      attributes: tags,
      ...(error === undefined ? {} : { error }),
    });
    // Not the reason to stay alive.
    timer ??= setTimeout(() => void flush(), SEND_AFTER_MS).unref();
  };

  return {
    current: (): Trace | undefined => current.getStore(),
    flush,
    /**
     * Runs work in a span below `parent` (default: the work at hand). `settle` is called once when the work has ended, still
     * before the span is closed.
     */
    run<T>(
      name: string,
      work: (span: ActiveSpan) => T,
      settle: (span: ActiveSpan, outcome: Outcome) => void,
      parent: Trace | undefined = current.getStore(),
    ): T {
      const trace = begin(parent);
      const tags: Record<string, TagValue> = {};
      const span: ActiveSpan = { trace, set: (tag, value) => void (tags[tag] = value) };
      const startMs = now();
      const end = (outcome: Outcome): void => {
        try {
          // In the span's own context, so that what is measured there carries its ids.
          current.run(trace, () => settle(span, outcome));
        } catch (error) {
          options.warn(`${name} could not be measured: ${messageOf(error)}`);
        }
        ended({
          name,
          trace,
          ...(parent ? { parentSpanId: parent.spanId } : {}),
          startMs,
          endMs: now(),
          tags,
          ...("error" in outcome ? { error: messageOf(outcome.error) } : {}),
        });
      };
      let answer: T;
      try {
        answer = current.run(trace, () => work(span));
      } catch (error) {
        end({ error });
        throw error;
      }
      if (!isPromise(answer)) {
        end({});
        return answer;
      }
      return answer.then(
        (value) => {
          end({});
          return value;
        },
        (error: unknown) => {
          end({ error });
          throw error;
        },
      ) as T;
    },
  };
}

export type Tracing = ReturnType<typeof tracing>;
