import type { Notify } from "../shared/core/ports/notify.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import type { SenderOptions } from "./alerting/sender.ts";

/** Notifications; templates, mail and everything else that sends is loaded with the first of them. */
export function lazyNotify(runtime: () => Runtime, options: SenderOptions): Notify & { close(): void } {
  let made: Promise<ReturnType<typeof import("./alerting/sender.ts").sender>> | undefined;
  return {
    send: async (tenant, notification, signal) => {
      made ??= import("./alerting/sender.ts").then(({ sender }) => sender(runtime(), options));
      try {
        return await (await made).send(tenant, notification, signal);
      } catch (error) {
        made = undefined;
        return { ok: false, retry: true, detail: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => void made?.then((one) => one.close()),
  };
}
