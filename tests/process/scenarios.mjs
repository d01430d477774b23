// Every example of the policy set through real processes: what each desk opens is its row of `explain`, every cell,
// also over the day on which the covenant lapses. SEINHUIS_BUILD and SEINHUIS_SOURCE say where things are.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";

const seinhuis = join(process.env.SEINHUIS_BUILD, "tools/seinhuis");
const seinhuisd = join(process.env.SEINHUIS_BUILD, "broker/seinhuisd");
const policies = join(process.env.SEINHUIS_SOURCE, "policies/nl-mensenhandel");
const home = mkdtempSync(join(tmpdir(), "scenarios-"));

// Who signs what: from the tables.
const issuers = {
  toestemming: ["zorgcoordinatie-noord/zorgcoordinator"],
  "wpg-19-c": ["politie-noord/bevoegd-gezag", "om/mh-officier"],
};

// Who is named: everybody who sends, but for these.
const modes = { "A2.json": ["--mode", "confidential"] };

const run = (args) => spawnSync(seinhuis, args, { encoding: "utf8" });
const json = (args, ...codes) => {
  const { status, stdout, stderr } = run([...args, "--json"]);
  assert.ok((codes.length ? codes : [0]).includes(status), `${args.join(" ")}: exit ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
};

class Network {
  constructor(date) {
    this.date = date;
    this.folder = join(home, date);
    execFileSync(seinhuis, ["sandbox", "create", this.folder, "--policies", policies, "--date", date]);
  }
  profile(desk) {
    return join(this.folder, "desks", desk);
  }
  async start() {
    this.daemon = spawn(seinhuisd, ["--config", join(this.folder, "broker.yaml")]);
    await new Promise((ready, failed) => {
      this.daemon.stdout.on("data", (text) => String(text).startsWith("ready tcp://") && ready());
      this.daemon.on("exit", failed);
    });
  }
  async stop() {
    const gone = new Promise((done) => this.daemon.on("exit", done));
    this.daemon.kill("SIGTERM");
    await gone;
  }
  advance(by, date) {
    execFileSync(seinhuis, ["sandbox", "advance", this.folder, by]);
    this.date = date;
  }

  // The signal with its statements signed by the desks that may, in one thread.
  signed(name) {
    const signal = JSON.parse(readFileSync(join(policies, "examples", name), "utf8"));
    for (const list of ["consents", "attests"]) {
      const files = [];
      for (const [n, body] of (signal[list] ?? []).entries()) {
        for (const issuer of issuers[body.type]) {
          const args = ["attest", "--profile", this.profile(issuer), "--type", body.type];
          args.push("--giver", signal.from.split("/")[0], "--from", body.from, "--until", body.until);
          if (signal.thread) args.push("--thread", signal.thread);
          if (body.subject) args.push("--role", body.subject);
          for (const desk of body.to) args.push("--to", desk);
          for (const purpose of body.purposes) args.push("--purpose", purpose);
          const statement = json(args);
          signal.thread = statement.thread;
          const file = join(home, `${name}-${list}-${n}-${issuer.replace("/", "-")}.json`);
          writeFileSync(file, JSON.stringify(statement));
          files.push(file);
        }
      }
      if (files.length) signal[list] = files.map((file) => file.slice(home.length + 1));
    }
    const file = join(home, `signed-${name}`);
    writeFileSync(file, JSON.stringify(signal));
    return { file, signal };
  }

  // Sends one example; gives how many cells were compared.
  play(name) {
    const { file, signal } = this.signed(name);
    const example = join(policies, "examples", name);
    const plan = json(["explain", "--policies", policies, "--signal", example, "--date", this.date, ...(modes[name] ?? [])]).recipients;
    const comes = (row) => row.outcome === "deliver" && !row.standby; // who stands by hears nothing before somebody was silent
    const anybody = plan.some(comes);
    const sent = json(["send", "--profile", this.profile(signal.from), "--signal", file, ...(modes[name] ?? [])], anybody ? 0 : 3);
    assert.deepEqual(rows(sent.recipients), rows(plan), `${name}: what is sent is what was explained`);
    let cells = 0;
    for (const row of plan) {
      const inbox = json(["inbox", "--profile", this.profile(row.desk), "--wait", comes(row) ? "5" : "0"]);
      const found = inbox.deliveries.filter((delivery) => delivery.signal === sent.signal);
      assert.equal(found.length, comes(row) ? 1 : 0, `${name}: ${row.desk}`);
      if (found.length) cells += compare(`${name}: ${row.desk}`, found[0], row, signal);
    }
    console.log(`${this.date} ${name}: ${cells} cells`);
    return cells;
  }
}

// A consent that its signer takes back before the pick-up: the name stays away, and the reason is the consent.
function takeBack(network) {
  const { file, signal } = network.signed("A5.json");
  const sent = json(["send", "--profile", network.profile(signal.from), "--signal", file]);
  const consent = join(home, signal.consents[0]);
  const issuer = JSON.parse(readFileSync(consent, "utf8")).issuer;
  json(["attest", "--profile", network.profile(signal.from), "--revoke", consent], 3); // not who signed it
  assert.equal(run(["attest", "--profile", network.profile(issuer), "--type", "toestemming"]).status, 2);
  assert.equal(json(["attest", "--profile", network.profile(issuer), "--revoke", consent]).state, "accepted");
  const inbox = json(["inbox", "--profile", network.profile("opvang-noord/intake"), "--wait", "5"]);
  const delivery = inbox.deliveries.find((one) => one.signal === sent.signal);
  assert.equal(delivery.withheld["slachtoffer.naam"].gate, "G7");
  assert.deepEqual(inbox.alarms, []);
}

const rows = (plan) => plan.map(({ desk, outcome, gate, rule, fields }) => ({ desk, outcome, gate, rule, fields }));

// One delivery against its row: forms, values, and what stops the rest.
function compare(where, delivery, row, signal) {
  assert.equal(delivery.purpose, row.purpose, where);
  for (const [field, cell] of Object.entries(row.fields)) {
    const place = `${where}: ${field}`;
    const given = cell.gate === null || cell.gate === "";
    if (!given) {
      assert.ok(!(field in delivery.fields), place);
      assert.equal(delivery.withheld[field]?.gate, cell.gate, place);
      assert.equal(delivery.withheld[field]?.rule, cell.rule, place);
      continue;
    }
    assert.deepEqual(Object.keys(delivery.fields[field] ?? {}).sort(), [...cell.forms].sort(), place);
    if (!cell.forms.includes("exact")) continue;
    const written = signal.fields[field] ?? null;
    const single = Array.isArray(written) && written.length === 1 ? written[0] : written;
    assert.deepEqual(delivery.fields[field].exact, single, place);
  }
  assert.equal(Object.keys(row.fields).length, Object.keys(delivery.fields).length + Object.keys(delivery.withheld).length, where);
  return Object.keys(row.fields).length;
}

let cells = 0;
let network;
try {
  network = new Network("2026-11-23");
  await network.start();
  // A hit is about signals that were sent and linked: process/linker.sh.
  const stands = (name) => JSON.parse(readFileSync(join(policies, "examples", name), "utf8")).kind !== "hit";
  const names = readdirSync(join(policies, "examples")).filter((name) => name.endsWith(".json") && stands(name));
  for (const name of names) cells += network.play(name);
  await network.stop();

  network = new Network("2025-12-31");
  await network.start();
  const covenant = network.play("A5.json") + network.play("A5-opvang.json");
  assert.ok(covenant > 0, "the covenant holds on its last day");
  takeBack(network);
  network.advance("1d", "2026-01-01");
  assert.equal(network.play("A5.json"), 0, "and not the day after");
  cells += covenant;
  const supervisor = network.profile("toezichthouder/log");
  const audit = json(["audit", "verify", "--profile", supervisor]);
  assert.deepEqual([audit.failed, audit.replayed], [[], audit.size], "the audit makes every decision again");
  await network.stop();
  assert.ok(cells > 200, `only ${cells} cells`);
  console.log(`${cells} cells: every one as explained`);
} finally {
  network?.daemon?.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
}
