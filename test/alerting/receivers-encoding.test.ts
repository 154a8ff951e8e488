import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { goJson, goText, goTextMap } from "../../shared/core/alerting/receivers/go-json.ts";
import { addresses } from "../../shared/core/alerting/receivers/mail-address.ts";
import { encodedWord, quotedPrintable } from "../../shared/core/alerting/receivers/mail-encoding.ts";
import { cutBytes, longerThanRunes, truncateRunes } from "../../shared/core/alerting/receivers/truncate.ts";

describe("JSON as Go prints it", () => {
  test.each([
    ["a<b>&c", '"a\\u003cb\\u003e\\u0026c"'],
    ["line\u2028end\u2029", '"line\\u2028end\\u2029"'],
    ['"\\\n\t', '"\\"\\\\\\n\\t"'],
    ["ü😀", '"ü😀"'],
  ])("%j", (text, json) => {
    expect(goText(text)).toBe(json);
  });

  test("maps are in the order of their keys, however they look", () => {
    expect(goTextMap({ b: "1", "10": "2", "2": "3", a: "4", B: "5" })).toBe(
      '{"10":"2","2":"3","B":"5","a":"4","b":"1"}',
    );
    expect(goJson({ "10": [1.5, true, null], "2": { y: "<", x: undefined } })).toBe(
      '{"10":[1.5,true,null],"2":{"y":"\\u003c"}}',
    );
  });

  test("any text comes back as it was", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(fc.property(text, (one) => JSON.parse(goText(one)) === one));
    fc.assert(
      fc.property(fc.dictionary(text, text), (map) => {
        expect(JSON.parse(goTextMap(map))).toEqual({ ...map });
      }),
    );
  });
});

describe("texts that are cut", () => {
  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["abcdef", 3, "abc"],
    ["😀😀😀😀😀", 5, "😀😀😀😀😀"],
    ["😀😀😀😀😀", 4, "😀😀😀…"],
    ["😀😀😀😀😀", 2, "😀😀"],
    ["", 0, ""],
  ])("%j to %d characters is %j", (text, most, cut) => {
    expect(truncateRunes(text, most)).toBe(cut);
  });

  test("never have more characters than allowed and lose none that would fit", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "😀", "…"), maxLength: 20 });
    fc.assert(
      fc.property(text, fc.nat(20), (one, most) => {
        const cut = [...truncateRunes(one, most)];
        expect(cut).toHaveLength(Math.min(most, [...one].length));
        expect(longerThanRunes(one, most)).toBe([...one].length > most);
      }),
    );
  });

  test("by bytes never end within a character", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀"), maxLength: 20 });
    fc.assert(
      fc.property(text, fc.nat(40), (one, most) => {
        const cut = cutBytes(one, most);
        expect(one.startsWith(cut)).toBe(true);
        expect(Buffer.from(cut).toString()).toBe(cut);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
        const [next = ""] = one.slice(cut.length);
        if (next !== "")
          expect(Buffer.byteLength(cut + String.fromCodePoint(one.codePointAt(cut.length) ?? 0))).toBeGreaterThan(most);
      }),
    );
  });
});

/** RFC 2045, 6.7, backwards. */
const readPrintable = (text: string): string =>
  Buffer.from(
    text
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    "latin1",
  ).toString("utf8");

describe("mail", () => {
  test("a body is quoted-printable: ASCII lines of at most 76 characters that end in no blank, and comes back as it was", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", " ", "\t", "=", "\n", "ü", "😀", "long words "),
      maxLength: 200,
    });
    fc.assert(
      fc.property(text, (one) => {
        const body = quotedPrintable(one);
        for (const line of body.split("\r\n")) {
          expect(line).toMatch(/^[\t\x20-\x7e]*$/);
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line).not.toMatch(/[ \t]$/);
        }
        expect(readPrintable(body)).toBe(one.replace(/\n/g, "\r\n"));
      }),
    );
  });

  test.each([
    ["[FIRING:1] Disk (x)", "[FIRING:1] Disk (x)"],
    ["ü = 1?", "=?utf-8?q?=C3=BC_=3D_1=3F?="],
    ["a\r\nBcc: evil@x.org", "=?utf-8?q?a=0D=0ABcc:_evil@x.org?="],
    ["é".repeat(12), `=?utf-8?q?${"=C3=A9".repeat(10)}?= =?utf-8?q?${"=C3=A9".repeat(2)}?=`],
  ])("a header %j is %j", (value, encoded) => {
    expect(encodedWord(value)).toBe(encoded);
  });

  test.each([
    ["a@x.org", ["a@x.org"]],
    [" a@x.org ,b@y.org", ["a@x.org", "b@y.org"]],
    ['"Team, on call" <a@x.org>, B <b@y.org>', ["a@x.org", "b@y.org"]],
    ["Team: a@x.org, b@y.org;", ["a@x.org", "b@y.org"]],
    ["a@x.org (the first), <b@[10.0.0.1]>", ["a@x.org", "b@[10.0.0.1]"]],
    ["jörg@exämple.org", ["jörg@exämple.org"]],
    ["nobody", '"nobody" is no address'],
    ["a@x.org, <broken", '"<broken" cannot be read'],
    ["<a@x.org> <b@x.org>", "two addresses without a comma between them"],
    ["a b@x.org", '"a b@x.org" is no address'],
    ["a@x.org\nb@x.org", "a line end is no part of an address"],
    ["", "no address"],
  ])("a list of addresses %j", (list, found) => {
    expect(addresses(list)).toEqual(found);
  });
});
