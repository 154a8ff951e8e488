import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What goes through between two collections: one takes about a millisecond, so this costs some two percent at 100 MB/s. */
const BETWEEN_BYTES = 8 * 1024 * 1024;

type Collect = (
  options: { readonly type: "minor" } | { readonly type: "major"; readonly flavor: "last-resort" },
) => void;
let collect: Collect | undefined;
let since = 0;

function collector(): Collect {
  // The engine hands its collector out to a context that is made after it was asked to.
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  return typeof found === "function" ? (found as Collect) : () => undefined;
}

/**
 * To be told of what went through. Short-lived buffers lie outside the heap, and the engine lets some 64 MB of them pile up before it looks: of what a worker has, that is a
 * quarter. They are young, so that a look at the young ones gives nearly all of it back; pages that are written again and again cost less time, too. The first time all that
 * loading the program left behind is given back, some 30 MB; a worker with little to do is spared that tenth of a second.
 *
 * @param bytes that were read since it was told last
 */
export function passedThrough(bytes: number): void {
  since += bytes;
  if (since < BETWEEN_BYTES) return;
  since = 0;
  if (collect) collect({ type: "minor" });
  else {
    collect = collector();
    collect({ type: "major", flavor: "last-resort" });
  }
}
