// A real Chromium, the states of pages as pictures, and axe-core on each.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.BROWSER_PICTURES;

/** One Chromium for a test file. As root it has no sandbox of its own; it sees
 * only pages of ours. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.BROWSER_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"],
  });
}

/** A person: a browser with cookies of its own. */
export async function person(browser, { script = true, dark = false, width = 1280, height = 900 } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: script,
    colorScheme: dark ? "dark" : "light",
    viewport: { width, height },
    timezoneId: "America/New_York",
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`script error: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (it) => {
    if (it.type() === "error" && /Content Security Policy|Refused/.test(it.text())) faults.push(it.text());
  });
  return { context, page, faults };
}

/** Keeps a picture of the page as it stands, in both themes, and holds it to
 * axe-core: 0 violations (WCAG 2 A and AA, best practices). */
export async function state(page, name) {
  mkdirSync(pictures, { recursive: true });
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: join(pictures, `${name}-${theme}.png`), fullPage: true });
    assert.deepEqual(await violations(page, theme), [], `${name}, ${theme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** axe-core needs script: where the person has none, a twin with script looks
 * at the same HTML. */
async function violations(page, colorScheme) {
  const scripted = await page.context().browser().newContext({ bypassCSP: true, colorScheme });
  try {
    const twin = await scripted.newPage();
    const [html, url] = [await page.content(), page.url()];
    await scripted.addCookies(await page.context().cookies());
    // The very page, not a second visit: a notice is told only once.
    await twin.route(url, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
    await twin.goto(url);
    await twin.evaluate(axe);
    const result = await twin.evaluate(() => globalThis.axe.run(document));
    return result.violations.map((it) => `${it.id}: ${it.help} (${it.nodes.map((node) => node.target.join(" ")).join("; ")})`);
  } finally {
    await scripted.close();
  }
}
