// What people do, step by step, as functions that tests put together.
import assert from "node:assert/strict";

/** Presses a button or link by its accessible name. */
export const press = (page, name) =>
  page.getByRole("button", { name, exact: true }).or(page.getByRole("link", { name, exact: true })).first().click();

/** From wherever to the GENERAL page, as extension `number` of the simulated
 * company. */
export async function signIn(page, base, number) {
  await page.goto(`${base}/`);
  await press(page, "Sign in with RingCentral");
  await page.getByRole("heading", { name: "RingCentral, simulated" }).waitFor();
  await page.getByLabel("Sign in as").selectOption(number);
  await press(page, "Authorize");
  await page.getByRole("heading", { name: "Is that you?" }).waitFor();
  await press(page, "Yes, continue");
  await page.getByRole("link", { name: "GENERAL" }).waitFor();
}

/** From GENERAL through Dropbox's consent page and back. */
export async function connect(page, base, answer = "Allow") {
  await page.goto(`${base}/`);
  await press(page, "CONNECT");
  await page.getByRole("heading", { name: "Simulated Dropbox" }).waitFor();
  await press(page, answer);
  await page.getByRole("link", { name: "GENERAL" }).waitFor();
}

/** Turns the switch of the BACKUP page that is open. */
export async function enableBackup(page, on) {
  const lever = page.getByRole("switch", { name: "Enable backup" });
  if ((await lever.getAttribute("aria-checked")) === String(on)) return;
  await lever.click();
  await page.waitForLoadState();
  assert.equal(await isOn(page), on, "the switch took");
}

/** Whether the BACKUP page shows Enable backup ON. */
export async function isOn(page) {
  return (await page.getByRole("switch", { name: "Enable backup" }).getAttribute("aria-checked")) === "true";
}

/** The ticks of the data types that are shown, by label. */
export async function ticks(page) {
  const boxes = await page.locator('input[type="checkbox"][name="type"]').all();
  const told = await Promise.all(
    boxes.map(async (box) => [
      await box.evaluate((it) => it.closest("label").firstElementChild.nextSibling.textContent.trim()),
      await box.isChecked(),
    ]),
  );
  return Object.fromEntries(told);
}

/** Looks again and again until `good` says yes; the page is loaded anew each
 * time, as somebody without script would. */
export async function until(page, url, good, what) {
  for (let turn = 0; turn < 120; turn++) {
    await page.goto(url);
    if (await good(page)) return;
    await page.waitForTimeout(500);
  }
  assert.fail(`never came: ${what}\n${await page.locator("main").innerText()}`);
}

/** The rows of the Task Log: an array of cells each. */
export async function rows(page) {
  return page.locator("main table").first().locator("tbody tr").evaluateAll((all) =>
    all.map((row) => Array.from(row.cells, (cell) => cell.textContent.trim())),
  );
}
