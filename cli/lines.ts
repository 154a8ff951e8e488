import { createReadStream } from "node:fs";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Io } from "./io.ts";

/** A line longer than this is no line of a table. */
const MOST_CHARS = 65_536;

const tooLong = (line: number, mostChars: number): HeadgateError =>
  new HeadgateError(
    "input.invalid",
    `line ${line} is longer than ${mostChars} characters${mostChars === MOST_CHARS ? ": is this CSV?" : ""}`,
  );

/**
 * Lines of a file ("-" or nothing: standard input) as they come, in constant memory: each answer holds the whole lines of one piece
 * of input, without their ends. The last one counts without an end too.
 *
 * @param mostChars that a line may have
 * @throws HeadgateError `input.invalid` where the file cannot be read, or a line has no end
 */
export async function* linesOf(
  io: Pick<Io, "stdin">,
  path: string | undefined,
  mostChars = MOST_CHARS,
): AsyncGenerator<readonly string[]> {
  const fromFile = path !== undefined && path !== "-";
  const source: AsyncIterable<Uint8Array> = fromFile ? createReadStream(path) : io.stdin;
  const decoder = new TextDecoder();
  let rest = "";
  let line = 1;
  try {
    for await (const piece of source) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      line += lines.length;
      if (rest.length > mostChars) throw tooLong(line, mostChars);
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if (error instanceof HeadgateError || !fromFile) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      { ENOENT: "does not exist", EACCES: "may not be read", EISDIR: "is a folder; a file is needed" }[code ?? ""] ??
      `cannot be read (${code ?? String(error)})`;
    throw new HeadgateError("input.invalid", `${path} ${why}`, { cause: error });
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
