/** One server-sent event. */
export interface StreamEvent {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

/**
 * Reads server-sent events off a fetch body (EventSource can send no access key). Follows the HTML standard's parsing of
 * an event stream: fields by line, dispatch at an empty line, comments start with a colon.
 *
 * @throws when the connection breaks or nothing, not even a comment, came for `silenceMs`.
 */
export async function* readStream(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<StreamEvent | "beat"> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader();
  let rest = "";
  let type = "message";
  let id = "";
  let data: string[] = [];
  try {
    for (;;) {
      const chunk = await withinSilence(reader.read(), silenceMs);
      if (chunk.done) return;
      yield "beat";
      const lines = (rest + chunk.value).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { type, id, data: data.join("\n") };
          type = "message";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        if (colon === 0) continue;
        const field = colon === -1 ? line : line.slice(0, colon);
        const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "data") data.push(value);
        else if (field === "event") type = value;
        else if (field === "id") id = value;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function withinSilence<T>(work: Promise<T>, silenceMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the stream went silent")), silenceMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
