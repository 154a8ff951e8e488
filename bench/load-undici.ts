import { type Dispatcher, Pool } from "undici";
import type { Recorder } from "../local/load-test/recorder.ts";
import type { Sender } from "../local/load-test/sender.ts";

/** The same schedule over undici's Pool, in the leanest way it has: no streams, no bodies kept. */
export function undiciSender(origin: string, connections: number, recorder: Recorder, now: () => number): Sender {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  let open = 0;
  return {
    send: (at, cohort) => {
      open += 1;
      const sentAt = now();
      let status = 0;
      recorder.sent(cohort, false, sentAt);
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => {},
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: () => {},
        onResponseEnd: () => {
          open -= 1;
          recorder.answered(cohort, at, sentAt, now(), status === 200);
        },
        onResponseError: () => {
          open -= 1;
          recorder.failed(cohort, true);
        },
      };
      pool.dispatch({ path: "/", method: "GET" }, handler);
    },
    stop: () => {},
    check: () => {},
    isOpen: () => open > 0,
    close: () => pool.destroy(),
  };
}
