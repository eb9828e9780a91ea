// metadata.mjs — the chain's metadata as clients see it: `node metadata.mjs <metadata-dump>`; prints TAP.
// @polkadot/types and polkadot-api's bindings decode both versions and must write the same bytes again.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Metadata, TypeRegistry } from '@polkadot/types';
import { expandMetadata } from '@polkadot/types';
import { u8aToHex, hexToU8a } from '@polkadot/util';
import { metadata as papiMetadata, unifyMetadata } from '@polkadot-api/substrate-bindings';
import { getDynamicBuilder, getLookupFn } from '@polkadot-api/metadata-builders';

const dump = process.argv[2];
const vector = JSON.parse(readFileSync(new URL('../vectors/substrate/metadata.json', import.meta.url)));
let n = 0, failed = 0;
const ok = (name, condition, detail = '') => {
  n += 1;
  if (!condition) failed += 1;
  console.log(`${condition ? 'ok' : 'not ok'} ${n} - ${name}${condition ? '' : ` # ${detail}`}`);
};
const attempt = (name, fn) => {
  try { const r = fn(); ok(name, r === undefined || r === true, JSON.stringify(r)); } catch (e) { ok(name, false, e.stack); }
};

const hex = { 14: read(14), 15: read(15) };
function read(version) { return execFileSync(dump, [String(version)]).toString().trim(); }

for (const version of [14, 15]) {
  const registry = new TypeRegistry();
  const md = new Metadata(registry, hex[version]);
  attempt(`V${version} is re-encoded to the same bytes by polkadot.js`, () => u8aToHex(md.toU8a()) === hex[version]);
  attempt(`V${version} can be applied to a polkadot.js registry`, () => {
    registry.setMetadata(md);
    const { consts, query, tx } = expandMetadata(registry, md);
    return consts.balances.existentialDeposit.toString() === '500'
      && typeof tx.utility.batchAll === 'function'
      && typeof query.system.account === 'function'
      && query.system.account.meta.fallback.toHex().endsWith('80');
  });
  attempt(`V${version}: every type of the registry can be made by polkadot.js`, () => {
    for (const { id } of md.asLatest.lookup.types) registry.createTypeUnsafe(registry.createLookupType(id), []);
  });
  attempt(`V${version} is re-encoded to the same bytes by polkadot-api`, () =>
    u8aToHex(papiMetadata.enc(papiMetadata.dec(hexToU8a(hex[version])))) === hex[version]);
  attempt(`V${version}: polkadot-api builds every call, event, storage item and constant`, () => {
    const md = unifyMetadata(papiMetadata.dec(hexToU8a(hex[version])));
    const builder = getDynamicBuilder(getLookupFn(md));
    for (const pallet of md.pallets) {
      for (const item of pallet.storage?.items ?? []) builder.buildStorage(pallet.name, item.name);
      for (const c of pallet.constants) builder.buildConstant(pallet.name, c.name).dec(c.value);
      const variants = (t) => t === undefined ? [] : md.lookup[t.type ?? t].def.value;
      for (const v of variants(pallet.calls)) builder.buildCall(pallet.name, v.name);
      for (const v of variants(pallet.events)) builder.buildEvent(pallet.name, v.name);
    }
  });
}

// Shapes that clients know by path: as in the reference runtime, which both clients work with.
const shapes = (types) => {
  const text = (id, depth = 0) => {
    const t = types[id].def ? types[id] : types.find((x) => x.id === id);
    const path = t.path.join('::').replace(/^(refchain|wetee)_runtime/, 'x_runtime');
    if (depth > 12 || /x_runtime::|pallet::(Call|Event|Error)$/.test(path)) return path;
    const d = t.def.value;
    const fields = (v) => v.map((f) => `${f.name ?? ''}:${text(f.type, depth + 1)}`).join(',');
    const def = {
      composite: () => `{${fields(d)}}`,
      variant: () => `[${[...d].sort((a, b) => a.index - b.index).map((v) => `${v.index} ${v.name}(${fields(v.fields)})`)}]`,
      sequence: () => `vec ${text(d, depth + 1)}`,
      array: () => `${d.len} ${text(d.type, depth + 1)}`,
      tuple: () => `(${d.map((x) => text(x, depth + 1))})`,
      primitive: () => d.tag,
      compact: () => `compact ${text(d, depth + 1)}`,
    }[t.def.tag]();
    return `${path}<${t.params.map((p) => `${p.name}=${p.type === undefined ? '' : text(p.type, depth + 1)}`)}>${def}`;
  };
  return text;
};
const ours = papiMetadata.dec(hexToU8a(hex[15])).metadata.value;
const reference = papiMetadata.dec(hexToU8a(vector.v15_hex)).metadata.value;
const flat = (s) => s
  .replaceAll(/Cow<T=(vec .*?)>\{:\1\}/g, '$1').replaceAll(/Cow<T=<>(\w+)>\{:<>\1\}/g, '<>$1');
const known = (md) => new Map(md.lookup.filter((t) => t.path.length > 0)
  .map((t) => [`${t.path.join('::')}<${t.params.map((p) => (p.type === undefined ? '' : shapes(md.lookup)(p.type)))}>`,
    flat(shapes(md.lookup)(t.id))]));
const theirs = known(reference);
for (const [path, shape] of known(ours))
  if (theirs.has(path) && !/pallet::(Call|Event|Error)<|_runtime::/.test(path) && !path.startsWith('sp_version'))
    ok(`${path.slice(0, 90)} has the shape clients know`, theirs.get(path) === shape, `${shape}\n# expected ${theirs.get(path)}`);

const apiText = (md) => new Map(md.apis.flatMap((a) => a.methods.map((m) => [`${a.name}_${m.name}`,
  flat(`${m.inputs.map((i) => `${i.name} ${shapes(md.lookup)(i.type)}`)} -> ${shapes(md.lookup)(m.output)}`)])));
const theirApis = apiText(reference);
for (const [name, text] of apiText(ours))
  if (!name.startsWith('Core_version'))
    ok(`${name} has the arguments and result clients know`, theirApis.get(name) === text, `${text}\n# expected ${theirApis.get(name)}`);

console.log(`1..${n}`);
process.exit(failed === 0 ? 0 : 1);
