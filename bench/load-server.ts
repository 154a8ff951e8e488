import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// A target whose limits are known. Every answer has a time at which it is ready, reckoned and not slept, so that its capacity is exact:
// `slots` requests at once take `ms` each, which makes slots × 1000 / ms a second; and for `stallMs` of every `everyMs` nothing is answered.
const [slots = 0, ms = 0, everyMs = 0, stallMs = 0] = process.argv.slice(2).map(Number);
const freeAt = new Array<number>(slots).fill(0);
const began = performance.now();
let busy = 0;

/** When an answer to a request that came now is ready. */
function readyAt(now: number): number {
  let ready = now;
  if (slots > 0) {
    const slot = freeAt.indexOf(Math.min(...freeAt));
    ready = Math.max(now, freeAt[slot] ?? 0) + ms;
    freeAt[slot] = ready;
  }
  if (everyMs === 0) return ready;
  const into = (ready - began) % everyMs;
  // The stall lies in the middle of its period.
  const from = (everyMs - stallMs) / 2;
  return into >= from && into < from + stallMs ? ready - into + from + stallMs : ready;
}

const server = createServer((request, response) => {
  if (request.url === "/metrics") {
    const now = performance.now();
    return void response.end(`slots_busy ${freeAt.filter((at) => at > now).length}\nrequests_under_way ${busy}\n`);
  }
  const wait = readyAt(performance.now()) - performance.now();
  if (wait <= 0) return void response.end("ok");
  busy += 1;
  setTimeout(() => {
    busy -= 1;
    response.end("ok");
  }, wait);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
