import { run } from "./run.ts";

let reader = true;
/** Waits until the pipe has room: rows must not pile up in memory because whoever reads them is slow. */
const stream = async (text: string): Promise<boolean> => {
  if (reader && !process.stdout.write(text)) {
    await new Promise<void>((resolve) => {
      const done = () => {
        process.stdout.off("drain", done).off("error", done).off("close", done);
        resolve();
      };
      process.stdout.on("drain", done).on("error", done).on("close", done);
    });
  }
  return reader;
};

// Whoever reads only the first lines, and a terminal that was closed, are no fault; a full disk is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  reader = false;
  if (error.code === "EPIPE" || error.code === "EIO") return;
  process.stderr.write(`headgate: the answer could not be written: ${error.message}\n`);
  process.on("exit", () => void (process.exitCode = 2));
});
process.stderr.on("error", () => {});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin as AsyncIterable<Uint8Array>,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  stream,
  terminal: process.stderr.isTTY === true,
});
