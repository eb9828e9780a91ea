// hostile_pool.mjs — the transaction pool under abuse, on a node that seals seldom and bans what was invalid.
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { equal, ok, startNode, step, within } from './harness.mjs';
import { Rpc, bytes, cat, chainFacts, compact, errorIs, hex, key, memory, sanitized, sign, sleep, vec } from './hostile_lib.mjs';

const READY = 8192, FUTURE = 819; // docs of node/txpool.h
const remark = (b) => cat([0, 0], vec(b));
const submit = (rpc, x) => rpc.call('author_submitExtrinsic', [hex(x)], 60);

/** The development chain without its leniency: what proved invalid is banned. */
function strictGenesis(dir) {
  const doc = JSON.parse(readFileSync(new URL('../../chain/dev-genesis.json', import.meta.url)));
  doc.dev_mode = false;
  delete doc.sudo;
  const path = join(dir, 'strict.json');
  writeFileSync(path, JSON.stringify(doc));
  return path;
}

export async function poolAbuse() {
  const dir = mkdtempSync(join(tmpdir(), 'wetee-hostile-'));
  const node = await startNode('--chain', strictGenesis(dir), '--seal', '3600000');
  const rpc = await Rpc.open(node.url);
  const facts = await chainFacts(rpc);
  const slow = sanitized(node.pid);
  const rich = ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie', 'Alice//stash', 'Bob//stash', 'Charlie//stash', 'Dave//stash',
    'Eve//stash', 'Ferdie//stash'].map(key);
  const [alice, bob, charlie, dave] = rich;
  const lowPriority = /^Priority is too low: \(\d+ vs \d+\)$/;

  await step('what is banned stays out', async () => {
    const forged = sign(facts, alice, remark([1]), 0, { signature: new Uint8Array(64).fill(7) });
    errorIs('a forged transaction', await submit(rpc, forged), 1010, 'Invalid Transaction', 'Transaction has a bad signature');
    errorIs('the same again', await submit(rpc, forged), 1012, 'Transaction is temporarily banned');
    for (let i = 0; i < 5000; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => submit(rpc, sign(facts, alice, remark(compact(i + j)), 0, { signature: new Uint8Array(64).fill(7) }))));
    }
    errorIs('the list of bans is bounded: the oldest is forgotten', await submit(rpc, forged), 1010, 'Invalid Transaction');
    ok('the honest one of that nonce is not banned', (await submit(rpc, sign(facts, alice, remark([1]), 0))).result);
    errorIs('twice', await submit(rpc, sign(facts, alice, remark([1]), 0, {})), 1014, lowPriority);
  });

  await step('replacement', async () => {
    const statuses = [];
    const first = sign(facts, bob, remark([1]), 0);
    rpc.onNotice = (m) => statuses.push(m.params.result);
    ok('watched', (await rpc.call('author_submitAndWatchExtrinsic', [hex(first)])).result);
    errorIs('itself', await submit(rpc, first), 1013, 'Transaction Already Imported', /^0x[0-9a-f]{64}$/);
    errorIs('same nonce, no more tip', await submit(rpc, sign(facts, bob, remark([2]), 0)), 1014, lowPriority);
    ok('its dependant', (await submit(rpc, sign(facts, bob, remark([3]), 1))).result);
    ok('its dependant\'s dependant', (await submit(rpc, sign(facts, bob, remark([3]), 2))).result);
    const better = await submit(rpc, sign(facts, bob, remark([4]), 0, { tip: 1000000 }));
    ok('with a tip', better.result, JSON.stringify(better));
    await sleep(100);
    equal('the first is told', statuses, ['ready', { usurped: better.result }]);
    errorIs('with the same tip', await submit(rpc, sign(facts, bob, remark([5]), 0, { tip: 1000000 })), 1014, lowPriority);
    for (let tip = 2; tip < 60; tip += 1) {
      const a = await submit(rpc, sign(facts, bob, remark([5]), 0, { tip: tip * 1000000 }));
      if (!a.result) { ok('a tip war goes on', false, JSON.stringify(a)); break; }
    }
    const pending = (await rpc.call('author_pendingExtrinsics')).result;
    ok('one transaction a nonce', pending.length === 4, pending.length);
    equal('the next index follows', (await rpc.call('system_accountNextIndex', [bob.address])).result, 3);
  });

  await step('a future that never comes', async () => {
    let taken = 0, dropped = 0;
    const odd = [];
    for (let i = 0; i < 2000; i += 100) {
      const got = await Promise.all(Array.from({ length: 100 }, (_, j) => submit(rpc, sign(facts, charlie, remark([]), 10 + 2 * (i + j)))));
      for (const a of got) if (a.result) taken += 1; else if (a.error.code === 1016) dropped += 1; else odd.push(a);
    }
    ok('futures are taken up to the limit', odd.length === 0 && taken >= FUTURE, `${taken} taken, ${dropped} dropped, ${JSON.stringify(odd[0])}`);
    const last = await submit(rpc, sign(facts, dave, remark([]), 4294967295));
    ok('the last nonce of all', last.result || last.error.code === 1016 || last.error.code === 1010, JSON.stringify(last));
    equal('none is pending', (await rpc.call('author_pendingExtrinsics')).result.length, 4);
  });

  await step('more than the pool holds', async () => {
    const chains = rich.slice(3), each = 1000; // nine accounts
    const more = await Promise.all([0, 1, 2].map(() => Rpc.open(node.url)));
    let taken = 0, dropped = 0;
    const odd = [];
    const budget = 12000, t0 = Date.now();
    for (let n = 0; n < each && Date.now() - t0 < budget; n += 20) {
      const jobs = [];
      for (const [i, who] of chains.entries()) {
        for (let j = 0; j < 20; j += 1) jobs.push(submit(more[i % 3], sign(facts, who, remark([]), n + j, { tip: 1000 - i })));
      }
      for (const a of await Promise.all(jobs)) if (a.result) taken += 1; else if ([1016, 1012].includes(a.error.code)) dropped += 1; else odd.push(a);
    }
    ok('thousands are taken or dropped', odd.length === 0 && taken > 100, `${taken} taken, ${dropped} dropped, ${JSON.stringify(odd[0])}`);
    const pending = await within(20, 'pending', rpc.call('author_pendingExtrinsics'));
    ok('the ready ones are within their limit', pending.result.length <= READY && pending.result.length > 100, pending.result.length);
    console.log(`# pool: ${pending.result.length} ready, ${taken} taken, ${dropped} dropped, ${Date.now() - t0} ms, ${memory(node.pid).rss} MiB`);
    for (const m of more) m.close();
  });

  await step('megabytes in the pool', async () => {
    const body = new Uint8Array(3 << 20);
    const codes = new Map();
    for (let i = 0; i < 12; i += 1) {
      const a = await submit(rpc, sign(facts, rich[i], remark(body), 100000, { tip: 5000 })); // futures
      codes.set(a.error?.code ?? 0, (codes.get(a.error?.code ?? 0) ?? 0) + 1);
    }
    ok('large futures do not pile up', [...codes.keys()].every((c) => c === 0 || c === 1016), JSON.stringify([...codes]));
    const t0 = Date.now();
    ok('the node answers', (await rpc.call('system_health')).result && Date.now() - t0 < (slow ? 8000 : 1000));
    const bomb = `[${Array(100).fill('{"jsonrpc":"2.0","id":7,"method":"author_pendingExtrinsics","params":[]}').join()}]`;
    const a = await rpc.raw(bomb, 60);
    ok('a hundred times all that is pending is bounded', a.length === 100, a.length);
    const m = memory(node.pid);
    ok('memory is bounded', m.rss < (slow ? 6000 : 400) && m.peak < (slow ? 8000 : 1000), JSON.stringify(m));
    console.log(`# pool full: ${m.rss} MiB resident, ${m.peak} MiB at most`);
  });

  await step('the pool\'s node ends', async () => {
    rpc.close();
    equal('cleanly', await within(30, 'stopping', node.stop()), 0);
    rmSync(dir, { recursive: true, force: true });
  });
}
