import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprintOf, labelSetText } from "../../shared/core/alerting/fingerprint.ts";
import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import { goQuoted, goUnquoted } from "../../shared/core/kernel/go-quote.ts";

/** The definition, slowly: FNV-1a 64 of the sorted labels' bytes, each followed by 0xff. */
function byDefinition(labels: Readonly<Record<string, string>>): string {
  let hash = 0xcbf29ce484222325n;
  const eat = (byte: number): void => {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  };
  for (const name of Object.keys(labels).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    for (const text of [name, labels[name] as string]) {
      for (const byte of Buffer.from(text)) eat(byte);
      eat(0xff);
    }
  return hash.toString(16).padStart(16, "0");
}

const text = fc.string({ unit: "grapheme", maxLength: 10 });

describe("fingerprints", () => {
  it.each([
    [{}, "cbf29ce484222325"],
    [{ alertname: "Down" }, "6accfd3d0992a914"],
    [{ a: "é😀", b: "" }, "e9ba16997d2f44e3"],
  ])("of %j is %s", (labels, expected) => {
    expect(byDefinition(labels)).toBe(expected);
    expect(fingerprintOf(labels)).toBe(expected);
  });

  it("is FNV-1a 64 over UTF-8 for every label set", () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (labels) => {
        expect(fingerprintOf(labels)).toBe(byDefinition(labels));
      }),
    );
  });

  it("does not depend on the order in which labels were set, nor mixes names and values up", () => {
    expect(fingerprintOf({ a: "1", b: "2" })).toBe(fingerprintOf({ b: "2", a: "1" }));
    expect(fingerprintOf({ a: "bc" })).not.toBe(fingerprintOf({ ab: "c" }));
  });
});

describe("label sets as text", () => {
  it.each([
    [{}, "{}"],
    [{ b: "2", a: 'x"\n\t\\' }, '{a="x\\"\\n\\t\\\\", b="2"}'],
    [{ é: "😀\u0001\u00a0" }, '{é="😀\\x01\\u00a0"}'],
  ])("%j", (labels, expected) => {
    expect(labelSetText(labels)).toBe(expected);
  });

  it("orders by bytes where UTF-16 would differ", () => {
    expect(["\uff00", "😀"].sort()).toEqual(["😀", "\uff00"]);
    expect(["😀", "\uff00"].sort(byBytes)).toEqual(["\uff00", "😀"]);
  });

  it("quotes what unquotes to the same", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(goUnquoted(goQuoted(value))).toBe(value);
      }),
    );
  });
});
