// hostile.mjs — a wetee-node meets a hostile internet. After each attack: alive, prompt, bounded, still sealing,
// and the state it shows is the state its headers promise. Prints TAP.
import { equal, finish, ok, startNode, step, within } from './harness.mjs';
import {
  Rpc, blake2, bytes, cat, chainFacts, compact, errorIs, frame, handshake, hex, join, key, le, memory, post, prefixed, rude,
  sanitized, sign, sleep, vec,
} from './hostile_lib.mjs';

const node = await startNode('--seal', 'instant', '--pruning', '64');
const slow = sanitized(node.pid);
const RSS_BOUND = slow ? 6000 : 400; // MiB after an attack; idle is below 60
const DEAF_BOUND = slow ? 6000 : 500; // MiB while peers do not read: the outboxes may hold 256
const PEAK_BOUND = slow ? 8000 : 1000; // MiB ever
const PROMPT_MS = slow ? 20000 : 5000; // a normal request just after an attack, on a machine that is busy too

const good = await Rpc.open(node.url);
const facts = await chainFacts(good);
const [alice, bob, charlie] = [key('Alice'), key('Bob'), key('Charlie')];
const remark = (b) => cat([0, 0], vec(b));
const transfer = (to, value) => cat([4, 3, 0], to.publicKey, compact(value));
const nonceOf = async (who) => (await good.call('system_accountNextIndex', [who.address])).result;
const submit = (rpc, x) => rpc.call('author_submitExtrinsic', [typeof x === 'string' ? x : hex(x)]);
const EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7';
const NUMBER = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac';

/** Seals a transaction of Charlie's and looks at what the node then says of itself. */
async function wellAfter(attack) {
  const t0 = Date.now();
  const fresh = await Rpc.open(node.url);
  const health = await fresh.call('system_health');
  const took = Date.now() - t0;
  ok(`${attack}: a normal request is answered promptly`, health.result && took < PROMPT_MS, `${took} ms`);
  const before = parseInt((await fresh.call('chain_getHeader')).result.number, 16);
  const sent = await submit(fresh, sign(facts, charlie, remark(bytes('0x6f6b')), await nonceOf(charlie)));
  let header = null;
  for (let i = 0; i < 200; i += 1) {
    header = (await fresh.call('chain_getHeader')).result;
    if (parseInt(header.number, 16) > before) break;
    await sleep(50);
  }
  ok(`${attack}: blocks are still sealed`, sent.result && parseInt(header.number, 16) > before, JSON.stringify(sent));
  const proof = (await fresh.call('state_getReadProof', [[NUMBER]])).result;
  const root = (await fresh.call('chain_getHeader', [proof.at])).result.stateRoot;
  ok(`${attack}: the state hashes to its header's root`, proof.proof.some((n) => blake2(n) === root));
  fresh.close();
  const m = memory(node.pid);
  ok(`${attack}: memory is bounded`, m.rss < RSS_BOUND && m.peak < PEAK_BOUND, `${m.rss} MiB now, ${m.peak} MiB at most`);
  console.log(`# ${attack}: ${m.rss} MiB resident, ${m.peak} MiB at most, answered in ${took} ms`);
}
const attack = (name, fn) => step(name, async () => { await within(slow ? 200 : 80, name, fn()); await wellAfter(name); });
const json = (o) => JSON.stringify(o);
const request = (o) => json({ jsonrpc: '2.0', id: 1, method: 'system_health', params: [], ...o });

await attack('JSON abuse', async () => {
  const rpc = await Rpc.open(node.url);
  for (const [name, text, code] of [
    ['empty', '', -32700], ['blank', '   ', -32700], ['half', '{"jsonrpc"', -32700], ['word', 'GET / HTTP/1.1', -32700],
    ['10,000 deep arrays', '['.repeat(10000) + ']'.repeat(10000), -32700],
    ['10,000 deep objects', '{"a":'.repeat(10000) + '1' + '}'.repeat(10000), -32700],
    ['deep parameters', request({}).replace('[]', '['.repeat(5000) + ']'.repeat(5000)), -32700],
    ['unclosed depth', '[{"a":'.repeat(100000), -32700],
    ['a million values', `[${'1,'.repeat(1000000)}1]`, -32007],
    ['a million pairs', `{${'"a":1,'.repeat(1000000)}"b":1}`, -32007],
    ['a NUL byte', '{"jsonrpc":"2.0","id":1,"method":"a\u0000b"}', -32700],
    ['an escaped NUL in the method', '{"jsonrpc":"2.0","id":1,"method":"system_health\\u0000"}', -32700],
    ['half a surrogate pair', '{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', -32700],
    ['a number over 64 bits as id', '{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"system_health"}', -32700],
    ['a huge exponent', '{"jsonrpc":"2.0","id":1,"method":"system_health","params":[1e999999]}', -32700],
    ['text after the message', request({}) + 'x', -32700], ['a number', '17', -32600], ['a string', '"x"', -32600],
    ['null', 'null', -32600], ['no version', '{"id":1,"method":"system_health"}', -32600],
    ['version 1', request({ jsonrpc: '1.0' }), -32600], ['method a number', request({ method: 5 }), -32600],
    ['params a string', request({ params: 'x' }), -32600], ['id an object', request({ id: {} }), -32600],
    ['id an array', request({ id: [1] }), -32600], ['id true', request({ id: true }), -32600], ['id 1.5', request({ id: 1.5 }), -32600],
    ['empty batch', '[]', -32600], ['a batch of 101', `[${Array(101).fill(request({})).join()}]`, -32010],
    ['unknown method', request({ method: 'wetee_nothing' }), -32601], ['empty method', request({ method: '' }), -32601],
    ['a method of 1 MiB', request({ method: 'x'.repeat(1 << 20) }), -32601],
    ['batch of batches', '[[[]]]', -32600],
  ]) {
    const a = await rpc.raw(text);
    const e = Array.isArray(a) ? a[0].error : a.error;
    equal(`WS: ${name}`, e?.code, code);
  }
  const http = await post(node.http, '['.repeat(10000));
  equal('HTTP: deep JSON', http.json?.error?.code, -32700);
  for (const id of [0, -1, 9007199254740991, '', 'x', '\n"\\', '\u20ac'.repeat(100), null]) {
    equal(`id ${json(id).slice(0, 20)} is echoed`, (await rpc.raw(request({ id }))).id, id);
  }
  const twice = await rpc.raw('{"jsonrpc":"2.0","id":1,"id":2,"method":"x","method":"system_name","params":[],"params":[]}');
  ok('duplicate members have one meaning', twice.id === 2 && typeof twice.result === 'string', json(twice));
  const junk = await rpc.raw(request({ params: [{ a: [1, { b: null }] }, 'x', 1e300, -5, true] }));
  ok('needless parameters are ignored', junk.result !== undefined, json(junk));
  const bomb = await rpc.raw(`[${Array(100).fill(request({ method: 'state_getMetadata' })).join()}]`, 60);
  ok('a batch of 100 metadata is bounded', Array.isArray(bomb) && bomb.length === 100 && json(bomb).length < 16 << 20);
  rpc.ws.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: true });
  ok('bytes that are no UTF-8 are refused or end the connection',
    await Promise.race([rpc.closed, new Promise((r) => rpc.takers.push((m) => r(m.error.code)))]));
  rpc.close();
  const text = await Rpc.open(node.url);
  text.ws._socket.write(frame(1, bytes('0x7bfffe7d')));
  ok('a text frame that is no UTF-8 too', await Promise.race([text.closed, new Promise((r) => text.takers.push((m) => r(m.error.code)))]));
});

await attack('parameter abuse', async () => {
  const bad = (name, method, params, data) => good.call(method, params).then((a) => errorIs(name, a, -32602, 'Invalid params', data));
  await bad('hex without 0x', 'state_getStorage', ['1234']);
  await bad('odd hex', 'state_getStorage', ['0x123']);
  await bad('no hex', 'state_getStorage', ['0xzz']);
  await bad('upper-case prefix', 'state_getStorage', ['0X12']);
  await bad('a number for hex', 'state_getStorage', [5]);
  await bad('an object for hex', 'state_getStorage', [{}]);
  await bad('nothing', 'state_getStorage', []);
  await bad('a hash of 31 bytes', 'chain_getHeader', [`0x${'00'.repeat(31)}`]);
  await bad('a hash of 1 MiB', 'chain_getBlock', [`0x${'00'.repeat(1 << 20)}`]);
  await bad('keys no array', 'state_queryStorageAt', ['0x']);
  await bad('10,001 keys', 'state_queryStorageAt', [Array(10001).fill('0x')]);
  await bad('10,001 keys to prove', 'state_getReadProof', [Array(10001).fill('0x')]);
  await bad('one bad key of many', 'state_getReadProof', [[...Array(100).fill('0x00'), '0x0']]);
  await bad('a negative count', 'state_getKeysPaged', ['0x', -1]);
  await bad('a fraction', 'state_getKeysPaged', ['0x', 1.5]);
  await bad('a count over 32 bits', 'state_getKeysPaged', ['0x', 4294967296]);
  await bad('block number a fraction', 'chain_getBlockHash', [0.5]);
  await bad('block number text', 'chain_getBlockHash', ['latest']);
  await bad('100,000 block numbers', 'chain_getBlockHash', [Array(100000).fill(0)]);
  await bad('an address that is none', 'system_accountNextIndex', ['5GrwvaEF']);
  await bad('an address of 1 MiB', 'system_accountNextIndex', ['5'.repeat(1 << 20)]);
  await bad('no address', 'system_accountNextIndex', [alice.address.slice(0, -1) + '1']);
  await bad('unsubscribe from an object', 'chain_unsubscribeNewHeads', [{}]);
  await bad('an extrinsic without hex', 'author_submitExtrinsic', ['hello']);
  await bad('an odd extrinsic', 'author_submitExtrinsic', ['0x123']);
  errorIs('1,001 keys a page', await good.call('state_getKeysPaged', ['0x', 1001]), 4002, 'count exceeds maximum value. value: 1001, max: 1000');
  const nobody = `0x${'ab'.repeat(32)}`;
  for (const [m, p] of [['state_getStorage', ['0x', nobody]], ['state_call', ['Core_version', '0x', nobody]],
    ['state_getReadProof', [['0x'], nobody]], ['state_getKeysPaged', ['0x', 1, null, nobody]], ['state_getRuntimeVersion', [nobody]],
    ['state_queryStorageAt', [['0x'], nobody]], ['state_getMetadata', [nobody]]]) {
    errorIs(`${m} of an unknown block`, await good.call(m, p), 4003, /^Client error: UnknownBlock/);
  }
  for (const n of [4294967295, '0xffffffffffffffffffff', 999999]) equal(`block ${n} is null`, (await good.call('chain_getBlockHash', [n])).result, null);
  equal('header of an unknown block is null', (await good.call('chain_getHeader', [nobody])).result, null);
  equal('unsubscribe from nothing', (await good.call('chain_unsubscribeNewHeads', ['nope'])).result, false);
  equal('unsubscribe from 1 MiB', (await good.call('chain_unsubscribeNewHeads', ['x'.repeat(1 << 20)])).result, false);
  const million = await good.raw(request({ method: 'chain_getBlockHash', params: [Array(1000000).fill(0)] }));
  equal('a million block numbers', million.error.code, -32007);
  errorIs('subscribing to every change', await good.call('state_subscribeStorage', []), -32601, /unsafe/);
});

await attack('keys of every length', async () => {
  for (const len of [0, 1, 31, 1025, 65536, 1 << 20]) {
    const k = `0x${'26'.repeat(len)}`;
    equal(`state_getStorage of ${len} bytes`, (await good.call('state_getStorage', [k])).result, null);
    const page = await good.call('state_getKeysPaged', [k, 10]);
    ok(`state_getKeysPaged after ${len} bytes`, Array.isArray(page.result) && page.result.length <= 10, json(page).slice(0, 200));
    const from = await good.call('state_getKeysPaged', ['0x', 10, k]);
    ok(`state_getKeysPaged starting at ${len} bytes`, Array.isArray(from.result), json(from).slice(0, 200));
    const proof = await good.call('state_getReadProof', [[k]]);
    if (len <= 1024) ok(`state_getReadProof of ${len} bytes`, proof.result?.proof.length > 0, json(proof).slice(0, 200));
    else errorIs(`state_getReadProof of ${len} bytes`, proof, 4003, `Client error: proof for a key of ${len} bytes, at most 1024`);
    const at = await good.call('state_queryStorageAt', [[k, k]]);
    equal(`state_queryStorageAt of ${len} bytes`, at.result?.[0].changes.length, 2);
  }
  const many = Array.from({ length: 10000 }, (_, i) => hex(cat(bytes(NUMBER).slice(0, 16 + (i % 16)), le(i, 4))));
  ok('10,000 keys in one proof', (await good.call('state_getReadProof', [many])).result?.proof.length > 0);
  ok('10,000 keys in one query', (await good.call('state_queryStorageAt', [many])).result?.[0].changes.length === 10000);
  ok('paging ends', (await good.call('state_getKeysPaged', ['0x', 1000, `0x${'ff'.repeat(64)}`])).result.length === 0);
});

/** A block that state_call may be asked to execute. */
async function fakeBlock(change = (h, xs) => [h, xs]) {
  const head = (await good.call('chain_getBlockHash')).result;
  const block = (await good.call('chain_getBlock', [head])).result.block;
  const header = { parent: bytes(head), number: parseInt(block.header.number, 16) + 1, digest: bytes([0]) };
  const [h, xs] = change(header, [bytes(block.extrinsics[0])]);
  return hex(cat(h.parent, compact(h.number), new Uint8Array(64), h.digest, compact(xs.length), join(xs)));
}

await attack('runtime calls', async () => {
  const names = ['Core_version', 'Core_execute_block', 'Core_initialize_block', 'Metadata_metadata', 'Metadata_metadata_at_version',
    'Metadata_metadata_versions', 'BlockBuilder_apply_extrinsic', 'BlockBuilder_finalize_block', 'BlockBuilder_inherent_extrinsics',
    'BlockBuilder_check_inherents', 'TaggedTransactionQueue_validate_transaction', 'AccountNonceApi_account_nonce',
    'TransactionPaymentApi_query_info', 'TransactionPaymentApi_query_fee_details', 'TransactionPaymentApi_query_weight_to_fee',
    'TransactionPaymentApi_query_length_to_fee', 'TransactionPaymentCallApi_query_call_info',
    'TransactionPaymentCallApi_query_call_fee_details', 'TransactionPaymentCallApi_query_weight_to_fee',
    'TransactionPaymentCallApi_query_length_to_fee'];
  const inputs = ['0x', '0x00', `0x${'ff'.repeat(17)}`, `0x${'00'.repeat(200)}`, hex(cat(compact(2 ** 30 - 1), new Uint8Array(64))),
    hex(cat(new Uint8Array(32), [0x03, 0xff, 0xff, 0xff, 0xff], new Uint8Array(64), [0x80])), `0x${'ab'.repeat(1 << 20)}`];
  const head = (await good.call('chain_getBlockHash')).result, genesis = (await good.call('chain_getBlockHash', [0])).result;
  let odd = null;
  for (const name of names) {
    for (const input of inputs) {
      for (const at of input.length < 1000 ? [head, genesis] : [head]) {
        const a = await good.call('state_call', [name, input, at]);
        if (a.result === undefined && (a.error.code !== 4003 || !a.error.message.startsWith('Client error: '))) odd ??= `${name}: ${json(a).slice(0, 200)}`;
      }
    }
  }
  ok('every function takes rubbish with an answer', odd === null, odd);
  for (const name of ['Core_execute_block', 'TransactionPaymentCallApi_query_call_info']) {
    errorIs(`${name} of 7 MiB`, await good.call('state_call', [name, `0x${'0a'.repeat(7 << 20)}`]), 4003, /^Client error: /);
  }
  errorIs('an unknown function', await good.call('state_call', ['Core_shutdown', '0x']), 4003, /Execution failed: Exported method Core_shutdown is not found/);
  errorIs('a name of 1 MiB', await good.call('state_call', ['x'.repeat(1 << 20), '0x']), 4003, /^Client error: /);
  const runs = async (name, change, want) => errorIs(name, await good.call('state_call', ['Core_execute_block', await fakeBlock(change)], 60), 4003, want);
  const now = (ms) => prefixed(cat([4, 1, 0], compact(ms)));
  await runs('an executed block leaves no trace', (h, xs) => [h, xs], /^Client error: Execution failed: /);
  await runs('the end of time', (h) => [h, [now(2n ** 64n - 1n)]], /^Client error: /);
  await runs('time zero', (h) => [h, [now(0)]], /^Client error: /);
  await runs('block 2^32-1', (h, xs) => [{ ...h, number: 4294967295 }, xs], /does not follow/);
  await runs('block 0', (h, xs) => [{ ...h, number: 0 }, xs], /does not follow/);
  await runs('no inherent', (h) => [h, []], /time of the block was not set/);
  await runs('the inherent a thousand times', (h, xs) => [h, Array(1000).fill(xs[0])], /not applicable|Execution failed/);
  await runs('65,536 one-byte extrinsics', (h, xs) => [h, [...xs, ...Array(65535).fill(bytes([4, 4]))]], /^Client error: /);
  await runs('33 digest items', (h, xs) => [{ ...h, digest: cat(compact(33), ...Array(33).fill(bytes([8]))) }, xs], /^Client error: /);
  await runs('a digest item of 2^30 bytes', (h, xs) => [{ ...h, digest: cat([4, 0], compact(2 ** 30 - 1)) }, xs], /^Client error: /);
  const nonce = await nonceOf(bob);
  const later = (ms) => now(BigInt(Date.now() + ms));
  const mine = Array.from({ length: 300 }, (_, i) => sign(facts, bob, remark(new Uint8Array(100)), nonce + i));
  await runs('a block of our own transactions', (h) => [h, [later(60000), ...mine]], /root differs/);
  const upgrade = sign(facts, alice, cat([6, 0, 0, 4], compact(1), vec(bytes('0x3a636f6465')), vec(new Uint8Array(65536))), await nonceOf(alice));
  await runs('a block that sets the code', (h) => [h, [later(120000), upgrade]], /root differs/);
  const kill = sign(facts, alice, cat([6, 0, 0, 5], compact(1), vec(bytes(NUMBER))), await nonceOf(alice));
  await runs('a block that kills the block number', (h) => [h, [later(180000), kill]], /^Client error: /);
});

await attack('extrinsics that are none', async () => {
  const call = remark(bytes('0x01'));
  const nonce = await nonceOf(bob);
  const at = async () => parseInt((await good.call('chain_getHeader')).result.number, 16);
  const x = (o = {}, c = call, n = nonce) => sign(facts, bob, c, n, o);
  const head = (await good.call('chain_getBlockHash')).result;
  const format = /^Extrinsic has invalid format: /;
  const is = async (name, tx, code, message, data) => errorIs(name, await submit(good, tx), code, message, data);
  const invalid = (name, tx, data) => is(name, tx, 1010, 'Invalid Transaction', data);
  const badProof = 'Transaction has a bad signature';

  await is('empty', '0x', 1001, format);
  await is('one byte', '0x00', 1001, format);
  await is('a prefix alone', hex(compact(100)), 1001, format);
  await is('trailing bytes', cat(x(), [0]), 1001, format);
  await is('trailing bytes within', prefixed(cat(x().slice(compact(x().length - 2).length), [0])), 1001, format);
  await is('a byte short', x().slice(0, -1), 1001, format);
  await is('a prefix that is not canonical', cat([0x03, 0x10, 0, 0, 0], new Uint8Array(16)), 1001, format);
  await is('a prefix of 2^30', cat([0x03, 0, 0, 0, 0x40], x()), 1001, format);
  await is('a prefix of 2^536', cat([0xff], new Uint8Array(67).fill(0xff)), 1001, format);
  for (const v of [0x00, 0x03, 0x44, 0x83, 0x85, 0xc4, 0xff]) await is(`version byte ${v}`, x({ version: v }), 1001, format);
  await is('a general transaction of version 5', prefixed(cat([0x45, 0, 0, 0, 0, 0], call)), 1001, format);
  await is('an unknown pallet', x({}, bytes('0xfe00')), 1001, format);
  await is('an unknown call', x({}, bytes('0x00fe')), 1001, format);
  await is('a call cut short', x({}, bytes('0x0400')), 1001, format);
  await is('a call of one byte', x({}, bytes('0x04')), 1001, format);
  await is('an argument too long', x({}, cat(call, [1, 2, 3])), 1001, format);
  await is('a vector of 2^30', x({}, cat([10, 0], compact(2 ** 30 - 1))), 1001, format);
  await is('a vector of 2^32-1', x({}, cat([10, 0, 3], [255, 255, 255, 255])), 1001, format);
  await is('a count that is not canonical', x({}, cat([0, 0], [1, 0])), 1001, format);
  await is('an amount that is not canonical', x({}, cat([4, 3, 0], alice.publicKey, [3, 1, 0, 0, 0])), 1001, format);
  await is('an unknown kind of signature', x({ kind: 3 }), 1001, format);
  await is('an unknown address form', x({ address: cat([5], bob.publicKey) }), 1001, format);
  await is('metadata-hash mode 2', x({ mode: 2 }), 1001, format);
  await is('an extrinsic of 5 MiB', x({}, remark(new Uint8Array(5 << 20))), 1001, format);
  await is('a batch of 10,000 calls', x({}, cat([10, 0], compact(10000), join(Array(10000).fill(remark([]))))), 1001, format);
  for (const depth of [33, 1000, 20000]) {
    let bomb = remark([]);
    const opener = bytes([10, 0, 4]);
    bomb = cat(join(Array(depth).fill(opener)), bomb);
    await is(`batches nested ${depth} deep`, x({}, bomb), 1001, format);
  }
  let sudo = remark([]);
  sudo = cat(join(Array(2000).fill(bytes([6, 0]))), sudo);
  await is('sudo nested 2,000 deep', x({}, sudo), 1001, format);

  await invalid('a wrong signature', x({ signature: new Uint8Array(64).fill(1) }), badProof);
  await invalid('a signature of ones', x({ signature: new Uint8Array(64).fill(255) }), badProof);
  await invalid('a signature of zeros', x({ signature: new Uint8Array(64) }), badProof);
  await invalid('ed25519 zeros', x({ kind: 0, signature: new Uint8Array(64) }), badProof);
  await invalid('ecdsa zeros', x({ kind: 2, signature: new Uint8Array(65) }), badProof);
  await invalid('ecdsa with recovery id 255', x({ kind: 2, signature: new Uint8Array(65).fill(255) }), badProof);
  await invalid('another chain', x({ genesis: new Uint8Array(32), birth: new Uint8Array(32) }), badProof);
  await invalid('another runtime', x({ spec: facts.spec + 1 }), badProof);
  await invalid('another transaction version', x({ txv: facts.txv + 1 }), badProof);
  await invalid('another account', x({ address: cat([0], charlie.publicKey) }), badProof);
  await invalid('the zero account', x({ address: new Uint8Array(33), signature: new Uint8Array(64) }), /bad signature|Invalid signing address/);
  await invalid('a stale nonce', sign(facts, charlie, call, 0), 'Transaction is outdated');
  await invalid('an account without money', sign(facts, key('Nobody'), call, 0), 'Inability to pay some fees (e.g. account balance too low)');
  await invalid('a tip beyond all money', x({ tip: 2n ** 128n - 1n }), 'Inability to pay some fees (e.g. account balance too low)');
  await is('the metadata hash', x({ mode: 1, metadataHash: new Uint8Array(32) }), 1011, 'Unknown Transaction Validity',
    'Could not lookup information required to validate the transaction');
  await is('an address by index', x({ address: bytes([1]) }), 1011, 'Unknown Transaction Validity',
    'Could not lookup information required to validate the transaction');
  await is('unsigned', prefixed(cat([4], call)), 1011, 'Unknown Transaction Validity',
    'Could not find an unsigned validator for the unsigned transaction');
  await is('unsigned, version 5', prefixed(cat([5], call)), 1011, 'Unknown Transaction Validity', /unsigned validator/);
  await invalid('the inherent, submitted', prefixed(cat([4, 1, 0], compact(Date.now()))), /Transaction dispatch is mandatory/);
  await invalid('the inherent, signed', x({}, cat([1, 0], compact(Date.now()))), /Transaction dispatch is mandatory/);
  const n = await at();
  const phase = n % 4;
  const era = [1 | (phase << 4), phase >> 4]; // period 4: low four bits are log2(4) - 1
  const mortal = x({ era, birth: bytes(head) }, call, nonce + 50);
  for (let i = 0; i < 6; i += 1) {
    await submit(good, sign(facts, charlie, remark([i]), await nonceOf(charlie)));
    for (let j = 0; j < 100 && (await at()) <= n + i; j += 1) await sleep(20);
  }
  await invalid('a mortal era that has passed', mortal, /ancient birth block|bad signature/);
  await invalid('a mortal era of the future', x({ era: [0xff, 0xff], birth: new Uint8Array(32) }), /ancient birth block|bad signature/);
  for (const b of [0x10, 0x20]) await is(`era byte ${b} 0`, x({ era: [b, 0] }), 1001, format);

  const http = await post(node.http, json({ jsonrpc: '2.0', id: 1, method: 'author_submitExtrinsic', params: ['0x1234'] }));
  equal('the same over HTTP', http.json?.error?.code, 1001);
  errorIs('watching rubbish', await good.call('author_submitAndWatchExtrinsic', ['0x1234']), 1001, format);
  errorIs('the fee of rubbish', await good.call('payment_queryInfo', ['0x1234']), 2, 'Unable to query dispatch info.');
  errorIs('the fee details of nothing', await good.call('payment_queryFeeDetails', ['0x']), 2, 'Unable to query fee details.');
  const dry = await good.call('system_dryRun', [hex(x())]);
  ok('a dry run', typeof dry.result === 'string' || dry.error.code === -32601, json(dry));
  for (const rubbish of ['0x', '0x00', `0x${'ff'.repeat(1000)}`, hex(x({}, bytes('0xfefe'))), hex(prefixed(cat([4, 1, 0], compact(0))))]) {
    const a = await good.call('system_dryRun', [rubbish]);
    ok('a dry run of rubbish is answered', a.error || typeof a.result === 'string', json(a));
  }
});

await attack('frames', async () => {
  const big = await Rpc.open(node.url);
  big.ws.send('x'.repeat((15 << 20) + 1));
  equal('a frame over 15 MiB closes with 1009', await within(20, 'the close', big.closed), 1009);
  equal('a body over 15 MiB is 413', (await post(node.http, 'x'.repeat((15 << 20) + 1)).catch(() => ({ status: 413 }))).status, 413);
  const just = await post(node.http, request({ params: ['x'.repeat((15 << 20) - 200)] }));
  ok('one just below is served', just.json?.result, just.text.slice(0, 200));

  const liar = rude(node.url);
  handshake(liar, node.url);
  liar.write(frame(1, bytes('0x7b7d'), { announce: 2n ** 62n }));
  await within(20, 'the liar', liar.gone);
  ok('a frame that announces 2^62 bytes ends the connection', true);
  for (const [name, bad] of [['no mask', frame(1, bytes('0x7b7d'), { mask: false })], ['a reserved opcode', frame(3, bytes('0x00'))],
    ['a continuation of nothing', frame(0, bytes('0x00'))], ['a ping of 1 KiB', frame(9, new Uint8Array(1024))],
    ['rubbish', Buffer.alloc(65536, 0xee)]]) {
    const s = rude(node.url);
    handshake(s, node.url);
    s.write(bad);
    await within(20, name, Promise.race([s.gone, sleep(1000)]));
    s.destroy();
    ok(`${name} does no harm`, true);
  }
  const flood = rude(node.url);
  handshake(flood, node.url);
  flood.write(frame(1, bytes('0x5b'), { fin: false }));
  const empty = Buffer.concat(Array(20000).fill(frame(0, [], { fin: false })));
  for (let i = 0; i < 10; i += 1) flood.write(empty);
  const pings = rude(node.url);
  handshake(pings, node.url);
  const ping = Buffer.concat(Array(20000).fill(frame(9, new Uint8Array(64))));
  for (let i = 0; i < 5; i += 1) pings.write(ping);
  pings.pause();
  const crumbs = [];
  for (let i = 0; i < 20; i += 1) { // twenty messages of 10 MiB that never end
    const s = rude(node.url);
    handshake(s, node.url);
    s.write(frame(1, new Uint8Array(10 << 20).fill(0x20), { fin: false }));
    crumbs.push(s);
  }
  await sleep(1500);
  await wellAfter('fragment floods under way');
  for (const s of [flood, pings, ...crumbs]) s.destroy();

  for (const [name, text, status] of [
    ['GET', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 405], ['PUT', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 405],
    ['another path', 'POST /../../etc/passwd HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}', 404],
    ['no type', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 415],
    ['no length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n', 411],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n', 411],
    ['chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', 411],
    ['a length of 10^14', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000000000000\r\n\r\n', 413],
  ]) {
    const s = rude(node.url);
    s.write(text);
    for (let i = 0; i < 100 && !s.got.includes('\r\n'); i += 1) await sleep(20);
    const got = Number(/^HTTP\/1\.[01] (\d+)/.exec(s.got)?.[1] ?? 0);
    ok(`HTTP: ${name}`, got === status || (got === 0 && name !== 'GET'), `${got}, ${s.got.slice(0, 100)}`);
    s.destroy();
  }
  const long = rude(node.url);
  long.write(`POST / HTTP/1.1\r\nHost: x\r\n${'X-Long: yes and no\r\n'.repeat(20000)}`);
  await Promise.race([long.gone, sleep(2000)]);
  long.destroy();
  const one = request({});
  const whole = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${one.length}\r\n\r\n${one}`;
  const odd = [['two requests in one packet', whole.repeat(2)], ['200 requests in one packet', whole.repeat(200)],
    ['a body longer than announced', `${whole}${'{'.repeat(100000)}`], ['GETs in one packet', 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100)],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    ['an upgrade to HTTP/2', whole.replace('Host: x', 'Host: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__')]];
  for (const [name, text] of odd) {
    const s = rude(node.url);
    s.write(text);
    await sleep(200);
    const t0 = Date.now();
    const other = await within(20, `another client after ${name}`, post(node.http, one));
    ok(`${name}: others are served`, other.json?.result && Date.now() - t0 < PROMPT_MS, other.text.slice(0, 100));
    s.destroy();
  }
  const twice = rude(node.url);
  for (let i = 0; i < 5; i += 1) { // the second comes while the first is being handled
    twice.write(whole);
    await sleep(i);
  }
  twice.destroy();
  const polite = rude(node.url);
  for (let i = 1; i <= 3; i += 1) {
    polite.write(whole);
    for (let j = 0; j < 200 && (polite.got.match(/isSyncing/g) ?? []).length < i; j += 1) await sleep(10);
  }
  ok('requests one after the other share a connection', (polite.got.match(/isSyncing/g) ?? []).length === 3, polite.got.slice(0, 100));
  polite.destroy();
});

await attack('connections', async () => {
  const open = [];
  let refused = 0;
  for (let i = 0; i < 130; i += 1) await Rpc.open(node.url).then((r) => open.push(r), () => { refused += 1; });
  ok('about a hundred connections are served, the rest refused', open.length >= 90 && open.length <= 100 && refused >= 30, `${open.length} open, ${refused} refused`);
  ok('those who are in are served', (await good.call('system_health')).result);
  for (const r of open) r.close();
  await sleep(300);
  const slow_ones = Array.from({ length: 60 }, () => { const s = rude(node.url); s.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Ty'); return s; });
  const silent = Array.from({ length: 60 }, () => rude(node.url));
  const bodies = Array.from({ length: 20 }, () => {
    const s = rude(node.url);
    s.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    return s;
  });
  await sleep(300);
  await wellAfter('slow and silent peers');
  for (const s of [...slow_ones, ...silent, ...bodies]) s.destroy();
});

let bigBlock = null;

await attack('big blocks and greedy readers', async () => {
  const nonce = await nonceOf(bob);
  const tx = sign(facts, bob, remark(new Uint8Array(3 << 20).fill(0x61)), nonce);
  const sent = await submit(good, tx);
  ok('a transaction of 3 MiB is taken', sent.result, json(sent));
  for (let i = 0; i < 100 && bigBlock === null; i += 1) {
    const block = (await good.call('chain_getBlock')).result.block;
    if (block.extrinsics.some((x) => x.length > 1 << 20)) bigBlock = (await good.call('chain_getBlockHash', [parseInt(block.header.number, 16)])).result;
    await sleep(50);
  }
  ok('and sealed', bigBlock !== null);
  const ask = request({ method: 'chain_getBlock', params: [bigBlock] });
  const batch = `[${Array(100).fill(ask).join()}]`;
  const a = await good.raw(batch, 60);
  ok('a hundred big blocks in one batch are bounded', a.length === 100 && a.filter((x) => x.result).length <= 2 && a[99].error?.code === -32008,
    `${a.length} answers`);
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${ask.length}\r\n\r\n`;
  const deaf = [];
  for (let i = 0; i < (slow ? 20 : 98); i += 1) { // each asks for 6 MiB and reads nothing
    const s = rude(node.url);
    s.on('connect', () => s.pause());
    s.pause();
    s.write(head + ask);
    deaf.push(s);
    if (i % 20 === 19) await sleep(100);
  }
  await good.call('system_health', [], 60); // behind what was asked before
  await sleep(300);
  let m = memory(node.pid);
  ok('HTTP clients that do not read cost bounded memory', m.rss < DEAF_BOUND, `${m.rss} MiB`);
  console.log(`# deaf HTTP clients: ${m.rss} MiB`);
  for (const s of deaf) s.destroy();
  await sleep(300);
  const deafWs = [];
  for (let i = 0; i < 20; i += 1) {
    const s = rude(node.url);
    handshake(s, node.url);
    s.on('connect', () => s.pause());
    for (let j = 0; j < 4; j += 1) s.write(frame(1, Buffer.from(ask)));
    deafWs.push(s);
  }
  await sleep(500);
  await good.call('system_health', [], 60);
  m = memory(node.pid);
  ok('WebSocket clients that do not read cost bounded memory', m.rss < DEAF_BOUND, `${m.rss} MiB`);
  console.log(`# deaf WebSocket clients: ${m.rss} MiB`);
  for (const s of deafWs) s.destroy();
  await sleep(300);
});

await attack('subscriptions', async () => {
  const rpc = await Rpc.open(node.url);
  let full = 0;
  const made = await Promise.all(Array.from({ length: 1100 }, () => rpc.call('chain_subscribeNewHeads')));
  for (const a of made) if (a.error?.code === -32006) full += 1;
  equal('1,024 subscriptions and no more', full, 76);
  const keys = Array(10000).fill(EVENTS);
  const many = await rpc.call('state_subscribeStorage', [keys]);
  ok('the full connection is told so', many.error?.code === -32006, json(many).slice(0, 200));
  rpc.close();
  const deaf = [];
  for (let i = 0; i < 20; i += 1) {
    const s = rude(node.url);
    handshake(s, node.url);
    s.on('connect', () => s.pause());
    const sub = frame(1, Buffer.from(request({ method: 'state_subscribeStorage', params: [keys] })));
    const heads = frame(1, Buffer.from(request({ method: 'chain_subscribeAllHeads' })));
    s.write(sub);
    for (let j = 0; j < 900; j += 1) s.write(heads);
    deaf.push(s);
  }
  await sleep(500);
  for (let i = 0; i < 10; i += 1) {
    await submit(good, sign(facts, charlie, remark([i]), await nonceOf(charlie)));
    await sleep(50);
  }
  await wellAfter('subscribers that do not read');
  for (const s of deaf) s.destroy();
  const batch = cat([10, 0], compact(250), ...Array(250).fill(cat([0, 7], vec([])))); // 250 events in a block
  const greedy = await Rpc.open(node.url);
  let longest = 0;
  greedy.ws.on('message', (d) => { longest = Math.max(longest, d.length); });
  const first = await greedy.call('state_subscribeStorage', [Array(10000).fill(EVENTS)]);
  await submit(good, sign(facts, bob, batch, await nonceOf(bob)));
  await sleep(1500);
  ok('one subscription never makes a notice over 15 MiB', longest <= (15 << 20) + 1024, `${longest} bytes; ${json(first).slice(0, 100)}`);
  greedy.close();
});

await attack('calls with hostile arguments', async () => {
  const top4 = le(2n ** 32n - 1n, 4), top8 = le(2n ** 64n - 1n, 8), top16 = le(2n ** 128n - 1n, 16);
  const app = (id) => cat([0], id), text = (s) => vec(new TextEncoder().encode(s));
  const ugly = ['', '\u0000', '\n\r\t\u001b[31m', '../../../etc/passwd', "'; DROP TABLE clusters; --", '\u202egnirts', '\ufeff', 'a'.repeat(256), '%s%n%x'];
  const calls = [];
  const { W, A } = await pallets();
  for (const name of ugly) {
    calls.push(cat([W, 1], text(name), compact(1), [1], top4, [0, 0], top4, [255]));
    calls.push(cat([W, 1], text(name), compact(1), [0, 0, 1], text(name.slice(0, 250)), le(30000, 4), [1]));
    calls.push(cat([A, 1], text(name), text(name), vec(new TextEncoder().encode(name)), compact(0), [3], compact(0), top4, top4, compact(0),
      compact(0), [255], [0], compact(2n ** 128n - 1n)));
  }
  calls.push(cat([W, 1], text('x'), compact(16), ...Array(16).fill(bytes([0, 0, 0])), le(0, 4), [0]));
  for (const id of [new Uint8Array(8), top8]) {
    calls.push(cat([W, 2], id, top4, top4, top4, top4, top4, top4, compact(2n ** 128n - 1n)), cat([W, 2], id, new Uint8Array(24), compact(0)));
    calls.push(cat([W, 3], id, top8), cat([W, 4], id, vec([]), [0]), cat([W, 4], id, vec(new Uint8Array(8192)), [1], vec(new Uint8Array(32768))));
    for (const w of [0, 1, 2, 3]) {
      calls.push(cat([W, 5], [w], id, [0, 0]), cat([W, 5], [w], id, [0, 1], vec(new Uint8Array(32768))));
      calls.push(cat([W, 6], [w], id, top16), cat([W, 10], [w], id), cat([W, 13], [w], id, vec(new Uint8Array(32768)), new Uint8Array(32)));
      calls.push(cat([W, 33], [w], id), cat([W, 34], [w], id, top8));
    }
    calls.push(cat([W, 7], id), cat([W, 32], id), cat([A, 2], id, [0, 0, 0, 0], compact(0), [1]), cat([A, 3], id, compact(0), [0]));
    calls.push(cat([A, 4], id, top16), cat([A, 4], id, new Uint8Array(16)), cat([A, 5], id), cat([A, 6], id), cat([A, 16], id, top16), cat([A, 17], id));
    const env = cat([0], top4, [0], text('K'), text('V'));
    calls.push(cat([A, 3], id, compact(256), ...Array(256).fill(env), [1]), cat([A, 3], id, compact(0), [1]));
  }
  calls.push(cat([W, 12], top4), cat([A, 7], [255], top8, top8, top8, top8, top8, top8), cat([6, 2, 0], new Uint8Array(32)));
  calls.push(cat([4, 0, 0], new Uint8Array(32), compact(2n ** 128n - 1n)), cat([4, 0, 0], alice.publicKey, compact(0)), cat([4, 4, 0], bob.publicKey, [0]));
  let nonce = await nonceOf(bob), applied = 0, refused = 0;
  const strange = [];
  for (const call of calls) {
    const a = await submit(good, sign(facts, bob, call, nonce));
    if (a.result) { nonce += 1; applied += 1; } else if (a.error.code === 1001 || a.error.code === 1010) refused += 1;
    else strange.push(json(a));
  }
  ok('every call is taken or refused with a known code', strange.length === 0 && applied > 20, `${applied} taken, ${refused} refused, ${strange[0]}`);
  console.log(`# hostile calls: ${applied} executed, ${refused} refused`);
  for (let i = 0; i < 100 && (await nonceOfState(bob)) < nonce; i += 1) await sleep(50);
  equal('all that were taken are in blocks', await nonceOfState(bob), nonce);
});

async function nonceOfState(who) {
  const r = (await good.call('state_call', ['AccountNonceApi_account_nonce', hex(who.publicKey)])).result;
  return Buffer.from(bytes(r)).readUInt32LE();
}

/** Indices of the two WeTEE pallets, from the order in which their storage answers. */
async function pallets() {
  const { Metadata, TypeRegistry } = await import('@polkadot/types');
  const registry = new TypeRegistry();
  const m = new Metadata(registry, (await good.call('state_getMetadata')).result);
  const of = (name) => m.asLatest.pallets.find((p) => p.name.toString() === name).index.toNumber();
  return { W: of('WeteeWorker'), A: of('WeteeApp') };
}

await attack('pruned states', async () => {
  const genesis = (await good.call('chain_getBlockHash', [0])).result;
  const a = await good.call('state_getStorage', [NUMBER, genesis]);
  errorIs('a state that is gone', a, 4003, /^Client error: .*State already discarded for 0x/);
  errorIs('a call on it', await good.call('state_call', ['Core_version', '0x', genesis]), 4003, /State already discarded/);
  ok('its block is not', (await good.call('chain_getBlock', [genesis])).result.block);
});

const { poolAbuse } = await import('./hostile_pool.mjs');
await poolAbuse();

await step('the end', async () => {
  good.close();
  equal('the node stops cleanly', await within(30, 'stopping', node.stop()), 0);
  ok('nothing on its way was an error', !/ level=error|ERROR|AddressSanitizer|runtime error/.test(node.log()), node.log().match(/.*(ERROR|level=error|Sanitizer|runtime error).*/)?.[0]);
});
finish();
