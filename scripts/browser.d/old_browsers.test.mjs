// The delivered style sheet and script, read by standard tools for the guide's
// oldest browsers: what one of them does not know must have a fallback before
// it, or be something that it skips as a whole.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import postcss from "postcss";
import DoIUse from "doiuse/lib/DoIUse.js";
import { ESLint } from "eslint";
import compat from "eslint-plugin-compat";
import es from "eslint-plugin-es-x";

const files = process.env.BROWSER_STATIC;
const GUIDE = {
  s_120_internet_explorer_11: "ie 11",
  s_121_firefox_46: "firefox 46",
  s_122_chrome_50: "chrome 50",
  s_123_safari_9_1: "safari 9.1",
};

/** Ignored without harm: the page is whole and readable without it. */
const COSMETIC = {
  "font-variant-numeric": "digits of a column may differ in width",
  "css-text-size-adjust": "a phone may enlarge text by itself",
};

/** Supported in part, and the part that is used is. */
const IN_PART = {
  "css-overflow": "hidden and auto; the newer values are not used",
  "css-unicode-bidi": "embed; isolate stands after it",
  outline: "its colour, style and width; no offset",
  wordwrap: "break-word by its old name",
};

/** What a browser would meet without knowing it, and has no fallback for. */
async function strangers(css, browser) {
  const found = [];
  const doiuse = new DoIUse({
    browsers: [browser],
    onFeatureUsage: ({ feature, featureData, usage }) => {
      const known = feature in COSMETIC || isCss1(usage) || (!featureData.missing && feature in IN_PART);
      if (!known && !hasFallback(usage)) {
        found.push(`${feature} at line ${usage.source.start.line}: ${usage.toString().split("\n")[0]}`);
      }
    },
  });
  await postcss(doiuse).process(css, { from: undefined });
  return found;
}

/** What the tool takes for the newer shorthand is as old as style sheets. */
function isCss1(node) {
  return node.type === "decl" && node.prop === "text-decoration" && /^(none|underline)$/.test(node.value);
}

/** A declaration falls back to an earlier one of its property; an at-rule that
 * is not known, or a rule inside one, is skipped as a whole. */
function hasFallback(node) {
  for (let above = node; above; above = above.parent) {
    if (above.type === "atrule" && (above.name === "supports" || above.name === "media")) return true;
  }
  if (node.type !== "decl") return false;
  if (node.prop.startsWith("--")) return true; // a custom property is only ever read by var()
  const earlier = node.parent.nodes.slice(0, node.parent.nodes.indexOf(node));
  return earlier.some((it) => it.type === "decl" && it.prop === node.prop && !it.value.includes("var("));
}

async function scriptFaults(browser) {
  const eslint = new ESLint({
    overrideConfigFile: true,
    cwd: files,
    overrideConfig: [
      {
        files: ["**/*.js"],
        languageOptions: { ecmaVersion: 5, sourceType: "script" },
        plugins: { compat, "es-x": es },
        settings: { browsers: [browser], "es-x": { aggressive: true } },
        rules: { ...es.configs["flat/restrict-to-es5"].rules, "compat/compat": "error" },
      },
    ],
  });
  const results = await eslint.lintFiles(["*.js"]);
  assert.ok(results.length > 0, "there is a script to check");
  return results.flatMap((it) => it.messages.map((m) => `${it.filePath}:${m.line}: ${m.message}`));
}

for (const [name, browser] of Object.entries(GUIDE)) {
  test(`${name}_meets_nothing_without_a_fallback`, async () => {
    const sheets = readdirSync(files).filter((it) => it.endsWith(".css"));
    assert.ok(sheets.length > 0, "there is a style sheet to check");
    for (const sheet of sheets) {
      assert.deepEqual(await strangers(readFileSync(join(files, sheet), "utf8"), browser), [], sheet);
    }
    assert.deepEqual(await scriptFaults(browser), []);
  });
}

test("the check itself finds what has no fallback", async () => {
  assert.equal((await strangers("a { color: var(--x); }", "ie 11")).length, 1);
  assert.equal((await strangers("a { color: red; color: var(--x); }", "ie 11")).length, 0);
  assert.equal((await strangers("a { display: grid; }", "firefox 46")).length, 1);
});
