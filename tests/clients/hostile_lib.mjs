// hostile_lib.mjs — what an attacker brings along: hand-made extrinsics, raw sockets, and eyes on the node.
import { Keyring } from '@polkadot/api';
import { blake2AsU8a, cryptoWaitReady } from '@polkadot/util-crypto';
import { hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import WebSocket from 'ws';
import { ok, within } from './harness.mjs';

await cryptoWaitReady();
const sr = new Keyring({ type: 'sr25519' });
export const key = (name) => sr.addFromUri(`//${name}`);
export const hex = u8aToHex;
export const bytes = (x) => (typeof x === 'string' ? hexToU8a(x) : Uint8Array.from(x));
export const cat = (...parts) => u8aConcat(...parts.map((p) => (p instanceof Uint8Array ? p : bytes(p))));
export const join = (list) => new Uint8Array(Buffer.concat(list));
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
export const blake2 = (x) => hex(blake2AsU8a(bytes(x), 256));

export function le(value, len) {
  const out = new Uint8Array(len);
  let v = BigInt(value);
  for (let i = 0; i < len; i += 1, v >>= 8n) out[i] = Number(v & 255n);
  return out;
}

export function compact(value) {
  const v = BigInt(value);
  if (v < 64n) return le(v << 2n, 1);
  if (v < 16384n) return le((v << 2n) | 1n, 2);
  if (v < 1n << 30n) return le((v << 2n) | 2n, 4);
  let len = 4;
  while (v >> BigInt(8 * len)) len += 1;
  return cat([((len - 4) << 2) | 3], le(v, len));
}
export const vec = (b) => cat(compact(b.length), b);
export const prefixed = (b) => cat(compact(b.length), b);

/** The facts of a chain that a signature covers. */
export async function chainFacts(rpc) {
  const genesis = (await rpc.call('chain_getBlockHash', [0])).result;
  const version = (await rpc.call('state_getRuntimeVersion')).result;
  return { genesis: bytes(genesis), spec: version.specVersion, txv: version.transactionVersion };
}

/** A signed extrinsic with anything about it replaceable. */
export function sign(facts, pair, call, nonce, o = {}) {
  const era = bytes(o.era ?? [0]);
  const extra = cat(era, compact(nonce), compact(o.tip ?? 0), [o.mode ?? 0]);
  const implicit = cat(le(o.spec ?? facts.spec, 4), le(o.txv ?? facts.txv, 4), o.genesis ?? facts.genesis,
    o.birth ?? facts.genesis, o.metadataHash ? cat([1], o.metadataHash) : [0]);
  let payload = cat(call, extra, implicit);
  if (payload.length > 256) payload = blake2AsU8a(payload, 256);
  const signature = o.signature ?? pair.sign(payload);
  const body = cat([o.version ?? 0x84], o.address ?? cat([0], pair.publicKey), [o.kind ?? 1], signature, extra, call);
  return prefixed(body);
}

/** One WebSocket connection; answers by id, notices counted. */
export class Rpc {
  static async open(url, options = {}) {
    const rpc = new Rpc();
    rpc.ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 << 20, ...options });
    rpc.wait = new Map();
    rpc.loose = []; // answers without an id of ours
    rpc.takers = [];
    rpc.notices = 0;
    rpc.last = null;
    rpc.ws.on('message', (data) => rpc.take(data.toString()));
    rpc.closed = new Promise((resolve) => rpc.ws.on('close', (code) => resolve(code)));
    rpc.ws.on('error', () => {});
    await within(20, 'a handshake', new Promise((resolve, reject) => {
      rpc.ws.on('open', resolve);
      rpc.ws.on('unexpected-response', (_, r) => reject(new Error(`HTTP ${r.statusCode}`)));
      rpc.closed.then((c) => reject(new Error(`closed with ${c}`)));
    }));
    rpc.closed.then((code) => {
      for (const r of rpc.wait.values()) r({ closed: code });
      for (const t of rpc.takers) t({ closed: code });
      rpc.wait.clear();
      rpc.takers = [];
    });
    return rpc;
  }

  take(text) {
    const m = JSON.parse(text);
    if (m.method) {
      this.notices += 1;
      this.last = m;
      this.onNotice?.(m);
    } else if (this.wait.has(m.id)) {
      this.wait.get(m.id)(m);
      this.wait.delete(m.id);
    } else if (this.takers.length > 0) this.takers.shift()(m);
    else this.loose.push(m);
  }

  call(method, params = [], seconds = 30) {
    Rpc.ids = (Rpc.ids ?? 1000) + 1;
    const id = Rpc.ids;
    const answer = new Promise((resolve) => this.wait.set(id, resolve));
    this.ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return within(seconds, method, answer);
  }

  /** Sends text as it is; resolves to the next answer that has no request of ours. */
  raw(text, seconds = 30) {
    const answer = new Promise((resolve) => this.takers.push(resolve));
    this.ws.send(text);
    return within(seconds, 'an answer to raw text', answer);
  }

  close() { this.ws.terminate(); }
}

/** A rude TCP connection. */
export function rude(url) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.got = '';
  socket.on('data', (d) => { if (socket.got.length < 65536) socket.got += d.toString('latin1'); });
  socket.on('error', () => {});
  socket.gone = new Promise((resolve) => socket.on('close', resolve));
  return socket;
}

export function handshake(socket, url) {
  socket.write(`GET / HTTP/1.1\r\nHost: ${new URL(url).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
    + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
}

/** A client frame; `announce` lies about its length. */
export function frame(opcode, payload, { fin = true, mask = true, announce = payload.length } = {}) {
  const head = [(fin ? 0x80 : 0) | opcode];
  if (announce < 126) head.push((mask ? 0x80 : 0) | announce);
  else head.push((mask ? 0x80 : 0) | 127, ...le(announce, 8).reverse());
  return Buffer.from(cat(head, mask ? [0, 0, 0, 0] : [], payload)); // masking with zeros
}

export async function post(http, body, headers = { 'content-type': 'application/json' }) {
  const r = await fetch(http, { method: 'POST', body, headers });
  const text = await r.text();
  let json = null;
  try { json = JSON.parse(text); } catch { /* told by its absence */ }
  return { status: r.status, text, json };
}

/** Resident memory in MiB, now and at its highest. */
export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return { rss: of('VmRSS'), peak: of('VmHWM'), threads: Number(/Threads:\s+(\d+)/.exec(status)[1]) };
}

/** Is this a build whose memory says nothing (address sanitizer reserves terabytes)? */
export const sanitized = (pid) => Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) > 1 << 30;

export function errorIs(name, answer, code, message, data) {
  const e = answer?.error;
  const fits = e && e.code === code && (message instanceof RegExp ? message.test(e.message) : message === e.message)
    && (data === undefined || (data instanceof RegExp ? data.test(String(e.data)) : data === e.data));
  ok(name, fits, `got ${JSON.stringify(answer)?.slice(0, 300)}, want ${code} ${message} ${data ?? ''}`);
}
