// The world a browser test runs in: simulators and a server of its own, on
// free ports, with data in a folder that vanishes.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const archiver = process.env.BROWSER_ARCHIVER;

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((there) => server.listen(0, "127.0.0.1", there));
  const { port } = server.address();
  await new Promise((gone) => server.close(gone));
  return port;
}

/** Starts a process and waits until its output satisfies `ready`. */
function start(args, env, ready) {
  const child = spawn(archiver, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const started = new Promise((there, failed) => {
    const more = (piece) => {
      output += piece;
      if (ready(output)) there(output);
    };
    child.stdout.on("data", more);
    child.stderr.on("data", more);
    child.on("exit", (code) => failed(new Error(`archiver ${args[0]} ended (${code}):\n${output}`)));
  });
  const stop = () =>
    new Promise((gone) => {
      if (child.exitCode !== null || child.signalCode !== null) return gone();
      child.removeAllListeners("exit");
      child.on("exit", gone);
      child.kill("SIGTERM");
    });
  return { started, stop, output: () => output };
}

/** The settings that `archiver simulate` prints, as an object. */
function settingsOf(output) {
  const lines = output.split("\n").filter((line) => /^[A-Z_]+=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Simulators only. `scenario` is TOML. */
export async function simulate(scenario = "") {
  const folder = mkdtempSync(join(tmpdir(), "archiver-browser-"));
  writeFileSync(join(folder, "scenario.toml"), scenario);
  const sim = start(["simulate", "--faults", join(folder, "scenario.toml")], {}, (it) => it.includes("DROPBOX_WEB_URL="));
  const settings = settingsOf(await sim.started);
  return {
    folder,
    settings,
    stop: async () => {
      await sim.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server before these simulators. `keys: false` leaves the apps' keys to
 * the set-up page. */
export async function serve(sim, { keys = true, env = {} } = {}) {
  const port = await freePort();
  const { RINGCENTRAL_JWT, DROPBOX_REFRESH_TOKEN, ...settings } = sim.settings;
  if (!keys) for (const name of Object.keys(settings)) if (!name.endsWith("_URL")) delete settings[name];
  const server = start(
    ["serve", "--listen", `127.0.0.1:${port}`],
    { ARCHIVER_DATA_DIR: join(sim.folder, `data-${port}`), ...settings, ...env },
    (it) => it.includes("Pages:"),
  );
  await server.started;
  return { base: `http://127.0.0.1:${port}`, stop: server.stop, output: server.output };
}

/** JSON of a simulator's own account of what happened. */
export async function oracle(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}
