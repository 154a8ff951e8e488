/**
 * What Lambda does with a bundle, in a process of its own: imports it, hands it an event, answers what came back and which
 * files that took. Arguments: path of the bundle; event as JSON, or nothing to import only.
 */
import { statSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [, , path = "", event] = process.argv;
const folder = pathToFileURL(`${dirname(path)}/`).href;
let loadedBytes = 0;
const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith(folder)) {
      loadedBytes += statSync(fileURLToPath(url)).size;
      loaded.push(url.slice(folder.length));
    }
    return next(url, context);
  },
});

const started = performance.now();
const { handler } = (await import(pathToFileURL(path).href)) as {
  handler: (event: unknown, context: object) => Promise<unknown>;
};
const importMs = performance.now() - started;
const initBytes = loadedBytes;
let result: unknown;
let error: string | undefined;
const called = performance.now();
if (event !== undefined) {
  try {
    result = await handler(JSON.parse(event), { awsRequestId: "infra" });
  } catch (cause) {
    error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
}
const invokeMs = performance.now() - called;
// A marker, as the function's own log lines may be on the same stream.
process.stdout.write(
  `\nRESULT ${JSON.stringify({ result, error, importMs, invokeMs, initBytes, loadedBytes, loaded })}\n`,
  () => process.exit(0),
);
