import type { Events } from "./types.ts";

type Handler = Parameters<Events["addHandler"]>[1];

/** OpenFeature's emitter, without its package: handlers by event; one that throws does not hold up the others. */
export function createEmitter(failed: (event: string, error: unknown) => void): Events {
  const handlers = new Map<string, Handler[]>();
  const emitter: Events = {
    emit: (event, context) => {
      for (const handler of [...(handlers.get(event) ?? [])]) {
        Promise.resolve()
          .then(() => handler(context ?? {}))
          .catch((error: unknown) => failed(event, error));
      }
    },
    addHandler: (event, handler) => void handlers.set(event, [...(handlers.get(event) ?? []), handler]),
    removeHandler: (event, handler) =>
      void handlers.set(
        event,
        (handlers.get(event) ?? []).filter((one) => one !== handler),
      ),
    removeAllHandlers: (event) => {
      if (event === undefined) handlers.clear();
      else handlers.delete(event);
    },
    getHandlers: (event) => [...(handlers.get(event) ?? [])],
    setLogger: () => emitter,
  };
  return emitter;
}
