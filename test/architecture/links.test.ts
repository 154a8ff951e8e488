import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const pages = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...["docs", "examples"].flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(part, name)),
  ),
];

/** A heading's anchor as GitHub makes it. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set([...readFileSync(join(root, page), "utf8").matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => anchorOf(title)));

/** Where a page leads to that is not there; addresses elsewhere are not asked. */
function dead(page: string, text: string): readonly string[] {
  const links = [...text.replace(/```[\s\S]*?```/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links
    .filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [path = "", anchor] = target.split("#");
      const to = path === "" ? page : join(page, "..", path);
      if (!existsSync(join(root, to))) return true;
      return anchor !== undefined && to.endsWith(".md") && !anchorsOf(to).has(anchor);
    })
    .map((target) => `${page}: ${target}`);
}

it("links of every page lead to a file that is there, and to a heading that it has", () => {
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.flatMap((page) => dead(page, readFileSync(join(root, page), "utf8")))).toEqual([]);
});

it("a link to a file or a heading that is not there is found", () => {
  const text =
    "[a](docs/nowhere.md) [b](CONTRIBUTING.md#nowhere) [c](CONTRIBUTING.md#the-map) [d](https://example.com/x) [e](docs/)";
  expect(dead("README.md", text)).toEqual(["README.md: docs/nowhere.md", "README.md: CONTRIBUTING.md#nowhere"]);
});

it("every page of docs is told of in the README", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const own = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== "docs/add-a-domain.md");
  expect(own.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
});
