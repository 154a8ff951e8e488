/** What a process gives a command line: a real one, or a test. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /**
   * Writes to standard output and answers when it can take more; false when nobody reads it any more. Absent: it can always take
   * more.
   */
  readonly stream?: (text: string) => Promise<boolean>;
  /** Whether a person watches standard error. */
  readonly terminal: boolean;
}

/** Where a command reads and writes. Standard output is the answer's alone; everything else goes to standard error. */
export interface Io {
  readonly json: boolean;
  readonly url: string | undefined;
  readonly env: Surroundings["env"];
  readonly stdin: Surroundings["stdin"];
  /** Colour and progress belong on a terminal only. */
  readonly terminal: boolean;
  /** One line of the answer for people; silent with --json. */
  line(text?: string): void;
  /**
   * A part of an answer that is as long as its input, for people and machines alike. Waits until it can be taken; false when
   * nobody reads it any more.
   */
  stream(text: string): Promise<boolean>;
  /** The whole answer for machines; silent without --json. */
  document(value: unknown): void;
  /** A line on standard error. */
  note(text: string): void;
  /** A passing line on a terminal's standard error; nothing elsewhere. */
  progress(text: string): void;
}

/** Other people's names must not move the cursor or colour the terminal: control characters are shown as a box. */
export function plain(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\u25a1");
}

export function makeIo(
  { env, stdin, stdout, stderr, ...around }: Surroundings,
  json: boolean,
  url: string | undefined,
): Io {
  const terminal = around.terminal && !json;
  let shown = false;
  const clear = () => {
    if (shown) stderr("\r\u001b[K");
    shown = false;
  };
  return {
    json,
    url,
    env,
    stdin,
    terminal,
    line: (text = "") => {
      clear();
      if (!json) stdout(`${text}\n`);
    },
    stream: async (text) => {
      clear();
      if (around.stream) return around.stream(text);
      stdout(text);
      return true;
    },
    document: (value) => {
      clear();
      if (json) stdout(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (text) => {
      clear();
      stderr(`${text}\n`);
    },
    progress: (text) => {
      if (!terminal) return;
      clear();
      stderr(text);
      shown = true;
    },
  };
}

/** Rows as aligned columns, the first row being the heading; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const shown = rows.map((row) => row.map(plain));
  const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => [...(row[column] ?? "")].length)));
  return shown.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - [...cell].length),
      )
      .join("  ")
      .trimEnd(),
  );
}
