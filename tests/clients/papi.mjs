// papi.mjs — an unmodified polkadot-api (PAPI) against a real wetee-node. Prints TAP.
import { createClient, Enum } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { Keyring } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { equal, finish, ok, startNode, step, within } from './harness.mjs';

await cryptoWaitReady();
const node = await startNode('--seal', 'instant');
const client = createClient(getWsProvider(node.url, { websocketClass: WebSocket }));
const api = client.getUnsafeApi();
const pair = (uri, type = 'sr25519') => new Keyring({ type }).addFromUri(uri);
const signer = (p, scheme = 'Sr25519') => getPolkadotSigner(p.publicKey, scheme, (data) => p.sign(data));
const alice = pair('//Alice'), bob = pair('//Bob');

await step('reading', async () => {
  const head = await within(20, 'the finalized block', client.getFinalizedBlock());
  ok('the finalized block is known', head.number >= 0 && /^0x/.test(head.hash));
  const account = await within(20, 'an account', api.query.System.Account.getValue(alice.address));
  ok('an account is read', account.data.free > 10n ** 12n);
  const entries = await within(20, 'entries', api.query.System.Account.getEntries());
  ok('all accounts are read', entries.length >= 6);
  equal('a constant', String(await api.constants.Balances.ExistentialDeposit()), '500');
  const spec = await client.getChainSpecData();
  equal('the chain specification', [spec.name.length > 0, spec.properties.tokenSymbol], [true, 'UNIT']);
});

await step('submitting', async () => {
  const tx = api.tx.Balances.transfer_keep_alive({ dest: Enum('Id', bob.address), value: 7n * 10n ** 12n });
  const fee = await within(20, 'the fee', tx.getEstimatedFees(alice.address));
  ok('a fee is estimated', fee > 0n);
  const before = (await api.query.System.Account.getValue(bob.address)).data.free;
  const done = await within(40, 'a transfer', tx.signAndSubmit(signer(alice)));
  ok('a transfer is finalized', done.ok && done.events.some((e) => e.type === 'Balances' && e.value.type === 'Transfer'), JSON.stringify(done.dispatchError));
  const after = (await api.query.System.Account.getValue(bob.address)).data.free;
  equal('to the planck', String(after - before), String(7n * 10n ** 12n));
  const bad = api.tx.Balances.transfer_keep_alive({ dest: Enum('Id', bob.address), value: 10n ** 30n });
  const failed = await within(40, 'a failing transfer', bad.signAndSubmit(signer(alice)));
  ok('a failure is seen as one', failed.ok === false && failed.dispatchError !== undefined);
  const register = api.tx.WeteeWorker.cluster_register({ name: new TextEncoder().encode('papi'),
    ip: [{ ipv4: 2130706433, ipv6: undefined, domain: undefined }], port: 30000, level: 1 });
  const registered = await within(40, 'cluster_register', register.signAndSubmit(signer(bob)));
  ok('cluster_register', registered.ok, JSON.stringify(registered.dispatchError));
  const cluster = await api.query.WeteeWorker.K8sClusters.getValue(1n);
  equal('the cluster is read back', cluster.port, 30000);
});

await step('other keys', async () => {
  for (const [type, scheme] of [['ed25519', 'Ed25519'], ['ecdsa', 'Ecdsa']]) {
    const p = pair(`//Papi//${type}`, type);
    const fund = api.tx.Balances.transfer_allow_death({ dest: Enum('Id', p.address), value: 10n ** 13n });
    await within(40, 'funding', fund.signAndSubmit(signer(alice)));
    const done = await within(40, type, api.tx.System.remark({ remark: new Uint8Array([1]) }).signAndSubmit(
      getPolkadotSigner(p.addressRaw, scheme, (data) => p.sign(data))));
    ok(`${type} signs`, done.ok, JSON.stringify(done.dispatchError));
  }
});

await step('disconnecting', async () => {
  client.destroy();
  equal('the node stops cleanly', await within(20, 'stopping', node.stop()), 0);
});
finish();
