// A simulated company, Archiver before it, and two people of it in a browser:
// an admin, and a user on a small screen.
import { launch, person } from "./browser.mjs";
import { serve, simulate } from "./world.mjs";

/** All of them, started; `script`: whether their browsers run scripts. */
export async function company(scenario, script) {
  const all = {};
  try {
    all.browser = await launch();
    all.sim = await simulate(scenario);
    all.server = await serve(all.sim);
    all.admin = await person(all.browser, { script });
    all.user = await person(all.browser, { script, width: 390, height: 800 });
    return all;
  } catch (error) {
    await end(all);
    throw error;
  }
}

/** Ends what was started of it. */
export async function end({ browser, server, sim }) {
  await browser?.close();
  await server?.stop();
  await sim?.stop();
}
