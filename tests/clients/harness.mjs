// harness.mjs — TAP output and a node of one's own for the client tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let count = 0;
let failed = 0;

export function ok(name, condition, detail = '') {
  count += 1;
  if (!condition) failed += 1;
  console.log(`${condition ? 'ok' : 'not ok'} ${count} - ${name}${condition ? '' : ` # ${String(detail).slice(0, 500)}`}`);
}

export function equal(name, got, want) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
  ok(name, g === w, `got ${g}, want ${w}`);
}

/** Runs an async step; an exception fails it and the script goes on. */
export async function step(name, fn) {
  try {
    await fn();
  } catch (e) {
    ok(name, false, e?.stack ?? JSON.stringify(e));
  }
}

/** Expects fn to throw or reject with a message matching the pattern. */
export async function refuses(name, fn, pattern) {
  try {
    const got = await fn();
    ok(name, false, `was accepted: ${JSON.stringify(got)}`);
  } catch (e) {
    ok(name, pattern.test(String(e?.message ?? e)), `refused with: ${e?.message ?? e}`);
  }
}

export function finish() {
  console.log(`1..${count}`);
  process.exit(failed === 0 ? 0 : 1);
}

/** Rejects when the promise takes longer than the seconds given: a hang is a failure with a name. */
export function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Starts wetee-node on a port of its choice; resolves to { url, http, stop, dir }. */
export async function startNode(...args) {
  const build = process.env.WETEE_BUILD ?? new URL('../../build', import.meta.url).pathname;
  const dir = mkdtempSync(join(tmpdir(), 'wetee-client-test-'));
  const child = spawn(join(build, 'bin/wetee-node'),
    [...(args.includes('--chain') ? [] : ['--chain', 'dev']), '--base-path', dir, '--rpc-port', '0', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const port = await within(20, 'starting wetee-node', new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      log += chunk;
      const found = /listening.* rpc_port=(\d+)/.exec(log);
      if (found) resolve(Number(found[1]));
    });
    child.on('exit', (code) => reject(new Error(`wetee-node ended with ${code}: ${log.slice(-2000)}`)));
    child.on('error', reject);
  }));
  const stop = () => new Promise((resolve) => {
    if (child.exitCode !== null) { rmSync(dir, { recursive: true, force: true }); resolve(child.exitCode); return; }
    child.on('exit', (code) => { rmSync(dir, { recursive: true, force: true }); resolve(code); });
    child.kill('SIGTERM');
  });
  return { url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}`, stop, log: () => log, pid: child.pid };
}
