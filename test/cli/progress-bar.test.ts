import { describe, expect, it } from "vitest";
import { bytesText } from "../../cli/bytes.ts";
import { progressBar, progressText } from "../../cli/progress-bar.ts";

describe("how far a long piece of work is", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.00 KB"],
    [12_340_000, "12.3 MB"],
    [999_600, "1.00 MB"],
    [987_654_321, "988 MB"],
    [5e15, "5.00 PB"],
    [5e19, "50000 PB"],
  ])("%d bytes read as %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it("says how much of it is done, how fast it goes and how long it will take", () => {
    expect(progressText({ doing: "copying", done: 30e6, total: 120e6 }, 3_000)).toBe(
      "copying  ██████░░░░░░░░░░░░░░░░░░ 25 %  30.0 MB of 120 MB  10.0 MB/s  9 s left",
    );
  });

  it("names no rate before it can mean something, and no end where nobody knows it", () => {
    expect(progressText({ doing: "copying", done: 5, total: 10, unit: "units" }, 100)).toBe(
      "copying  ████████████░░░░░░░░░░░░ 50 %  5 units of 10 units",
    );
    expect(progressText({ doing: "verifying", done: 4e6 }, 2_000)).toBe("verifying  4.00 MB  2.00 MB/s");
  });

  it("is one plain line for each new thing where no terminal is", () => {
    const notes: string[] = [];
    const show = progressBar(
      { terminal: false, json: false, progress: () => undefined, note: (line) => void notes.push(line) },
      () => 0,
    );
    for (let done = 0; done < 5; done += 1) show({ doing: "copying", done, total: 5 });
    show({ doing: "verifying", done: 0 });
    expect(notes).toEqual(["copying", "verifying"]);
  });

  it("says nothing beside a JSON document", () => {
    const said: string[] = [];
    const show = progressBar(
      { terminal: false, json: true, progress: (line) => void said.push(line), note: (line) => void said.push(line) },
      () => 0,
    );
    show({ doing: "copying", done: 1, total: 5 });
    expect(said).toEqual([]);
  });
});
