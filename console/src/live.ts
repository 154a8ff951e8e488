import { accessKey } from "./access.ts";
import { newestDecisionId, openEvents } from "./api.ts";
import { heard, lost } from "./connection.ts";
import { asFailure } from "./failure.ts";
import { observable } from "./store.ts";
import { readStream } from "./stream.ts";

/** Grows when a decision was made: pages ask again. Bursts are folded into one. */
export const news = observable(0);

const FOLD_MS = 250;
const SILENCE_MS = 45_000;
const POLL_MS = 3_000;
/** While polling, the stream is tried again this often: the API may have been replaced by one that can. */
const STREAM_AGAIN_MS = 60_000;
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

let folding = false;
function announce(): void {
  if (folding) return;
  folding = true;
  setTimeout(() => {
    folding = false;
    news.set(news.get() + 1);
  }, FOLD_MS);
}

let wakeUp: (() => void) | undefined;
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wakeUp = () => {
      clearTimeout(timer);
      resolve();
    };
  });

/** Tries again now instead of at the next attempt. */
export function tryNow(): void {
  wakeUp?.();
}

let lastEventId = "";

/** Follows the stream until it ends. True: it was a stream; false: the API answers but does not stream. */
async function follow(): Promise<boolean> {
  const answer = await openEvents(lastEventId);
  if (answer === undefined) return false;
  heard("stream");
  announce();
  for await (const event of readStream(answer, SILENCE_MS)) {
    if (event === "beat") continue;
    if (event.id !== "") lastEventId = event.id;
    announce();
  }
  return true;
}

async function poll(forMs: number): Promise<void> {
  let newest: string | undefined;
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const id = await newestDecisionId();
    heard("polling");
    if (id !== newest) announce();
    newest = id;
    await pause(POLL_MS);
  }
}

/** Runs as long as the page does: stream, else polling, else wait and try again. Never gives up, never hurries. */
export async function startLive(): Promise<void> {
  accessKey.subscribe(tryNow);
  addEventListener("online", tryNow);
  for (let attempt = 0; ; ) {
    const startedAt = performance.now();
    try {
      if (!(await follow())) await poll(STREAM_AGAIN_MS);
      attempt = 0;
    } catch (error) {
      const failure = asFailure(error);
      if (failure.kind === "unreachable") lost(failure.message);
      if (performance.now() - startedAt > SILENCE_MS / 3) attempt = 0;
    }
    await pause(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)] ?? 8_000);
    attempt += 1;
  }
}
