import { run } from "./run.ts";

// Whoever reads only the first lines, and a terminal that was closed, are no fault; a full disk is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
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
  terminal: process.stderr.isTTY === true,
});
