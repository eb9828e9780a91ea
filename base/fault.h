/* base/fault.h — places where a test may have the process die, to see what is left on disk.
 *
 * With WETEE_FAULTS (a build option, on in debug builds) and the environment WETEE_FAULT=name:count, the
 * count-th pass of the point `name` kills the process as a power cut would: SIGKILL, nothing flushed.
 * Otherwise points cost nothing.
 *
 * Names in use, sorted:
 * - node.block.applied: extrinsics are applied, the block is not finalized
 * - node.block.committed: the batch is durable, the node has not noted it
 * - node.block.finalized: root and header are known, the batch is filled and not written
 * - store.write.after: the batch is durable, nobody was told yet
 * - store.write.before: nothing of the batch is written
 * - worker.attested: an entry's evidence verified and is in the journal, nothing was released
 * - worker.ensure.after, worker.ensure.before: around making and starting a container
 * - worker.period.after, worker.period.before: around keeping a checked period proof
 * - worker.remove.after, worker.remove.before: around removing a container
 * - worker.submit.after, worker.submit.before: around an extrinsic the journal says is under way */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef WETEE_FAULTS
#define FAULT_POINT(name) fault_hit(name)
void fault_hit(const char *name);
#else
#define FAULT_POINT(name) ((void)0)
#endif

#endif /* BASE_FAULT_H */
