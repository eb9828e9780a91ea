// diff.mjs GENERATOR RUNTIME.wasm — replays what the native runtime did (tests/diff/generate.c) in the WASM build, under
// an executor made by others, and compares every answer, every storage change and every state root. TAP on stdout.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { destroyWorker, runTask, calculateStateRoot } from '@acala-network/chopsticks-core'

const [generator, wasmPath, ...args] = process.argv.slice(2)
if (wasmPath === undefined) {
  console.error('usage: node diff.mjs GENERATOR RUNTIME.wasm [BLOCKS]')
  process.exit(2)
}
const wasm = '0x' + readFileSync(wasmPath).toString('hex')
const state = new Map() // hex key -> hex value, as before the call being replayed
let sorted = null // keys in order, made when asked for

const keys = () => (sorted ??= [...state.keys()].sort())
const firstAfter = (key) => {
  const all = keys()
  let lo = 0
  let hi = all.length
  while (lo < hi) {
    const mid = (lo + hi) >> 1
    if (all[mid] <= key) lo = mid + 1
    else hi = mid
  }
  return all[lo]
}
const callbacks = {
  getStorage: async (key) => state.get(key),
  getNextKey: async (prefix, key) => {
    const next = firstAfter(key)
    return next !== undefined && next.startsWith(prefix) ? next : undefined
  },
}

const run = (name, input) =>
  runTask(
    { wasm, calls: [[name, [input]]], mockSignatureHost: false, allowUnresolvedImports: false, runtimeLogLevel: 0 },
    callbacks,
  )

let failures = 0
const steps = new Map() // call -> [agreed, differing]
const differ = (line, text) => {
  failures++
  if (failures <= 20) console.log(`# line ${line}: ${text}`)
}
const note = (name, agreed) => {
  const t = steps.get(name) ?? [0, 0]
  t[agreed ? 0 : 1]++
  steps.set(name, t)
}

// The executor answers ext_storage_root without asking for entries it has not seen, so the root inside the WASM build's
// header is not that of the state. It is cut out of the answers; the executor's own trie gives each block's root instead.
const compactLength = (byte) => [1, 2, 4][byte & 3] ?? 5
const rootAt = (header) => 2 + 2 * (32 + compactLength(parseInt(header.slice(66, 68), 16)))
const rootOf = (header) => '0x' + header.slice(rootAt(header), rootAt(header) + 64)
const withoutRoot = (header) => header.slice(0, rootAt(header)) + header.slice(rootAt(header) + 64)

async function compareRoot(line, header) {
  const root = await calculateStateRoot([...state], 1)
  if (root !== rootOf(header)) differ(line, `state root ${rootOf(header)} natively, ${root} by the executor's trie`)
  note('state root of a block', root === rootOf(header))
}

// Calls that cannot succeed in this play, with the reason, and calls that cannot fail.
const NEVER_GOOD = {
  'WeteeWorker.cluster_claim_unbonded': 'development chains release stake at once',
  'WeteeWorker.contract_poke': 'needs a contract that a full block left behind',
}
const NEVER_FAILED = { 'System.remark': 'takes any origin' }

const short = (v) => (typeof v === 'string' && v.length > 300 ? v.slice(0, 300) + '…' : v)

function compareChanges(line, name, expected, diff) {
  const got = new Map()
  for (const [key, value] of diff) {
    const now = value ?? null
    if ((state.get(key) ?? null) !== now) got.set(key, now) // only what changed
  }
  let agreed = true
  for (const [key, value] of expected) {
    if (!got.has(key) || got.get(key) !== value) {
      differ(line, `${name}: ${key} is ${short(value)} natively, ${short(got.get(key))} in WASM`)
      agreed = false
    }
    got.delete(key)
  }
  for (const [key, value] of got) {
    differ(line, `${name}: ${key} is unchanged natively, ${short(value)} in WASM`)
    agreed = false
  }
  return agreed
}

function apply(changes) {
  for (const [key, value] of changes) {
    if (value === null) {
      if (state.delete(key)) sorted = null
    } else {
      if (!state.has(key)) sorted = null
      state.set(key, value)
    }
  }
}

async function replay(line, entry) {
  const result = await run(entry.call, entry.input)
  if (entry.refused) {
    if (!('Error' in result)) differ(line, `${entry.call} was refused natively, answered ${short(result.Call.result)} in WASM`)
    note(`${entry.call} refused`, 'Error' in result)
    return
  }
  if ('Error' in result) {
    differ(line, `${entry.call} failed in WASM: ${result.Error}`)
    note(entry.call, false)
    apply(entry.changes)
    return
  }
  const before = failures
  const finalize = entry.call === 'BlockBuilder_finalize_block'
  const cut = finalize ? withoutRoot : (v) => v
  if (cut(result.Call.result) !== cut(entry.output))
    differ(line, `${entry.call} answers ${short(entry.output)} natively, ${short(result.Call.result)} in WASM`)
  compareChanges(line, entry.call, entry.changes, result.Call.storageDiff)
  note(entry.call, failures === before)
  // Questions may write (a WASM host throws the writes away), steps of a block stay.
  if (/^(Core_initialize_block|Core_execute_block|BlockBuilder_(apply_extrinsic|finalize_block))$/.test(entry.call))
    apply(entry.changes)
  if (finalize) await compareRoot(line, entry.output)
}

let blocks = 0
let tally = {}
let root = null
const child = spawn(generator, args, { stdio: ['ignore', 'pipe', 'inherit'] })
const exited = new Promise((resolve) => child.on('close', resolve))
let line = 0
for await (const text of createInterface({ input: child.stdout })) {
  line++
  const entry = JSON.parse(text)
  if (entry.genesis) {
    apply(entry.genesis)
    root = await calculateStateRoot(entry.genesis, 1)
    if (root !== entry.root) differ(line, `genesis root ${entry.root} natively, ${root} by the executor`)
  } else if (entry.tally) {
    tally = entry.tally
  } else {
    await replay(line, entry)
    if (entry.call === 'BlockBuilder_finalize_block' && ++blocks % 50 === 0)
      console.log(`# ${blocks} blocks, ${failures} differences`)
  }
}
const code = await exited
await destroyWorker()

let n = 0
let unsound = failures > 0
const report = (good, text) => {
  unsound ||= !good
  console.log(`${good ? 'ok' : 'not ok'} ${++n} - ${text}`)
}
report(code === 0, 'the generator ended well')
report(blocks >= 200 || args.length > 0, `${blocks} blocks were replayed`)
for (const [name, [agreed, differing]] of [...steps].sort())
  report(differing === 0 && agreed > 0, `${name}: ${agreed} agree, ${differing} differ`)
for (const [name, [good, failed]] of Object.entries(tally).sort())
  report((good > 0 || name in NEVER_GOOD) && (failed > 0 || name in NEVER_FAILED),
    `${name} was played: ${good} succeeded, ${failed} failed`)
report(Object.keys(tally).length >= 42, `${Object.keys(tally).length} different calls were played`)
console.log(`1..${n}`)
process.exit(unsound ? 1 : 0)
