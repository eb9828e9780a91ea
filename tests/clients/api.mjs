// api.mjs — an unmodified @polkadot/api against a real wetee-node: everything a wallet or a page does. Prints TAP.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { stringToHex } from '@polkadot/util';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { equal, finish, ok, refuses, startNode, step, within } from './harness.mjs';

await cryptoWaitReady();
const node = await startNode('--seal', 'instant');
const provider = new WsProvider(node.url, 1000);
const api = await within(20, 'connecting', ApiPromise.create({ provider, noInitWarn: true }));
const sr = new Keyring({ type: 'sr25519' });
const alice = sr.addFromUri('//Alice'), bob = sr.addFromUri('//Bob'), charlie = sr.addFromUri('//Charlie'), dave = sr.addFromUri('//Dave');
const ed = new Keyring({ type: 'ed25519' }).addFromUri('//Dan');
const ec = new Keyring({ type: 'ecdsa' }).addFromUri('//Erin');
const UNIT = 10n ** 12n;

const fees = new Map(); // planck paid so far, by address

/** Signs, submits and waits until final; resolves to { result, error, events, find }. */
async function send(tx, signer, options = {}) {
  const result = await within(30, 'finalizing', new Promise((resolve, reject) => {
    tx.signAndSend(signer, options, (r) => { if (r.isFinalized || r.isError) resolve(r); }).catch(reject);
  }));
  let error = null;
  if (result.dispatchError) {
    error = result.dispatchError.isModule
      ? (({ section, name }) => `${section}.${name}`)(api.registry.findMetaError(result.dispatchError.asModule))
      : result.dispatchError.toString();
  }
  const events = result.events.map(({ event }) => event);
  const paid = events.find((e) => e.section === 'transactionPayment' && e.method === 'TransactionFeePaid');
  fees.set(signer.address, (fees.get(signer.address) ?? 0n) + (paid?.data.actualFee.toBigInt() ?? 0n));
  return { result, error, events, find: (section, method) => events.find((e) => e.section === section && e.method === method) };
}
const free = async (who) => (await api.query.system.account(who.address ?? who)).data.free.toBigInt();
const blockNumber = async () => (await api.rpc.chain.getHeader()).number.toNumber();
/** Makes n blocks under instant sealing. */
async function blocks(n) { for (let i = 0; i < n; i += 1) await send(api.tx.system.remark('0x00'), charlie); }

await step('the chain says who it is', async () => {
  equal('ss58 prefix', api.registry.chainSS58, 42);
  equal('token', api.registry.chainTokens, ['UNIT']);
  equal('decimals', api.registry.chainDecimals, [12]);
  equal('existential deposit', api.consts.balances.existentialDeposit.toString(), '500');
  ok('the node names itself', (await api.rpc.system.name()).length > 0 && (await api.rpc.system.version()).length > 0);
});

await step('transfers', async () => {
  const before = [await free(alice), await free(bob)];
  const info = await api.tx.balances.transferKeepAlive(bob.address, 5n * UNIT).paymentInfo(alice);
  const done = await send(api.tx.balances.transferKeepAlive(bob.address, 5n * UNIT), alice);
  ok('a transfer succeeds', done.error === null && done.find('balances', 'Transfer') !== undefined, done.error);
  const fee = done.find('transactionPayment', 'TransactionFeePaid').data.actualFee.toBigInt();
  equal('the receiver has it to the planck', String((await free(bob)) - before[1]), String(5n * UNIT));
  equal('the fee was announced', String(info.partialFee.toBigInt()), String(fee));
  const refused = await send(api.tx.balances.transferKeepAlive(bob.address, 10n ** 20n), alice);
  ok('too much is refused by name', /balances.|token|Funds/i.test(refused.error ?? ''), refused.error);
});

await step('keys of every kind sign', async () => {
  for (const [kind, pair] of [['ed25519', ed], ['ecdsa', ec]]) {
    const done = await send(api.tx.balances.transferAllowDeath(pair.address, 100n * UNIT), alice);
    ok(`${kind}: funded`, done.error === null, done.error);
    const back = await send(api.tx.balances.transferAll(alice.address, false), pair);
    ok(`${kind}: signs`, back.error === null, back.error);
    ok(`${kind}: the emptied account is removed`, back.find('system', 'KilledAccount') !== undefined);
  }
});

await step('batches', async () => {
  const good = api.tx.system.remark('0x01'), bad = api.tx.balances.transferKeepAlive(bob.address, 10n ** 20n);
  const all = await send(api.tx.utility.batchAll([good, bad, good]), alice);
  ok('batch_all fails as a whole', all.error !== null);
  const some = await send(api.tx.utility.batch([good, bad, good]), alice);
  equal('batch stops at the failing item', some.find('utility', 'BatchInterrupted')?.data.index.toNumber(), 1);
  const force = await send(api.tx.utility.forceBatch([good, bad, good]), alice);
  ok('force_batch goes on', force.find('utility', 'BatchCompletedWithErrors') !== undefined, force.error);
});

await step('subscriptions and queries', async () => {
  const heads = [];
  const stopHeads = await api.rpc.chain.subscribeNewHeads((h) => heads.push(h.number.toNumber()));
  const finals = [];
  const stopFinals = await api.rpc.chain.subscribeFinalizedHeads((h) => finals.push(h.number.toNumber()));
  const seen = [];
  const stopBalance = await api.query.system.account(charlie.address, (a) => seen.push(a.nonce.toNumber()));
  const eventsSeen = [];
  const stopEvents = await api.query.system.events((e) => eventsSeen.push(e.length));
  const start = await blockNumber();
  await blocks(3);
  ok('new heads arrive in order', heads.length >= 3 && heads.every((n, i) => i === 0 || n === heads[i - 1] + 1), heads);
  ok('finalized heads arrive in order', finals.length >= 3 && finals.every((n, i) => i === 0 || n === finals[i - 1] + 1), finals);
  ok('account changes arrive', seen.length >= 3, seen);
  ok('events arrive', eventsSeen.length >= 1, eventsSeen.length);
  for (const stop of [stopHeads, stopFinals, stopBalance, stopEvents]) stop();
  const hash = await api.rpc.chain.getBlockHash(start);
  const then = await api.at(hash);
  ok('state of an older block', (await then.query.system.number()).toNumber() === start);
  const entries = await api.query.system.account.entries();
  ok('all entries of a map', entries.length >= 6 && entries.every(([k]) => k.args[0].toString().startsWith('5')));
  const multi = await api.query.system.account.multi([alice.address, bob.address]);
  equal('several keys at once', multi.length, 2);
  ok('a block by hash', (await api.rpc.chain.getBlock(hash)).block.header.number.toNumber() === start);
  const proof = await api.rpc.state.getReadProof([api.query.system.number.key()], hash);
  ok('a read proof', proof.proof.length > 0 && proof.at.toHex() === hash.toHex());
});

await step('wrong transactions get the codes clients know', async () => {
  const nonce = (await api.rpc.system.accountNextIndex(alice.address)).toNumber();
  await refuses('stale nonce', () => api.tx.system.remark('0x02').signAndSend(alice, { nonce: 0 }), /1010: Invalid Transaction: Transaction is outdated/);
  const signed = await api.tx.system.remark('0x03').signAsync(alice, { nonce });
  const hex = signed.toHex();
  const forged = hex.slice(0, 110) + (hex[110] === '0' ? '1' : '0') + hex.slice(111);
  await refuses('forged signature', () => api.rpc.author.submitExtrinsic(forged), /1010: Invalid Transaction: Transaction has a bad signature/);
  const poor = sr.addFromUri('//Nobody here');
  await refuses('no money', () => api.tx.system.remark('0x04').signAndSend(poor, { nonce: 0 }), /1010: Invalid Transaction: Inability to pay some fees/);
  await refuses('not an extrinsic', () => provider.send('author_submitExtrinsic', ['0x1234']), /1001|1002|1010/);
  await refuses('not hex', () => provider.send('author_submitExtrinsic', ['zz']), /-32602|1001/);
  await refuses('unknown method', () => provider.send('wetee_nonsense', []), /-32601: Method not found/);
  const hashes = await within(10, 'the duplicate', (async () => {
    const future = await api.tx.system.remark('0x05').signAsync(alice, { nonce: nonce + 5 });
    await api.rpc.author.submitExtrinsic(future);
    try { await api.rpc.author.submitExtrinsic(future); return 'accepted twice'; } catch (e) { return e.message; }
  })());
  ok('the same transaction twice', /1013/.test(hashes), hashes);
});

await step('a cluster, an app, proofs, earnings and the refund', async () => {
  const { weteeWorker: worker, weteeApp: app } = api.tx;
  let r = await send(worker.clusterRegister('', [], 30000, 1), bob);
  ok('a cluster without address is refused by name', /^weteeWorker\.(ClusterRegisterMissIp|NameInvalid)$/.test(r.error ?? ''), r.error);
  r = await send(worker.clusterRegister('test cluster', [{ ipv4: 2130706433, ipv6: null, domain: null }], 30000, 1), bob);
  ok('cluster_register', r.error === null, r.error);
  equal('ClusterCreated names it', r.find('weteeWorker', 'ClusterCreated')?.data.clusterId.toNumber(), 1);
  r = await send(worker.clusterRegister('again', [{ ipv4: 2130706433 }], 30000, 1), bob);
  equal('one cluster per account', r.error, 'weteeWorker.ClusterIsExists');
  r = await send(worker.clusterProofUpload(1, { publicKey: stringToHex('PEM'), evidence: 'None' }), bob);
  ok('cluster_proof_upload', r.error === null, r.error);
  r = await send(worker.clusterMortgage(1, 1000, 1000, 0, 0, 1000, 0, 29999), bob);
  equal('a deposit too small', r.error, 'weteeWorker.InsufficientDeposit');
  r = await send(worker.clusterMortgage(1, 1000, 1000, 0, 0, 1000, 0, 300000), bob);
  ok('cluster_mortgage', r.error === null, r.error);
  r = await send(worker.clusterMortgage(1, 10, 10, 0, 0, 10, 0, 3000), bob);
  ok('a second deposit', r.error === null, r.error);
  const deposits = await api.query.weteeWorker.deposits.entries(1);
  equal('two deposits on record', deposits.length, 2);
  const last = Math.max(...deposits.map(([k]) => k.args[1].toNumber()));
  r = await send(worker.clusterUnmortgage(1, last), bob);
  ok('cluster_unmortgage', r.error === null, r.error);

  const before = await free(dave), feesBefore = fees.get(dave.address) ?? 0n;
  const order = app.create('hello', 'localhost/hello:latest', '0x', [{ Tcp: 8080 }], 'NONE',
    [{ etype: 'INSERT', index: 0, k: { Env: 'GREETING' }, v: 'hi' }], 10, 10, [{ path: { SSD: '/data' }, size: 10 }], [], 1, 'SGX', 10_000_000);
  r = await send(order, dave);
  ok('app create', r.error === null, r.error);
  const id = r.find('weteeApp', 'CreatedApp').data.id.toNumber();
  const work = { wtype: 'APP', id };
  r = await send(app.create('x', 'localhost/hello:latest', '0x', [], 'NONE', [], 9, 10, [], [], 1, 'SGX', 10_000_000), dave);
  equal('too little cpu', r.error, 'weteeApp.CpuTooLow');
  await blocks(1);
  ok('placed on the cluster', (await api.query.weteeWorker.workContractState(work, 1)).isSome);
  r = await send(app.setSettings(id, [{ etype: 'INSERT', index: 0, k: { Env: 'MORE' }, v: '1' }], false), dave);
  ok('set_settings', r.error === null, r.error);
  r = await send(app.setSettings(id, [{ etype: { REMOVE: 99 }, index: 0, k: { Env: '' }, v: '' }], false), dave);
  equal('an unknown setting', r.error, 'weteeApp.EnvNotExist');
  r = await send(app.update(id, 'hello2', null, null, null, [], true), dave);
  ok('update', r.error === null, r.error);
  r = await send(app.update(id, 'mine', null, null, null, [], false), charlie);
  equal('only the owner may', r.error, 'weteeApp.App403');
  r = await send(app.recharge(id, 1_000_000), charlie);
  ok('anyone may recharge', r.error === null, r.error);

  const proof = { logHash: '0x' + '11'.repeat(32), cr: { cpu: 10, mem: 10, cvmCpu: 0, cvmMem: 0, disk: 10, gpu: 0 },
    crHash: '0x' + '22'.repeat(32), address: 'wetee://127.0.0.1/proof', period: null, upBlocks: null, signature: null };
  r = await send(worker.workProofUpload(work, proof, null), charlie);
  ok('a stranger cannot prove', /^weteeWorker\./.test(r.error ?? ''), r.error);
  for (let i = 0; i < 12; i += 1) {
    r = await send(worker.workProofUpload(work, proof, null), bob);
    const state = (await api.query.weteeWorker.workContractState(work, 1)).unwrap();
    if (state.minted.toBigInt() >= 6000n) break;
  }
  let state = (await api.query.weteeWorker.workContractState(work, 1)).unwrap();
  ok('proofs earn 3,000 a period', state.minted.toBigInt() >= 6000n && state.minted.toBigInt() % 3000n === 0n, state.minted.toString());
  const proofs = await api.query.weteeWorker.proofsOfWork.entries(work);
  ok('proofs are on record', proofs.length >= 2, proofs.length);
  r = await send(worker.clusterStop(1), bob);
  equal('a serving cluster cannot stop', r.error, 'weteeWorker.ClusterCanNotStopped');
  r = await send(worker.clusterWithdrawal(work, 10n ** 12n), bob);
  equal('not more than earned', r.error, 'weteeWorker.InsufficientMintedBalance');
  const minted = state.minted.toBigInt();
  r = await send(worker.clusterWithdrawal(work, minted), bob);
  ok('cluster_withdrawal', r.error === null, r.error);
  equal('the event says how much', String(r.find('weteeWorker', 'WorkContractWithdrawaled')?.data.amount), String(minted));
  r = await send(app.restart(id), dave);
  ok('restart', r.error === null, r.error);
  r = await send(app.stop(id), dave);
  ok('stop', r.error === null, r.error);
  ok('the refund is an event', r.find('weteeApp', 'Refunded') !== undefined);
  r = await send(app.stop(id), dave);
  equal('stopped already', r.error, 'weteeApp.AppStatusMismatch');
  await blocks(8);
  const balance = await api.query.weteeApp.workBalances(id);
  ok('nothing stays held', balance.held.toBigInt() === 0n && balance.available.toBigInt() === 0n, JSON.stringify(balance));
  state = (await api.query.weteeWorker.workContractState(work, 1)).unwrapOr(null);
  if (state && state.minted.toBigInt() > 0n) await send(worker.clusterWithdrawal(work, state.minted.toBigInt()), bob);
  equal('deposits = proven time + refunds', String(11_000_000n), String(balance.spent.toBigInt() + balance.refunded.toBigInt()));
  r = await send(worker.clusterStop(1), bob);
  ok('cluster_stop', r.error === null, r.error);
  const cost = before - (await free(dave)) - ((fees.get(dave.address) ?? 0n) - feesBefore);
  equal('the owner paid the proven time, less the gift, to the planck', String(cost), String(balance.spent.toBigInt() - 1_000_000n));
});

await step('sudo', async () => {
  let r = await send(api.tx.sudo.sudo(api.tx.weteeWorker.setStage(5)), alice);
  ok('root sets the stage', r.error === null && r.find('sudo', 'Sudid')?.data.sudoResult.isOk, r.error);
  equal('stage', (await api.query.weteeWorker.stage()).toNumber(), 5);
  r = await send(api.tx.weteeWorker.setStage(7), alice);
  equal('nobody else may', r.error, 'BadOrigin');
  r = await send(api.tx.sudo.sudo(api.tx.system.remark('0x00')), bob);
  equal('only the sudo key', r.error, 'sudo.RequireSudo');
});

await step('a mortal transaction dies', async () => {
  const nonce = (await api.rpc.system.accountNextIndex(charlie.address)).toNumber();
  const header = await api.rpc.chain.getHeader();
  const era = api.createType('ExtrinsicEra', { current: header.number.toNumber(), period: 4 });
  const signed = await api.tx.system.remark('0x06').signAsync(charlie, { nonce: nonce + 6, era, blockHash: header.hash });
  await blocks(6);
  await refuses('past its era', () => api.rpc.author.submitExtrinsic(signed.toHex()), /1010: Invalid Transaction: Transaction has (an ancient birth block|a bad signature)/);
});

await step('disconnecting', async () => {
  await api.disconnect();
  equal('the node stops cleanly', await within(20, 'stopping', node.stop()), 0);
});
finish();
